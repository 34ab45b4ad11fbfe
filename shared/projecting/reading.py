"""How a view's documents are read: one by its key, or a page of them by keyset. Stored JSON goes out as it is."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from shared.projecting.view import Foldable


class BadCursor(ValueError):
    """Not a cursor that a page of this list ended with."""


def one_sql(view: type[Foldable]) -> str:
    """The query for a document by its key."""
    return f"select document from views.{view.table()} where key = $1"


@dataclass(frozen=True, slots=True)
class Between:
    """Values from the first on and before the second."""

    first: Any
    before: Any


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of several texts, where another column is what the index is read by."""

    values: Sequence[str]


def page_sql(
    view: type[Foldable],
    where: Mapping[str, Any],
    after: tuple[Any, str] | None,
    limit: int,
    source: str | None = None,
) -> tuple[str, list[Any]]:
    """The query and its values; the index of the list `where` asks for serves it. One column may be any of several
    values, a tuple: then the index is read once for each of them. Others may be OneOf or Between. `source`: of other
    rows than the view's table."""
    direction, beyond = ("desc", "<") if view.columns[view.order or ""] == "timestamptz" else ("asc", ">")
    tests, values, several = _tests(where)
    if after:
        tests.append(f'("{view.order}", key) {beyond} (${len(values) + 1}, ${len(values) + 2})')
        values += after
    condition = f"where {' and '.join(tests)}" if tests else ""
    page = (
        f'select document, "{view.order}" as at, key from {source or f"views.{view.table()}"} {condition} '
        f'order by "{view.order}" {direction}, key {direction} limit {limit}'
    )
    if several:
        each = f"unnest(${several}::text[]) as one(value), lateral ({page}) as of_one"
        page = f"select document, at, key from {each} order by at {direction}, key {direction} limit {limit}"
    return page, values


def tally_sql(
    view: type[Foldable],
    where: Mapping[str, Any],
    counted: Mapping[str, tuple[str, Sequence[str]]],
    source: str | None = None,
) -> tuple[str, list[Any]]:
    """The query, and its values, for how many of the rows have one of some values in a column: one number for each
    name in `counted`. `source`: of other rows than the view's table."""
    tests, values, _ = _tests(where)
    numbers: list[str] = []
    for name, (column, wanted) in counted.items():
        values.append(list(wanted))
        numbers.append(f'count(*) filter (where "{column}" = any(${len(values)}::text[])) as "{name}"')
    rows = source or f"views.{view.table()}"
    return f"select {', '.join(numbers)} from {rows} where {' and '.join(tests)}", values


def values_of(where: Mapping[str, Any]) -> int:
    """How many values a query of it takes."""
    return len(_tests(where)[1])


def _tests(where: Mapping[str, Any]) -> tuple[list[str], list[Any], int | None]:
    """The conditions, their values, and the number of the one that is read once for each of several."""
    tests, values = list[str](), list[Any]()
    several: int | None = None
    for column, wanted in where.items():
        at = len(values) + 1
        match wanted:
            case Between(first, before):
                tests.append(f'"{column}" >= ${at} and "{column}" < ${at + 1}')
                values += [first, before]
            case OneOf(texts):
                tests.append(f'"{column}" = any(${at}::text[])')
                values.append(list(texts))
            case tuple():
                tests.append(f'"{column}" = one.value')
                values.append(wanted)
                several = at
            case _:
                tests.append(f'"{column}" = ${at}')
                values.append(wanted)
    return tests, values, several


def page_of(rows: Sequence[Any], limit: int) -> bytes:
    """The page that the rows of a query for one more than `limit` make."""
    more = rows[limit - 1] if len(rows) > limit else None
    items = ",".join(row["document"] for row in rows[:limit])
    cursor = orjson.dumps(_cursor(more["at"], more["key"]) if more else None).decode()
    return f'{{"items":[{items}],"next":{cursor}}}'.encode()


def cursor_values(view: type[Foldable], cursor: str | None) -> tuple[Any, str] | None:
    """What a cursor stands for. Raises BadCursor."""
    if cursor is None:
        return None
    try:
        at, key = orjson.loads(urlsafe_b64decode(cursor.encode()))
        if not isinstance(at, str) or not isinstance(key, str) or "\x00" in at + key:
            raise BadCursor
        timed = view.columns[view.order or ""] == "timestamptz"
        return (datetime.fromisoformat(at) if timed else at), key
    except (ValueError, TypeError):
        raise BadCursor from None


def _cursor(at: Any, key: str) -> str:
    told = at.isoformat() if isinstance(at, datetime) else at
    return urlsafe_b64encode(orjson.dumps([told, key])).decode()
