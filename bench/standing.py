"""A log of a city's issues, and the views that search and likeness read, caught up."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from time import perf_counter, process_time
from typing import Any
from uuid import uuid4

import asyncpg
import orjson

from bench.city import COMMUNITIES, Told, issues
from bench.logs import database_for, opened
from services.intake.searching.finding import install_finding
from shared.eventlog.database import open_readers
from shared.eventlog.leadership import Leadership
from shared.eventlog.log import Log
from shared.projecting import Reader, View, Views

CHUNK = 20_000
COLUMNS = ("event_id", "source", "stream", "version", "type", "schema", "data", "metadata", "community", "occurred_at")
ACTIVE = "select count(*) from views.view_build where view = $1 and state = 'active'"


def rows(told: Told) -> Iterator[tuple[Any, ...]]:
    """An issue's rows of the log."""
    metadata = orjson.dumps({"correlation": str(told.id), "actor": "resident:0"}).decode()
    for version, event in enumerate(told.events, 1):
        type, schema, data = event.event_name, event.event_version, event.model_dump_json()
        of = f"issue-{told.id}"
        yield uuid4(), "intake", of, version, type, schema, data, metadata, told.community, told.at


async def fill(uri: str, number: int, communities: int = COMMUNITIES) -> None:
    """So many issues in the log."""
    connection = await asyncpg.connect(uri)
    told = issues(number, communities)
    while records := [row for one in islice(told, CHUNK) for row in rows(one)]:
        await connection.copy_records_to_table("log", records=records, columns=COLUMNS, timeout=600)
    await connection.close()
    await analysed(uri)


async def analysed(uri: str) -> None:
    """What a server that has had it for a day would have done."""
    owner = await asyncpg.connect(uri)
    await owner.execute("vacuum analyze", timeout=600)
    await owner.close()


@asynccontextmanager
async def city(server: str, number: int, communities: int = COMMUNITIES) -> AsyncGenerator[tuple[Log, str, str]]:
    """A log of so many issues; its database's URI and name."""
    async with database_for(server, "intake") as (uri, own):
        owner = await asyncpg.connect(uri)
        await install_finding(owner, f"shangliang_{own}")
        await owner.close()
        await fill(uri, number, communities)
        async with opened(uri, own, "intake") as log:
            yield log, uri, own


@dataclass(frozen=True, slots=True)
class Followed:
    """Views that have caught up, by the runtime that a service has: in how many seconds, also of this process's CPU."""

    reader: Reader
    seconds: float
    cpu: float


@asynccontextmanager
async def following(uri: str, own: str, log: Log, views: Sequence[type[View]]) -> AsyncGenerator[Followed]:
    """Views that are built from nothing where they are not, and kept up meanwhile."""
    leadership = Leadership(lambda: asyncpg.connect(uri, server_settings={"role": f"shangliang_{own}"}))
    following = Views(log, views)
    reader = Reader(following, await open_readers(uri, own), [])
    began, cpu = perf_counter(), process_time()
    running = asyncio.create_task(following.run(leadership))
    for view in views:
        while not await log.pool.fetchval(ACTIVE, view.table()):
            await asyncio.sleep(0.01)
    yield Followed(reader, perf_counter() - began, process_time() - cpu)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await leadership.close()
    reader.pool.terminate()
