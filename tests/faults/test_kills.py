"""kill -9 of everything, in turn and under load: what was acknowledged is there, once, and so is all that follows."""

import asyncio
from contextlib import suppress
from pathlib import Path
from time import monotonic

import asyncpg
import psutil

from shangliang.embedded import Servers
from tests.faults.calling import GONE_THROUGH, calling
from tests.faults.conftest import NewProcess
from tests.faults.evidence import (
    acknowledged_once,
    delivered_once,
    happened_once,
    nothing_parked,
    settled,
    views_equal_a_rebuild,
)
from tests.faults.processes import Process

ROUNDS = 3
COMMANDS = 200
"""A second."""
COMMUNITIES = ("yaopo", "xishan", "yangguang", "desheng")
FOLLOWERS = ("notify", "deliberation", "partner", "portal")
SERVICES = ("intake", *FOLLOWERS)
REST = 1.0


async def test_nothing_is_lost_or_done_twice_whatever_is_killed(
    servers: Servers, data: Path, new_process: NewProcess
) -> None:
    intake, followers = new_process("intake"), new_process(*FOLLOWERS)
    await asyncio.gather(intake.start(), followers.start())
    async with calling(data, intake.origin) as callers:
        over = asyncio.Event()
        began = monotonic()
        async with asyncio.TaskGroup() as group:
            going = group.create_task(callers.keep_going(COMMUNITIES, COMMANDS, over))
            for _ in range(ROUNDS):
                await killed(intake)
                await kafka_killed(servers)
                await killed(followers)
                await postgres_killed(servers)
            over.set()
        matters, lasted = going.result(), monotonic() - began
    logs = await settled(servers, SERVICES, COMMUNITIES)
    acknowledged_once(logs["intake"], matters)
    delivered_once(logs)
    happened_once(logs, matters)
    await nothing_parked(servers, SERVICES)
    for service in SERVICES:
        assert await views_equal_a_rebuild(servers, service)
    assert callers.acknowledged == len(GONE_THROUGH) * len(matters)
    assert callers.acknowledged > COMMANDS * lasted / 2  # all that were begun, but for those that a slow end held up


async def test_nothing_of_a_postgresql_that_was_killed_goes_on_beside_the_next_one(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.postgres)
    backend = psutil.Process(await connection.fetchval("select pg_backend_pid()"))
    working = asyncio.create_task(connection.fetchval("select count(*) from generate_series(1, 10_000_000_000)"))
    await asyncio.sleep(0.5)
    servers.postgres_server.kill()
    assert not working.done()  # it does not look whether its server is still there
    servers.postgres_server.start()
    assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE
    await asyncio.gather(working, return_exceptions=True)


async def killed(process: Process) -> None:
    """And started again."""
    await asyncio.sleep(REST)
    process.kill()
    await process.start()


async def kafka_killed(servers: Servers) -> None:
    """And started again, after a while that clients notice."""
    await asyncio.sleep(REST)
    servers.kafka_server.kill()
    await asyncio.sleep(1)
    servers.kafka_server.start()
    host, _, port = servers.kafka.partition(":")
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
                return
            await asyncio.sleep(0.1)


async def postgres_killed(servers: Servers) -> None:
    """And started again, after a while that clients notice."""
    await asyncio.sleep(REST)
    servers.postgres_server.kill()
    await asyncio.sleep(0.5)
    servers.postgres_server.start()
