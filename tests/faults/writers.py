"""Some writers of one process: on streams that others write, too, with pauses, rollbacks and group commits. Run as a
module it is a process of its own, that writes the ids of what it has committed to a file."""

import asyncio
import random
import sys
from collections import defaultdict
from pathlib import Path
from uuid import UUID

from shared.eventlog.database import open_pool
from shared.eventlog.log import Log
from shared.eventlog.recorded import NewEvent
from shared.eventlog.writer import Conflict
from tests.garden import Watered, new

STREAMS = 80
MOST = 100
"""Events of one append."""
ROLLED_BACK, PAUSED = 0.1, 0.05
PAUSE = 0.01


class Writers:
    """So many writers over one pool, until each process's share of events is committed."""

    def __init__(self, log: Log, share: int, seed: int):
        self.log, self.share = log, share
        self.committed: list[UUID] = []
        self._chance = random.Random(seed)
        self._versions: dict[str, int] = defaultdict(int)

    async def write(self, writers: int) -> None:
        """Half of the writers append in transactions of their own, the other half through the group commit."""
        await asyncio.gather(*(self._write(in_transactions=number % 2 == 0) for number in range(writers)))

    async def _write(self, *, in_transactions: bool) -> None:
        while len(self.committed) < self.share:
            stream = f"plant-{self._chance.randrange(STREAMS)}"
            after = self._versions[stream]
            many = self._chance.randint(1, MOST)
            events = [new(stream, after + n, Watered(litres=n)) for n in range(1, many + 1)]
            try:
                committed = await self._in_transaction(events) if in_transactions else await self.log.append(events)
            except Conflict:
                newest = await self.log.pool.fetchval("select max(version) from log where stream = $1", stream)
                self._versions[stream] = newest
                continue
            if committed:
                self._versions[stream] = max(self._versions[stream], events[-1].version)
                self.committed += [event.id for event in events]

    async def _in_transaction(self, events: list[NewEvent]) -> bool:
        async with self.log.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                if self._chance.random() < PAUSED:
                    await asyncio.sleep(self._chance.random() * PAUSE)
                await self.log.append_in(connection, events)
                if self._chance.random() < PAUSED:
                    await asyncio.sleep(self._chance.random() * PAUSE)
            except BaseException:
                await transaction.rollback()
                raise
            if self._chance.random() < ROLLED_BACK:
                await transaction.rollback()
                return False
            await transaction.commit()
            return True


async def main(uri: str, writers: int, share: int, seed: int) -> list[UUID]:
    log = Log("garden", await open_pool(uri, "garden"))
    log.writer.start()
    one = Writers(log, share, seed)
    await one.write(writers)
    return one.committed


if __name__ == "__main__":
    ids = asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
    Path(sys.argv[5]).write_text("\n".join(map(str, ids)))
