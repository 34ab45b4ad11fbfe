"""Appending: against one INSERT an event, against the eventsourcing library, and as the log grows."""

import os
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate

from bench.logs import RAISED, database_for, log_of, raised
from bench.measuring import side_by_side
from bench.result import Result
from shared.eventlog.database import database_uri
from shared.eventlog.writer import event_row

CALLERS = 64
INSERT = """
insert into log (event_id, source, stream, version, type, schema, data, metadata, community, occurred_at)
values ($1, 'intake', $2, $3, $4, $5, $6::json, $7::json, $8, $9)
"""


@asynccontextmanager
async def plain_pool(uri: str) -> AsyncGenerator[Any]:
    """A connection for every caller."""
    async with asyncpg.create_pool(uri, min_size=CALLERS, max_size=CALLERS) as pool:
        yield pool


async def append_vs_insert(server: str, calls: int, rounds: int) -> list[Result]:
    """Events a second and p99 at 64 concurrent appends, over one asyncpg INSERT an event into an equal table."""
    async with log_of(server, "intake") as log, database_for(server, "plain") as (uri, _), plain_pool(uri) as pool:

        async def insert() -> object:
            return await pool.execute(INSERT, *event_row(raised()))

        async def append() -> object:
            return await log.append((raised(),))

        ours, theirs = await side_by_side(append, insert, callers=CALLERS, calls=calls, rounds=rounds)
        alone, insert_alone = await side_by_side(append, insert, callers=1, calls=calls // 8, rounds=rounds)
    figures = {
        "events/s": ours.per_second,
        "INSERT/s": theirs.per_second,
        "p99 ms": ours.p99 * 1e3,
        "INSERT p99 ms": theirs.p99 * 1e3,
    }
    return [
        Result("append_vs_insert", ours.per_second / theirs.per_second, 2.5, "higher", figures),
        Result("append_vs_insert_p99", ours.p99 / theirs.p99, 1.0, "lower"),
        Result("append_alone_vs_insert", alone.per_second / insert_alone.per_second, 1.0, "higher"),
    ]


class Issue(Aggregate):
    """An issue as a user of the eventsourcing library would write it, holding what ours holds."""

    def __init__(self, community: str, by: str, channel: str, text: str, place: str, detail: str):
        self.community, self.by, self.channel, self.text = community, by, channel, text
        self.place, self.detail = place, detail


def eventsourcing_application(server: str, database: str) -> Application[Any]:
    """The library's own application on the same PostgreSQL, with a connection for every caller."""
    uri = urlsplit(database_uri(server, database))
    return Application(
        {
            **os.environ,
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": database,
            "POSTGRES_HOST": parse_qs(uri.query)["host"][0],
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": "postgres",
            "POSTGRES_PASSWORD": "",
            "POSTGRES_POOL_SIZE": str(CALLERS),
            "POSTGRES_MAX_OVERFLOW": "0",
            "POSTGRES_CONN_MAX_AGE": "",
        }
    )


def saved_per_second(application: Application[Any], callers: int, calls: int) -> float:
    """Aggregates that so many threads save a second, one event each."""
    where = RAISED.where
    left = iter(range(calls))
    turn = threading.Lock()

    def caller() -> None:
        while True:
            with turn:
                if next(left, None) is None:
                    return
            application.save(
                Issue("yaopo", str(RAISED.by), RAISED.channel, RAISED.text, str(where.place), str(where.detail))
            )

    began = perf_counter()
    with ThreadPoolExecutor(callers) as threads:
        for done in [threads.submit(caller) for _ in range(callers)]:
            done.result()
    return calls / (perf_counter() - began)


async def append_vs_eventsourcing(server: str, calls: int, rounds: int) -> list[Result]:
    """Events a second at 64 concurrent appends, over the eventsourcing library's: with one thread or with 64, whichever
    is faster."""
    async with log_of(server, "intake") as log, database_for(server, "library") as (_, own):
        application = eventsourcing_application(server, f"shangliang_{own}")

        async def append() -> object:
            return await log.append((raised(),))

        ours, theirs = 0.0, 0.0
        for _ in range(rounds):
            one, _ = await side_by_side(append, append, callers=CALLERS, calls=calls, rounds=1)
            ours = max(ours, one.per_second)
            theirs = max(theirs, *(saved_per_second(application, callers, calls // 16) for callers in (1, CALLERS)))
        application.close()
    return [
        Result(
            "append_vs_eventsourcing", ours / theirs, 30, "higher", {"events/s": ours, "eventsourcing events/s": theirs}
        )
    ]
