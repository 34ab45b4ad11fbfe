"""Views as they stood: an answer about the past is the one that was given then."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product
from random import Random
from typing import Any

import asyncpg
import orjson
import pytest

from shangliang.services import SERVICES
from shared.eventlog.log import Log
from shared.projecting import View, install_finds
from shared.projecting.build import Build
from shared.projecting.past import Past
from shared.projecting.reading import cursor_values, page_of, page_sql
from shared.projecting.view import Foldable
from tests.conftest import NewLog, uri_of
from tests.histories import COMMUNITIES, History

SEEDS = (20231120, 20241208)
LONG = 220
"""Events of a history: some forty streams meet in it."""
PAGE = 3


def everything(_: Any) -> bool:
    return True


async def recorded_at(log: Log, position: int) -> datetime:
    return await log.pool.fetchval("select recorded_at from log where position = $1", position)


async def built(log: Log, view: type[View], until: int) -> None:
    """The view as it would be, had nothing come after a position."""
    async with log.pool.acquire() as connection, connection.transaction():
        build = await Build.begin(connection, view())
    events = [event for event in await log.read(0, limit=10_000) if event.position <= until]
    await build.fold(log, events, until)
    await build.activate(log.pool)


async def documents(log: Log, kind: type[Foldable]) -> dict[str, bytes]:
    rows = await log.pool.fetch(f"select key, document from views.{kind.table()}")
    return {row["key"]: row["document"].encode() for row in rows}


def asked(view: type[View], stored: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    """Every list of the view, with values that there are and one that there is not; one of several, too."""
    rows = [orjson.loads(document) for document in stored.values()]
    for filters in view.lists:
        choices: list[list[Any]] = []
        for column in filters:
            known = sorted({row[column] for row in rows if row[column] is not None})
            choices.append(
                [*known[:3], *([tuple(known[:2])] if view.columns[column] == "text" else []), *[_absent(view, column)]]
            )
        for values in product(*choices):
            where = dict(zip(filters, values, strict=True))
            if sum(isinstance(value, tuple) for value in values) <= 1:
                yield where


def _absent(view: type[View], column: str) -> Any:
    return False if view.columns[column] == "bool" else "nowhere"


async def pages(read: Any) -> list[bytes]:
    """All pages of a list, one after the other."""
    found: list[bytes] = []
    cursor: str | None = None
    while cursor or not found:
        found.append(await read(cursor))
        cursor = orjson.loads(found[-1])["next"]
    return found


@pytest.mark.parametrize("service", [name for name, service in SERVICES.items() if service.views])
@pytest.mark.parametrize("seed", SEEDS)
async def test_every_view_is_told_as_a_build_would_have_it_that_saw_no_more(
    new_log: NewLog, service: str, seed: int
) -> None:
    random, views = Random(seed), SERVICES[service].views
    log = await new_log(service)
    owner = await asyncpg.connect(uri_of(log))
    await install_finds(views)(owner, "")
    await owner.close()
    await History(random).go_on(log, views, LONG)
    past = Past(log, SERVICES[service].kinds)
    for until in (await log.head(), *random.sample(range(1, await log.head()), 2)):
        at = await recorded_at(log, until)
        for view in views:
            await built(log, view, until)
            for kind in (view, *view.figures):
                stored = await documents(log, kind)
                for key in [*stored, "nobody", *COMMUNITIES]:
                    assert await past.get(kind, key, at, everything) == stored.get(key), (kind.__name__, key)
            stored = await documents(log, view)
            for where in asked(view, stored):

                async def live(cursor: str | None, view: Any = view, where: Any = where) -> bytes:
                    sql, values = page_sql(view, where, cursor_values(view, cursor), PAGE + 1)
                    return page_of(await log.pool.fetch(sql, *values), PAGE)

                async def then(cursor: str | None, view: Any = view, where: Any = where, at: Any = at) -> bytes:
                    return await past.list(view, where, at, everything, after=cursor, limit=PAGE)

                assert await pages(then) == await pages(live), (view.__name__, where)
