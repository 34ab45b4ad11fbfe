"""A process that stands still and goes on later: others take over meanwhile, and what it still does is harmless."""

import asyncio
import signal
import sys
from pathlib import Path
from time import monotonic

import asyncpg
import psutil

from shangliang.embedded import Servers
from shangliang.embedded.children import end, spawn
from shared.eventlog.database import database_uri, install_log, open_pool, prepare
from shared.eventlog.log import Log
from tests.faults.calling import calling
from tests.faults.conftest import NewProcess
from tests.faults.evidence import (
    acknowledged_once,
    delivered_once,
    happened_once,
    log_of,
    nothing_parked,
    settled,
)
from tests.garden import Planted, new

ROOT = Path(__file__).parents[2]
STOPPED = 30.0
"""Seconds that the leader stands still."""
TAKEN_OVER = 20.0
"""Seconds within which another process must lead: PostgreSQL ends a silent leader's session after ten."""
COMMANDS = 40
COMMUNITIES = ("yaopo", "xishan")
SERVICES = ("intake", "notify", "partner")
LEADER = """
select pid from pg_locks where locktype = 'advisory' and classid = 7219 and granted
    and objid = (hashtext($1)::bigint & 4294967295)::oid
    and database = (select oid from pg_database where datname = current_database())
"""


async def leader(servers: Servers, service: str, name: str) -> int | None:
    """The PostgreSQL session that leads that work of a service."""
    connection = await asyncpg.connect(database_uri(servers.postgres, f"shangliang_{service}"))
    try:
        return await connection.fetchval(LEADER, name)
    finally:
        await connection.close()


async def new_leader(servers: Servers, service: str, name: str, before: int | None) -> int:
    """The one that comes after, once there is one."""
    async with asyncio.timeout(TAKEN_OVER):
        while (found := await leader(servers, service, name)) in (before, None):
            await asyncio.sleep(0.1)
    assert found is not None
    return found


async def relayed(servers: Servers, service: str) -> int:
    """Up to which position a service's log has been published."""
    async with log_of(servers, service) as log:
        return await log.pool.fetchval("select position from checkpoint where follower = 'relay'")


async def test_a_leader_that_stands_still_for_half_a_minute_does_no_harm(
    servers: Servers, data: Path, new_process: NewProcess
) -> None:
    first, second = new_process(*SERVICES), new_process(*SERVICES)
    await first.start()
    before = {service: await new_leader(servers, service, "relay", None) for service in SERVICES}
    await second.start()
    async with calling(data, first.origin, second.origin, patience=1.5) as callers:
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            going = group.create_task(callers.keep_going(COMMUNITIES, COMMANDS, over))
            await asyncio.sleep(3)
            first.stop()
            stopped = monotonic()
            for service in SERVICES:
                await new_leader(servers, service, "relay", before[service])
            taken_over = await relayed(servers, "intake")
            assert monotonic() - stopped < STOPPED
            await asyncio.sleep(stopped + STOPPED - monotonic())
            assert await relayed(servers, "intake") > taken_over
            first.go_on()
            await asyncio.sleep(3)
            over.set()
        matters = going.result()
        await settled(servers, SERVICES, COMMUNITIES)
        second.kill()
        callers.origins = (first.origin,)
        matters += await callers.keep_going_for(1, COMMUNITIES, COMMANDS)
    logs = await settled(servers, SERVICES, COMMUNITIES)
    acknowledged_once(logs["intake"], matters)
    delivered_once(logs)
    happened_once(logs, matters)
    await nothing_parked(servers, SERVICES)


async def test_who_stands_still_in_the_middle_of_a_transaction_holds_nobody_up(servers: Servers, data: Path) -> None:
    uri = await prepare(servers.postgres, "garden", (install_log,))
    log = Log("garden", await open_pool(uri, "garden"))
    log.writer.start()
    child = spawn(
        [sys.executable, "-m", "tests.faults.standing_still", uri],
        log=data / "standing-still.log",
        pid_file=data / "standing-still.pid",
        dies_by=signal.SIGKILL,
        environment={"PYTHONPATH": str(ROOT)},
    )
    try:
        async with asyncio.timeout(60):
            while psutil.Process(child.pid).status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(0.05)
        async with asyncio.timeout(15):
            await log.append([new("plant-1", 1, Planted(bed="south"), "south")])
        child.send_signal(signal.SIGCONT)
        assert await asyncio.to_thread(child.wait, 30) == 0, (data / "standing-still.log").read_text()
        assert [event.community for event in await log.stream("plant-1")] == ["south"]
    finally:
        child.send_signal(signal.SIGCONT)
        end(child, signal.SIGKILL, patience=5)
        await log.writer.stop()
        log.pool.terminate()
