"""Follows a log for work that is neither a view nor a reaction: event by event, from a checkpoint of its own."""

from collections.abc import Awaitable, Callable, Sequence

from shared.contracts.event import Event
from shared.eventlog.checkpoints import move_checkpoint, read_checkpoint
from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded

BATCH = 500


async def follow_own(
    log: Log, follower: str, events: Sequence[type[Event]], take: Callable[[Recorded], Awaitable[None]]
) -> None:
    """For ever: has `take` take events of these kinds, in order and at least once."""
    types = [event.event_name for event in events]
    position = await read_checkpoint(log.pool, follower)
    while True:
        head = await log.head_past(position)
        found = await log.read(position, limit=BATCH, types=types) if head > position else []
        for event in found:
            await take(event)
        reached = found[-1].position if len(found) == BATCH else head
        if reached > position:
            await move_checkpoint(log.pool, follower, position, reached)
            position = reached
        else:
            await log.wait(position)
