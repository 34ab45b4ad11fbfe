"""What an event makes this service do, declared as pure functions: commands, and things to await until a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from shared.contracts.event import Event
from shared.deciding.aggregate import Aggregate
from shared.deciding.lookups import Lookup
from shared.eventlog.recorded import Recorded

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Do:
    """A command to carry out on a stream, one a stream for one event. With `community`, it starts the stream, unless
    it has been started; `matter`: one of its own, else it belongs to the event's. `looked_up` are arguments that are
    found by a key when it is carried out. What the command refuses is not done, and nothing is the matter."""

    aggregate: Aggregate[Any]
    id: object
    command: Callable[..., Event | Sequence[Event]]
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    community: str | None = None
    matter: bool = False
    looked_up: dict[str, tuple[Lookup[Any], str]] = field(default_factory=dict[str, tuple[Lookup[Any], str]])


@dataclass(frozen=True, slots=True)
class Await:
    """At `due`, unless it is forgotten before, what `when_due` declares for `what` happens to `id`."""

    what: str
    id: object
    due: datetime


@dataclass(frozen=True, slots=True)
class Forget:
    """It came in time, or does not matter any more."""

    what: str
    id: object


Effect = Do | Await | Forget
Reaction = Callable[[Any, Recorded, list[Recorded]], Iterable[Effect]]
"""Of the event, its record, and its stream's events up to and with it, those that a contract here names."""
WhenDue = Callable[[str, datetime], Do]
"""Of the id that was awaited and the time that is up."""


def newest(kind: type[E], stream: Iterable[Recorded], matches: Callable[[E], bool] = lambda _: True) -> E | None:
    """The newest event of a kind, that matches, in a stream; None where there is none, as when it was skipped."""
    found = [one.data for one in stream if isinstance(one.data, kind) and matches(one.data)]
    return found[-1] if found else None


class Reactions:
    """One service's reactions, to its own events and to others'."""

    def __init__(self) -> None:
        self.to: dict[tuple[str, str], list[Reaction]] = {}
        self.due: dict[str, WhenDue] = {}

    def on(self, *events: type[Event]) -> Callable[[Reaction], Reaction]:
        """Declares what follows from events of these classes."""

        def register(reaction: Reaction) -> Reaction:
            for event in events:
                self.to.setdefault((event.service, event.event_name), []).append(reaction)
            return reaction

        return register

    def when_due(self, what: str) -> Callable[[WhenDue], WhenDue]:
        """Declares what happens when the time of an `Await` of that name is up."""

        def register(when_due: WhenDue) -> WhenDue:
            self.due[what] = when_due
            return when_due

        return register

    def types(self) -> frozenset[str]:
        """The names of the events that something follows from."""
        return frozenset(name for _, name in self.to)

    def effects(self, event: Recorded, stream: list[Recorded]) -> list[Effect]:
        """All that follows from one event."""
        reactions = self.to.get((event.source, event.type), ())
        return [effect for reaction in reactions for effect in reaction(event.data, event, stream)]
