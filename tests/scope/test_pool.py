"""Connections that are used again: what one reader's scope was never shows to the next."""

import asyncio
import random
from collections import Counter
from contextlib import suppress

import asyncpg

from shared.deciding.scope import Scope
from shared.eventlog.database import open_readers
from shared.eventlog.log import Log
from shared.projecting.build import Build
from shared.projecting.reader import scoped
from tests.conftest import NewLog, database_of, uri_of
from tests.garden import Plants

READS = 10_000
CONNECTIONS, CALLERS = 4, 16
BEDS = [f"bed-{number}" for number in range(12)]
SEEN = "select bed, pg_backend_pid() as backend from views.plants"


class Broken(Exception):
    """Something in the route went wrong while its transaction was open."""


async def planted(log: Log) -> None:
    """A view with some plants in each bed."""
    async with log.pool.acquire() as connection, connection.transaction():
        build = await Build.begin(connection, Plants())
        rows = [(f"{bed}/{nth}", "{}", bed) for bed in BEDS for nth in range(3)]
        await connection.executemany(
            f"insert into views.plants_{build.build} (key, document, bed) values ($1, $2, $3)", rows
        )
    await build.activate(log.pool)


async def test_ten_thousand_uses_of_a_few_connections_leak_no_scope(new_log: NewLog) -> None:
    log = await new_log("garden")
    await planted(log)
    pool = await open_readers(uri_of(log), database_of(log), CONNECTIONS)
    chance = random.Random(7)
    did: Counter[str] = Counter()
    backends: Counter[int] = Counter()

    async def read(beds: frozenset[str], end: str) -> None:
        async with scoped(pool, Scope(communities=beds)) as connection:
            rows = await connection.fetch(SEEN)
            backends.update(row["backend"] for row in rows[:1])
            assert Counter(row["bed"] for row in rows) == dict.fromkeys(beds, 3)
            if end == "refused by the database":
                await connection.fetch("select 1 / 0")
            if end == "broken":
                raise Broken
            if end == "slow":
                await connection.fetch("select pg_sleep(0.02)")

    async def unscoped() -> None:
        assert await pool.fetch(SEEN) == []

    async def call() -> None:
        while did.total() < READS:
            end = chance.choices(
                ["read", "none", "refused by the database", "broken", "cancelled", "cut short"], [80, 10, 4, 1, 3, 2]
            )[0]
            did[end] += 1
            beds = frozenset(chance.sample(BEDS, chance.randint(0, 4)))
            with suppress(asyncpg.DivisionByZeroError, Broken, TimeoutError, asyncio.CancelledError):
                match end:
                    case "none":
                        await unscoped()
                    case "cancelled":
                        task = asyncio.create_task(read(beds, "read"))
                        await asyncio.sleep(chance.random() * 0.002)
                        task.cancel()
                        await task
                    case "cut short":
                        async with asyncio.timeout(0.005):
                            await read(beds, "slow")
                    case _:
                        await read(beds, end)

    await asyncio.gather(*(call() for _ in range(CALLERS)))
    pool.terminate()
    assert did.total() >= READS
    assert min(did.values()) > 50
    assert max(backends.values()) > 20, "hardly any connection was used again"
