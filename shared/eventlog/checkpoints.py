"""How far a follower of the log has come: kept with what it did, and moved only from where it was read."""

from typing import Any

READ = "select position from checkpoint where follower = $1"
START = "insert into checkpoint (follower, position) values ($1, 0) on conflict do nothing"
MOVE = "update checkpoint set position = $3 where follower = $1 and position = $2 returning 1"
LAZILY = "lazily as materialized (select set_config('synchronous_commit', 'off', true) as said)"
"""For the `with` of what derives from the log alone, and names it in a `from`: its commit does not wait for the disk.
What a crash of PostgreSQL takes with it is the end of it, checkpoint and all, and is made again. Never for the log
itself: its followers remember how far they were, and would pass over what comes in the place of what was lost."""
MOVE_LAZILY = f"""
with {LAZILY} update checkpoint set position = $3 from lazily where follower = $1 and position = $2 returning 1
"""


class Overtaken(Exception):
    """Another process has moved this checkpoint meanwhile: what was done since is to be rolled back."""


async def read_checkpoint(connection: Any, follower: str) -> int:
    """The position up to which the follower has done its work, 0 for a new one."""
    position = await connection.fetchval(READ, follower)
    if position is None:
        await connection.execute(START, follower)
        return 0
    return position


async def move_checkpoint(connection: Any, follower: str, before: int, after: int, *, lazily: bool = False) -> None:
    """Moves the checkpoint, within the transaction of what was done. Raises Overtaken."""
    if not await connection.fetchval(MOVE_LAZILY if lazily else MOVE, follower, before, after):
        raise Overtaken(follower)
