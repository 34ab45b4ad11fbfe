"""Sixteen writers in three processes on the same streams: whoever follows the log meanwhile misses nothing."""

import asyncio
import signal
import sys
from collections import defaultdict
from pathlib import Path
from uuid import UUID

from shangliang.embedded import Servers
from shangliang.embedded.children import end, spawn
from shared.eventlog.database import install_log, open_pool, prepare
from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded
from tests.faults.writers import Writers

ROOT = Path(__file__).parents[2]
PROCESSES, LOGS, WRITERS = 2, 2, 4
"""Processes beside this one; logs with a pool of their own in this one; writers over each of the four pools."""
SHARE = 25_500
READERS = 2
PATIENCE = 120.0


async def test_sixteen_writers_pause_and_roll_back_and_readers_miss_nothing(servers: Servers, data: Path) -> None:
    uri = await prepare(servers.postgres, "garden", (install_log,))
    logs = [Log("garden", await open_pool(uri, "garden")) for _ in range(LOGS + READERS)]
    told = [data / f"committed-{number}" for number in range(PROCESSES)]
    children = [
        spawn(
            [sys.executable, "-m", "tests.faults.writers", uri, str(WRITERS), str(SHARE), str(number), file],
            log=data / f"writers-{number}.log",
            pid_file=data / f"writers-{number}.pid",
            dies_by=signal.SIGKILL,
            environment={"PYTHONPATH": str(ROOT)},
        )
        for number, file in enumerate(told)
    ]
    try:
        over = asyncio.Event()
        readers = [asyncio.create_task(read(log, over)) for log in logs[LOGS:]]
        here = [Writers(log, SHARE, PROCESSES + number) for number, log in enumerate(logs[:LOGS])]
        for one in here:
            one.log.writer.start()
        await asyncio.gather(*(one.write(WRITERS) for one in here))
        async with asyncio.timeout(PATIENCE):
            while any(child.poll() is None for child in children):
                await asyncio.sleep(0.1)
        for number, child in enumerate(children):
            assert child.returncode == 0, (data / f"writers-{number}.log").read_text()
        over.set()
        committed = {id for one in here for id in one.committed}
        committed |= {UUID(line) for file in told for line in file.read_text().split()}
        for seen in await asyncio.gather(*readers):
            each_once_and_in_order(seen, committed)
        assert len(committed) >= (PROCESSES + LOGS) * SHARE > 100_000
    finally:
        for child in children:
            end(child, signal.SIGKILL, patience=5)
        for log in logs:
            await log.writer.stop()
            log.pool.terminate()


async def read(log: Log, over: asyncio.Event) -> list[Recorded]:
    """Follows the log from its beginning, a little behind or not at all."""
    seen: list[Recorded] = []
    while True:
        last = over.is_set()
        events = await log.read(seen[-1].position if seen else 0, limit=500)
        seen += events
        if last and not events:
            return seen
        await asyncio.sleep(0)


def each_once_and_in_order(seen: list[Recorded], committed: set[UUID]) -> None:
    """All that was committed and nothing that was rolled back, each stream's versions one after the other."""
    assert len(seen) == len(committed)
    assert {event.id for event in seen} == committed
    versions = defaultdict[str, int](int)
    for event in seen:
        versions[event.stream] += 1
        assert event.version == versions[event.stream]
