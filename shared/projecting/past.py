"""Views as they stood at a past time: folded when asked for, from the slices of the log that are behind the answer."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import orjson

from shared.eventlog.log import Log
from shared.eventlog.recorded import recorded
from shared.projecting.build import column_text
from shared.projecting.folding import Fold, root_of
from shared.projecting.reading import cursor_values, page_of, page_sql, tally_sql, values_of
from shared.projecting.slices import Slice, slices_sql
from shared.projecting.view import Foldable, Row

PATIENCE = 10.0
"""Seconds that an answer may take, with the time until it is its turn."""
AT_ONCE = 2
"""Answers at a time: each holds a connection, and the documents that it folds."""
BATCH = 1_000
STEP = 100
"""Events or documents that are looked at before others have their turn, some 2 ms."""

T = TypeVar("T")
Sees = Callable[[Row], bool]


class TooMuchBehind(Exception):
    """More events are behind the answer than can be folded meanwhile."""


class Past:
    """The past of one service's views. `kinds`: the kinds of streams in its log."""

    def __init__(self, log: Log, kinds: Sequence[str]):
        self.log, self._kinds = log, kinds
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def get(self, view: type[Foldable], key: str, at: datetime, sees: Sees) -> bytes | None:
        """A document as it was stored then, JSON, if who asks sees it. Raises NotPast, TooMuchBehind."""
        async with self._answering(view):
            documents = await self._folded(Fold(view, key), view, view.behind(key), at)
            row = documents.get(key)
            return orjson.dumps(row) if row is not None and sees(row) else None

    async def list(
        self, view: type[Foldable], where: Mapping[str, Any], at: datetime, sees: Sees, *, after: str | None, limit: int
    ) -> bytes:
        """A page of what who asks sees, as it was then. Raises NotPast, TooMuchBehind, BadCursor."""
        begin = cursor_values(view, after)
        async with self._answering(view):
            seen = await self._seen(view, where, at, sees)
            names = {*where, view.order}
            source, columns = _source(view, seen, names, values_of(where) + (2 if begin else 0))
            sql, values = page_sql(view, where, begin, limit + 1, source)
            rows = [dict(row) for row in await self.log.pool.fetch(sql, *values, *columns)]
            for row in rows:
                row["document"] = orjson.dumps(seen[row["key"]]).decode()
            return page_of(rows, limit)

    async def tally(
        self,
        view: type[Foldable],
        where: Mapping[str, Any],
        counted: Mapping[str, tuple[str, Sequence[str]]],
        at: datetime,
        sees: Sees,
    ) -> dict[str, int]:
        """How many of the rows that who asks sees had one of some values in a column then: for each name in `counted`.
        Raises NotPast, TooMuchBehind."""
        async with self._answering(view):
            seen = await self._seen(view, where, at, sees)
            names = {*where, *(column for column, _ in counted.values())}
            source, columns = _source(view, seen, names, values_of(where) + len(counted))
            sql, values = tally_sql(view, where, counted, source)
            row = await self.log.pool.fetchrow(sql, *values, *columns)
            assert row is not None
            return dict(row)

    @asynccontextmanager
    async def _answering(self, view: type[Foldable]) -> AsyncGenerator[None]:
        limit = asyncio.timeout(PATIENCE)
        try:
            async with limit, self._turn:
                yield
        except TimeoutError:
            if limit.expired():
                raise TooMuchBehind(view.table()) from None
            raise

    async def _seen(
        self, view: type[Foldable], where: Mapping[str, Any], at: datetime, sees: Sees
    ) -> Mapping[str, Row]:
        documents = await self._folded(Fold(view), view, view.behind_list(where), at)
        return {key: row async for key, row in _politely(documents.items()) if sees(row)}

    async def _folded(
        self, fold: Fold, view: type[Foldable], slices: Sequence[Slice], at: datetime
    ) -> Mapping[str, Row]:
        until = await self.log.position_at(at)
        sql, values = slices_sql(slices, root_of(view).wanted, self._kinds, until)
        async with self.log.pool.acquire() as connection, connection.transaction(readonly=True):
            cursor = await connection.cursor(sql, *values)
            while rows := await cursor.fetch(BATCH):
                async for row in _politely(rows):
                    fold.take(recorded(row))
        return fold.documents


async def _politely(many: Iterable[T]) -> AsyncGenerator[T]:
    """All of them; now and then, whatever else is to be done has its turn."""
    for nth, one in enumerate(many, 1):
        yield one
        if nth % STEP == 0:
            await asyncio.sleep(0)


def _source(
    view: type[Foldable], rows: Mapping[str, Row], wanted: Collection[str | None], taken: int
) -> tuple[str, list[list[str | None]]]:
    """The rows, with the columns `wanted`, as a table that is read as the view's own, so that PostgreSQL alone says
    what is equal and what comes first; its values follow those that are `taken`."""
    names = [name for name in view.columns if name in wanted]
    columns: list[list[str | None]] = [
        list(rows),
        *([column_text(row[name]) for row in rows.values()] for name in names),
    ]
    arrays = ", ".join(f"${taken + nth}::text[]" for nth in range(1, len(columns) + 1))
    named = "".join(f', "{name}"' for name in names)
    cast = "".join(f', "{name}"::{view.columns[name]} as "{name}"' for name in names)
    return f"(select key, null as document{cast} from unnest({arrays}) as given(key{named})) as rows_then", columns
