"""An aggregate: what one stream's events add up to, and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.contracts.event import Event

S = TypeVar("S")


def _none(_: object) -> str | None:
    return None


@dataclass(frozen=True, eq=False)
class Aggregate(Generic[S]):
    """`kind`, a word without a hyphen, begins its streams' names (`issue-0192…`); `evolve` is pure and ignores what it
    doesn't know; `unit` is the partner unit whose operators may touch it, if any; `place` is what it is about, where
    roles reach some places only."""

    kind: str
    evolve: Callable[[S | None, Event], S | None]
    unit: Callable[[S], str | None] = _none
    place: Callable[[S], str | None] = _none

    @property
    def name(self) -> str:
        """The kind as callers read it: `work-order`."""
        return self.kind.replace("_", "-")

    def stream(self, id: object) -> str:
        """The name of the stream of that id."""
        return f"{self.kind}-{id}"

    def fold(self, events: Iterable[Event], state: S | None = None) -> S | None:
        """The state that events lead to."""
        for event in events:
            state = self.evolve(state, event)
        return state
