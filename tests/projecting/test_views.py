"""Views: folds of the log, kept up, rebuilt beside, read by keyset."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.contracts.event import Event
from shared.deciding.act import EVERYTHING
from shared.eventlog.leadership import Leadership
from shared.eventlog.log import Log
from shared.projecting import BadCursor, NotWritten, Reader, Row, View, ViewBehind, Views, request_rebuild
from shared.projecting.build import Build
from shared.projecting.reading import page_sql
from shared.projecting.view import Foldable
from tests.conftest import NewLog, readers_of, uri_of
from tests.garden import AT, Beds, Picked, Planted, Plants, Watered, new

ids = itertools.count()


class Changed(Plants, number=2, scope=Plants.scope, events=Plants.events, columns=Plants.columns, order="planted_at"):
    """Plants, as a later version of the code has them."""

    @classmethod
    def table(cls) -> str:
        return "plants"

    def fold(self, row: Row | None, event: Any) -> Row | None:
        folded = super().fold(row, event)
        return folded and folded | {"version": 2}


@dataclass
class Whole:
    """Reads without limits."""

    reader: Reader

    async def get(self, view: type[Foldable], key: str, *, read_after: int | None = None) -> bytes | None:
        return await self.reader.get(EVERYTHING, view, key, read_after=read_after)

    async def list(self, view: type[Foldable], where: Mapping[str, Any], **part: Any) -> bytes:
        return await self.reader.list(EVERYTHING, view, where, **part)


@asynccontextmanager
async def following(log: Log, *views: type[View]) -> AsyncGenerator[Whole]:
    """Views that are kept up with the log meanwhile."""
    kept = Views(log, views)
    pool = await readers_of(log)
    leadership = Leadership(lambda: asyncpg.connect(uri_of(log)))
    task = asyncio.create_task(kept.run(leadership))
    try:
        yield Whole(Reader(kept, pool))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await leadership.close()
        pool.terminate()


async def plant(log: Log, number: int, bed: str = "north") -> list[str]:
    """Some plants, each watered twice; every third picked."""
    planted = [f"p{next(ids)}" for _ in range(number)]
    for nth, id in enumerate(planted):
        story: list[Event] = [Planted(bed=bed), Watered(litres=1), Watered(litres=2)]
        if nth % 3 == 2:
            story.append(Picked())
        await log.append([new(f"plant-{id}", version, event, bed) for version, event in enumerate(story, 1)])
    return planted


async def rows(log: Log, table: str) -> list[tuple[str, str]]:
    """A view's documents as they stand, byte for byte."""
    found = await log.pool.fetch(f"select key, document::text from views.{table} order by key")
    return [(row["key"], row["document"]) for row in found]


async def test_a_document_is_what_its_events_make_of_it(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as views:
        await plant(log, 3)
        page = orjson.loads(await views.list(Plants, {"bed": "north"}, read_after=await log.head()))
        assert [row["litres"] for row in page["items"]] == [3, 3]
        assert await views.get(Plants, "none") is None


async def test_a_rebuild_gives_the_same_bytes_and_readers_notice_nothing(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as views:
        await plant(log, 40)
        await views.get(Plants, "", read_after=await log.head())
        before, counted = await rows(log, "plants"), await rows(log, "beds")
        build = await request_rebuild(log.pool, Plants)
        while await log.pool.fetchval("select state from views.view_build where build = $1", build) != "active":
            page = orjson.loads(await views.list(Plants, {"bed": "north"}))
            assert len(page["items"]) == len(before)
            await asyncio.sleep(0.01)
        assert await rows(log, "plants") == before
        assert await rows(log, "beds") == counted


async def test_a_build_that_was_broken_off_goes_on_where_it_stood(new_log: NewLog) -> None:
    log = await new_log("garden")
    await plant(log, 30)
    async with log.pool.acquire() as connection, connection.transaction():
        build = await Build.begin(connection, Plants())
    half = await log.read(0, limit=31)
    await build.fold(log, half, half[-1].position)
    async with following(log, Plants) as views:  # as a process that starts after a crash
        await views.get(Plants, "", read_after=await log.head())
        after = await rows(log, "plants")
        builds = await log.pool.fetch("select build from views.view_build")
    assert [row["build"] for row in builds] == [build.build]
    assert len(after) == 20
    assert all(orjson.loads(document)["litres"] == 3 for _, document in after)


async def test_a_batch_that_is_still_being_written_is_not_read_back_as_it_was(
    new_log: NewLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await new_log("garden")
    plants = [f"p{next(ids)}" for _ in range(6)]
    for id in plants:
        await log.append([new(f"plant-{id}", 1, Planted(bed="north"))])
    for version in range(2, 42):
        for id in plants:
            await log.append([new(f"plant-{id}", version, Watered(litres=1))])
    monkeypatch.setattr("shared.projecting.build.REMEMBERED", 1)
    monkeypatch.setattr("shared.projecting.views.CATCH_UP", 7)
    async with following(log, Plants) as views:
        await views.get(Plants, "", read_after=await log.head())
        litres = {
            row["id"]: row["litres"] for row in [orjson.loads(document) for _, document in await rows(log, "plants")]
        }
    assert litres == dict.fromkeys(plants, 40)


async def test_a_new_number_is_built_beside_and_then_in_use(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as old:
        [id, *_] = await plant(log, 3)
        assert await old.get(Plants, id, read_after=await log.head())
    async with following(log, Changed) as views:
        found = await views.get(Changed, id)
        assert found is not None  # the old one, meanwhile
        while b'"version":2' not in found:
            found = await views.get(Changed, id) or b""
            await asyncio.sleep(0.01)
    tables = await log.pool.fetch(
        "select tablename from pg_tables where schemaname = 'views' and tablename like 'plants_%'"
    )
    assert len(tables) == 1


async def test_two_processes_do_no_harm(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as one, following(log, Plants) as other:
        await plant(log, 30)
        head = await log.head()
        await asyncio.gather(one.get(Plants, "", read_after=head), other.get(Plants, "", read_after=head))
        counted = orjson.loads(await one.get(Beds, "north") or b"null")
    assert counted == {"plants": 20, "litres": 60}


async def test_a_query_waits_for_what_was_written_but_not_for_ever(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as views:
        await plant(log, 1)
        with pytest.raises(NotWritten):
            await views.get(Plants, "", read_after=await log.head() + 1)
    await plant(log, 1)  # and now nobody folds it
    with pytest.raises(ViewBehind):
        await views.get(Plants, "", read_after=await log.head())


async def test_pages_show_every_row_once_while_others_come_in(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as views:
        await plant(log, 30)
        before = {key for key, _ in await rows_when(views, log)}
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = orjson.loads(await views.list(Plants, {"bed": "north"}, after=cursor, limit=7))
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
            await plant(log, 1)
            if cursor is None:
                break
        assert len(seen) == len(set(seen))
        assert before <= set(seen)
        for wrong in ("x", "bnVsbA==", "WzEsMl0=", "é"):
            with pytest.raises(BadCursor):
                await views.list(Plants, {"bed": "north"}, after=wrong)


async def rows_when(views: Whole, log: Log) -> list[tuple[str, str]]:
    await views.get(Plants, "", read_after=await log.head())
    return await rows(log, "plants")


async def test_a_list_is_read_by_its_index(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as views:
        for bed in ("north", "south", "east"):
            await plant(log, 60, bed)
        await views.get(Plants, "", read_after=await log.head())
        async with log.pool.acquire() as connection, connection.transaction():
            await connection.execute("set local enable_seqscan = off; set local enable_sort = off")
            sql, values = page_sql(Plants, {"bed": "south"}, (AT, "p1"), 20)
            plan = "\n".join(row[0] for row in await connection.fetch(f"explain {sql}", *values))
    assert "Index Scan" in plan
    assert "Sort" not in plan


async def test_a_list_of_several_values_is_one_list_and_reads_the_index_for_each(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as views:
        for bed in ("north", "south", "east"):
            await plant(log, 30, bed)
        await views.get(Plants, "", read_after=await log.head())
        seen: list[str] = []
        cursor: str | None = None
        while cursor or not seen:
            page = orjson.loads(await views.list(Plants, {"bed": ("north", "east")}, after=cursor, limit=7))
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
        async with log.pool.acquire() as connection, connection.transaction():
            await connection.execute("set local enable_seqscan = off")
            sql, values = page_sql(Plants, {"bed": ("north", "east")}, (AT, "p1"), 20)
            plan = "\n".join(row[0] for row in await connection.fetch(f"explain {sql}", *values))
        wanted = "select key from views.plants where bed <> 'south' order by planted_at desc, key desc"
        assert seen == [row["key"] for row in await log.pool.fetch(wanted)]
    assert "Index Scan" in plan
    assert "Index Cond: ((bed = one.value)" in plan


stories = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["north", "south"]), st.integers(0, 3), st.booleans()), max_size=12
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@for_all(stories)
async def test_a_figure_is_always_the_sum_of_its_rows(
    new_log: NewLog, story: Sequence[tuple[int, str, int, bool]]
) -> None:
    log = await new_log("garden")
    at: dict[str, int] = {}
    for number, bed, litres, picked in story:
        stream = f"plant-p{number}"
        events: list[Event] = [Planted(bed=bed)] if stream not in at else [Watered(litres=litres)]
        if picked:
            events += [Picked(), Planted(bed=bed)]
        first = at.get(stream, 0) + 1
        await log.append([new(stream, first + nth, event) for nth, event in enumerate(events)])
        at[stream] = first + len(events) - 1
    async with following(log, Plants) as views:
        await views.get(Plants, "", read_after=await log.head())
        plants = [orjson.loads(document) for _, document in await rows(log, "plants")]
        for bed in ("north", "south"):
            own = [plant for plant in plants if plant["bed"] == bed]
            expected = {"plants": len(own), "litres": sum(plant["litres"] for plant in own)} if own else None
            assert orjson.loads(await views.get(Beds, bed) or b"null") == expected
