"""Search over a city's issues: by who asks and how frequent the words are, within the scope of each; and how fast its
index is built."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from random import Random
from time import perf_counter
from typing import Any
from uuid import uuid4

import asyncpg
import orjson

from bench.city import CHARACTERS, COMMUNITIES, SELDOM, SUB_DISTRICTS, TROUBLES, Told, community, issues, sub_district
from bench.logs import AT, database_for
from bench.measuring import percentile, seconds
from bench.result import Result
from services.intake.issues.views import Ledger
from services.intake.searching.finding import Asked, find, install_finding
from services.intake.searching.views import IssueWords
from services.intake.searching.words import sought
from shared.contracts.words import Role
from shared.deciding.act import Act, Grant
from shared.eventlog.database import open_pool, open_readers
from shared.eventlog.leadership import Leadership
from shared.eventlog.log import Log
from shared.projecting import Reader, View, Views
from shared.web.reading import Part, Reading

GOAL = 50.0
"""Milliseconds."""
CHUNK = 20_000
COLUMNS = ("event_id", "source", "stream", "version", "type", "schema", "data", "metadata", "community", "occurred_at")
ACTIVE = "select count(*) from views.view_build where view = $1 and state = 'active'"
MIB = "select pg_total_relation_size(('views.issue_words_' || max(build))::regclass) / 1048576.0 from views.view_build"


def rows(told: Told) -> Iterator[tuple[Any, ...]]:
    """An issue's rows of the log."""
    metadata = orjson.dumps({"correlation": str(told.id), "actor": "resident:0"}).decode()
    for version, event in enumerate(told.events, 1):
        type, schema, data = event.event_name, event.event_version, event.model_dump_json()
        of = f"issue-{told.id}"
        yield uuid4(), "intake", of, version, type, schema, data, metadata, told.community, told.at


async def fill(uri: str, number: int) -> None:
    """So many issues in the log."""
    connection = await asyncpg.connect(uri)
    told = issues(number)
    while records := [row for one in islice(told, CHUNK) for row in rows(one)]:
        await connection.copy_records_to_table("log", records=records, columns=COLUMNS, timeout=600)
    await connection.execute("vacuum analyze log", timeout=600)
    await connection.close()


@asynccontextmanager
async def following(uri: str, own: str, log: Log, views: Sequence[type[View]]) -> AsyncGenerator[Reader]:
    """Views that have caught up, and are kept up meanwhile."""
    leadership = Leadership(lambda: asyncpg.connect(uri, server_settings={"role": f"shangliang_{own}"}))
    following = Views(log, views)
    running = asyncio.create_task(following.run(leadership))
    for view in views:
        while not await log.pool.fetchval(ACTIVE, view.table()):
            await asyncio.sleep(0.01)
    reader = Reader(following, await open_readers(uri, own), [])
    yield reader
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await leadership.close()
    reader.pool.terminate()


def asking(who: str, random: Random) -> tuple[Act, Asked]:
    """Somebody who looks for something: words that one in eight issues has, or one in thirty, or next to none; of the
    third of them only what is open, or of a category."""
    of = random.randrange(COMMUNITIES)
    grants = {
        "worker": [Grant(Role.SECRETARY, community(of))],
        "officer": [Grant(Role.OFFICER, one) for one in sub_district(of % SUB_DISTRICTS)],
    }[who]
    category = random.choice(list(TROUBLES))
    trouble = random.choice(TROUBLES[category])
    text = random.choice(
        (
            trouble[:2],
            trouble[:4],
            trouble,
            random.choice(SELDOM)[:2],
            "".join(random.sample(CHARACTERS, 2)),
            f"{random.randrange(1, 30)}号楼 {trouble[:2]}",
        )
    )
    narrowed = random.choice(({}, {}, {}, {"status": "withdrawn"}, {"status": "raised"}, {"category": category}))
    return Act("somebody", AT, tuple(grants)), Asked(tuple(sought(text)), **narrowed)


async def search(server: str, number: int, asked: int) -> list[Result]:
    """The 95th percentile of a page of 20, one caller at a time, over all who ask; and each by themselves."""
    async with database_for(server, "intake") as (uri, own):
        owner = await asyncpg.connect(uri)
        await install_finding(owner, f"shangliang_{own}")
        await fill(uri, number)
        log = Log("intake", await open_pool(uri, own))
        log.writer.start()
        began = perf_counter()
        async with following(uri, own, log, [IssueWords]):
            built = perf_counter() - began
        mib = float(await owner.fetchval(MIB))
        async with following(uri, own, log, [Ledger, IssueWords]) as reader:
            await owner.execute("vacuum analyze", timeout=600)
            taken = {who: await _taken(reader, who, asked) for who in ("worker", "officer")}
        await owner.close()
        await log.writer.stop()
        log.pool.terminate()
    every = [one for some in taken.values() for one in some]
    figures = {f"p95 ms of a {who}": percentile(some, 0.95) * 1e3 for who, some in taken.items()}
    figures |= {"p50 ms": percentile(every, 0.5) * 1e3, "slowest ms": max(every) * 1e3, "issues": float(number)}
    figures |= {"issues/s into the index": number / built, "MiB of the index": mib}
    return [Result("search_p95_ms", percentile(every, 0.95) * 1e3, GOAL, "lower", figures, unit="ms")]


async def _taken(reader: Reader, who: str, asked: int) -> list[float]:
    random = Random(7)
    taken: list[float] = []
    for _ in range(asked):
        act, wanted = asking(who, random)
        taken.append(await seconds(lambda: find(Reading(reader, None, None), act, wanted, Part(None, 20))))  # noqa: B023
    return taken
