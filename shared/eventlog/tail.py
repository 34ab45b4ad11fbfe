"""The end of a log, at hand for all in this process who follow it."""

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence

from shared.eventlog.recorded import Recorded

MOST = 1_000
"""Events that are kept."""

Read = Callable[[int, int], Awaitable[list[Recorded]]]
"""The events after a position, so many at most."""


class Tail:
    """The last events of a log, read and decoded once for all who follow it, though each stands at a place of its own;
    what this process has appended itself is not even read. What lies further back is read anew."""

    def __init__(self, read: Read):
        self._read = read
        self._after = self._last = 0
        self._events: list[Recorded] = []
        """All there are after the position `_after` up to `_last`."""
        self._reading = asyncio.Lock()

    async def read(self, after: int) -> list[Recorded]:
        """The events after a position, at most MOST."""
        async with self._reading:
            if not self._after <= after < self._last:
                new = await self._read(after, MOST)
                if not new or not self._after <= after < self._last:  # meanwhile they may have been appended here
                    self._keep(after, new)
                    return new
            return self._events[bisect_right(self._events, after, key=_position) :]

    def grow(self, events: Sequence[Recorded]) -> None:
        """Takes events that were appended just now, one after the other without a gap. They are kept if they follow on
        what is."""
        if events[0].position == self._last + 1:
            self._keep(self._last, events)

    def _keep(self, after: int, new: Sequence[Recorded]) -> None:
        if not new:
            return
        if after != self._last or len(new) >= MOST:
            self._after, self._events = after, list(new)
        else:
            over = max(0, len(self._events) + len(new) - MOST)
            self._after = self._events[over - 1].position if over else self._after
            self._events = [*self._events[over:], *new]
        self._last = new[-1].position


def _position(event: Recorded) -> int:
    return event.position
