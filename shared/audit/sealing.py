"""Seals a log: its rows, in order, become leaves of the tree; and the tree's head is signed."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import structlog

from shared.audit.leaves import LEAF, POSITION, leaves_of, root_of, sealed_size, subtrees
from shared.audit.note import Head, Signer
from shared.audit.tree import BLOCK, BLOCK_LEVEL, Node, grown, leaf_hash, levels, parts
from shared.eventlog.checkpoints import Overtaken, move_checkpoint, read_checkpoint
from shared.eventlog.log import POLL, Log

FOLLOWER = "audit"
BATCH = 4_096
AT_ONCE = 256
"""Leaves that are hashed before others have their turn."""
EVERY = 60.0
"""Seconds between heads while there is something new."""
SILENCE = 3600.0
"""Seconds after which a head is signed anew though nothing came."""
REST = 24
"""Times as long as a batch took the next one waits: so that sealing takes at most a twenty-fifth of the time."""

READ = f"select {LEAF} from log where position > $1 order by position limit $2"
ADD = """
insert into audit.sealed (first, last, positions, leaves)
select * from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])
"""
ADD_SUBTREES = """
insert into audit.subtree (level, place, hash) select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
"""
NEWEST = """
select size, extract(epoch from clock_timestamp() - signed_at)::float8 as age
from audit.head order by number desc limit 1
"""
SIGNED = "insert into audit.head (size, note, signed_at) values ($1, $2, $3)"

logger = structlog.get_logger()


class Sealer:
    """Seals one service's log. Only its leader runs it; what a second one does is rolled back."""

    def __init__(self, log: Log, signer: Signer):
        self.log, self._signer = log, signer
        self.position = self.head = 0

    @property
    def lag(self) -> int:
        """Positions of the log that are not sealed yet, as far as this process knows."""
        return max(0, max(self.head, self.log.newest) - self.position) if self.position else 0

    async def run(self, may_sign: Callable[[], bool] = lambda: True) -> None:
        """For ever: seals by the block, signs a head a minute, and gives way to appends."""
        self.position = await read_checkpoint(self.log.pool, FOLLOWER)
        due, unsigned = 0.0, True
        while True:
            began, sealed = monotonic(), 0
            self.head = await self.log.head_past(self.position)
            try:
                if began >= due or self.head - self.position >= BLOCK:
                    sealed = await self._seal_batch()
                if began >= due:
                    due, unsigned = began + EVERY, True
                if unsigned and may_sign():
                    await self._sign_where_due()
                    unsigned = False
            except Overtaken:
                logger.warning("sealing-overtaken", service=self.log.own)
                self.position = await read_checkpoint(self.log.pool, FOLLOWER)
            spent = monotonic() - began
            await asyncio.sleep(max(POLL, spent * REST) if sealed else POLL)

    async def seal(self) -> Head | None:
        """Seals all there is, and signs the head; None where the log is empty."""
        more = 1
        while more:
            with suppress(Overtaken):  # what the other has sealed need not be sealed again
                more = await self._seal_batch()
        return await self._sign(await sealed_size(self.log.pool))

    async def _seal_batch(self) -> int:
        """Seals what comes next, as far as one batch goes: how many events. Raises Overtaken."""
        pool = self.log.pool
        position, size = await read_checkpoint(pool, FOLLOWER), await sealed_size(pool)
        rows: list[Any] = await pool.fetch(READ, position, BATCH)
        if not rows:
            self.position = position
            return 0
        positions, hashes = [row[0][POSITION] for row in rows], await _hashed(rows)
        last = int.from_bytes(positions[-1], "big")
        runs = _runs(size, positions, hashes)
        made = await self._completed(size, hashes)
        async with pool.acquire() as connection, connection.transaction():
            await move_checkpoint(connection, FOLLOWER, position, last)
            await connection.execute(ADD, *(list(column) for column in zip(*runs, strict=True)))
            if made:
                nodes = [(level, place, hash) for (level, place), hash in made.items()]
                await connection.execute(ADD_SUBTREES, *(list(column) for column in zip(*nodes, strict=True)))
        self.position = last
        return len(rows)

    async def _completed(self, size: int, hashes: Sequence[bytes]) -> dict[Node, bytes]:
        """The subtrees that these leaves, which come after the first `size`, complete."""
        block, beyond = size // BLOCK, size + len(hashes)
        if beyond // BLOCK == block:
            return {}
        leaves = [*(await leaves_of(self.log.pool, block)), *hashes] if size % BLOCK else hashes
        known = await subtrees(self.log.pool, parts((0, block * BLOCK)))
        made: dict[Node, bytes] = {}
        for start in range(0, len(leaves) - BLOCK + 1, BLOCK):
            [top] = levels(leaves[start : start + BLOCK])[BLOCK_LEVEL]
            made |= grown(known | made, block, top)
            block += 1
            await asyncio.sleep(0)
        return made

    async def _sign_where_due(self) -> None:
        size, newest = await sealed_size(self.log.pool), await self.log.pool.fetchrow(NEWEST)
        if newest is None or size > newest["size"] or newest["age"] > SILENCE:
            await self._sign(size)

    async def _sign(self, size: int) -> Head | None:
        if not size:
            return None
        head, note = self._signer.sign(size, await root_of(self.log.pool, size), datetime.now(UTC))
        await self.log.pool.execute(SIGNED, size, note, head.at)
        return head


async def _hashed(rows: Sequence[Any]) -> list[bytes]:
    hashes: list[bytes] = []
    for start in range(0, len(rows), AT_ONCE):
        hashes += [leaf_hash(row[0]) for row in rows[start : start + AT_ONCE]]
        await asyncio.sleep(0)
    return hashes


def _runs(size: int, positions: Sequence[bytes], hashes: Sequence[bytes]) -> list[tuple[int, int, bytes, bytes]]:
    """The rows that keep these leaves: none reaches into a second block."""
    runs: list[tuple[int, int, bytes, bytes]] = []
    start = 0
    while start < len(hashes):
        end = min(len(hashes), start + BLOCK - (size + start) % BLOCK)
        last = int.from_bytes(positions[end - 1], "big")
        runs.append((size + start, last, b"".join(positions[start:end]), b"".join(hashes[start:end])))
        start = end
    return runs
