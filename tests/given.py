"""Given events, when a command, then events or a refusal; and what follows from events: how the domain's rules are
tested, without a database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest

from shared.contracts.event import Event
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import Refusal
from shared.eventlog.recorded import Metadata, Recorded
from shared.reacting.reactions import Effect, Reactions

Decided = Event | Sequence[Event] | tuple[Event, Sequence[Event]]
"""By a command on one stream; or on two at once."""
STREAM = UUID(int=77)
"""The id of the stream whose events reactions follow here."""


@dataclass
class Given:
    """An aggregate as events have made it."""

    aggregate: Aggregate[Any]
    events: tuple[Event, ...]

    def when(self, command: Callable[..., Decided], **arguments: Any) -> "When":
        """The command that is tried."""
        return When(self, lambda state: command(state, **arguments))


@dataclass
class When:
    """A command on what was given."""

    given: Given
    command: Callable[[Any], Decided]

    def then(self, *expected: Event) -> None:
        """It decides on just these events."""
        decided = self.command(self._state())
        assert tuple([decided] if isinstance(decided, Event) else decided) == expected

    def fails(self, code: str) -> None:
        """It is refused, by this code."""
        with pytest.raises(Refusal) as refused:
            self.command(self._state())
        assert refused.value.code == code

    def _state(self) -> Any:
        return self.given.aggregate.fold(self.given.events)


def given(aggregate: Aggregate[Any], *events: Event) -> Given:
    """What has happened so far."""
    return Given(aggregate, events)


def follows(reactions: Reactions, *stream: Event) -> list[Effect]:
    """What reactions make of the last of a stream's events."""
    recorded = [
        Recorded(
            version,
            uuid5(STREAM, str(version)),
            event.service,
            f"stream-{STREAM}",
            version,
            event.event_name,
            event.event_version,
            event.model_dump_json(),
            Metadata(STREAM).to_json(),
            "yaopo",
            datetime(2023, 11, 24, 7, tzinfo=UTC),
        )
        for version, event in enumerate(stream, 1)
    ]
    return reactions.effects(recorded[-1], recorded)
