"""What a command has to know besides its stream, found once in a while and not each time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

from shared.eventlog.log import Log
from shared.settings import Settings

T = TypeVar("T")
KEPT = 5.0
"""Seconds that an answer is kept: what has changed counts everywhere after that."""
MOST = 10_000


@dataclass(frozen=True, eq=False)
class Lookup(Generic[T]):
    """How something is found by a key: in the service's log, and by its settings."""

    find: Callable[[Log, Settings, str], Awaitable[T]]


class Lookups:
    """What one process of a service has found."""

    def __init__(self, log: Log, settings: Settings):
        self._log, self._settings = log, settings
        self._kept: dict[tuple[Lookup[Any], str], tuple[float, Any]] = {}

    async def get(self, lookup: Lookup[T], key: str) -> T:
        """What was found for the key, at most KEPT seconds ago."""
        now = monotonic()
        kept = self._kept.get((lookup, key))
        if kept is not None and kept[0] > now:
            return kept[1]
        if len(self._kept) >= MOST:
            self._kept.clear()
        found = await lookup.find(self._log, self._settings, key)
        self._kept[lookup, key] = (now + KEPT, found)
        return found
