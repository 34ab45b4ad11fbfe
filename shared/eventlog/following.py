"""Follows a log for work that is neither a view nor a reaction: event by event, from a checkpoint of its own."""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from shared.contracts.event import Event
from shared.eventlog.checkpoints import move_checkpoint, read_checkpoint
from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded

BATCH = 500
QUIET = 1.0
"""Seconds after which the checkpoint is moved past events that are none of its."""


async def follow_own(
    log: Log, follower: str, events: Sequence[type[Event]], take: Callable[[Recorded], Awaitable[None]]
) -> None:
    """For ever: has `take` take events of these kinds, in order and at least once."""
    types = frozenset(event.event_name for event in events)
    position = stored = await read_checkpoint(log.pool, follower)
    moved_at = monotonic()
    while True:
        found, reached = await log.next(position, types, limit=BATCH)
        for event in found:
            await take(event)
        position = reached
        if position > stored and (found or monotonic() - moved_at > QUIET):
            await move_checkpoint(log.pool, follower, stored, position, lazily=True)
            stored, moved_at = position, monotonic()
        if not found:
            await log.wait(position)
