"""An event as the log holds it, and an event on its way there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson

from shared.contracts.event import Event, decode

COLUMNS = "position, event_id, source, stream, version, type, schema, data, metadata, community, occurred_at"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Why an event was written, and by whom: never personal data beyond a pseudonymous id."""

    correlation: UUID
    causation: UUID | None = None
    actor: str | None = None  # `secretary:0192…`, `timer`, `reaction`
    traceparent: str | None = None

    def to_json(self) -> str:
        """Keys in a fixed order, absent where there is nothing to say."""
        said = {"correlation": str(self.correlation)}
        if self.causation:
            said["causation"] = str(self.causation)
        if self.actor:
            said["actor"] = self.actor
        if self.traceparent:
            said["traceparent"] = self.traceparent
        return orjson.dumps(said).decode()


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that a command decided on: `version` is the one its stream will have with it."""

    id: UUID
    stream: str
    version: int
    data: Event
    metadata: Metadata
    community: str
    occurred_at: datetime

    @property
    def kind(self) -> str:
        """The kind of aggregate whose stream it is: `work_order` of `work_order-0192…`."""
        return self.stream.partition("-")[0]


@dataclass(slots=True, eq=False)
class Recorded:
    """An event of the log, read only. `position` orders it among all events there, `version` within its stream, from 1.

    Not frozen, and without functools' locks, because millions of them are made when a view is rebuilt."""

    position: int
    id: UUID
    source: str
    stream: str
    version: int
    type: str
    schema: int
    json: str
    metadata_json: str
    community: str
    at: datetime
    _data: Event | None = field(default=None, init=False, repr=False)
    _metadata: dict[str, Any] | None = field(default=None, init=False, repr=False)

    @property
    def data(self) -> Event:
        """The event in its newest version. Raises Unreadable."""
        if self._data is None:
            self._data = decode(self.source, self.type, self.schema, self.json)
        return self._data

    def reads_as(self, data: Event) -> None:
        """It is known, and need not be decoded."""
        self._data = data

    @property
    def metadata(self) -> dict[str, Any]:
        """`correlation`, and where they are known `causation`, `actor`, `traceparent`."""
        if self._metadata is None:
            self._metadata = cast("dict[str, Any]", orjson.loads(self.metadata_json))
        return self._metadata

    @property
    def traceparent(self) -> str | None:
        """The W3C trace context it was written in, where that trace was sampled."""
        return self.metadata.get("traceparent") if '"traceparent"' in self.metadata_json else None

    @property
    def correlation(self) -> UUID:
        """The matter that this event belongs to."""
        return UUID(self.metadata["correlation"])

    @property
    def stream_id(self) -> str:
        """The stream's id without its kind: the UUID or code in `issue-0192…`, `unit-power`."""
        return self.stream.partition("-")[2]


def appended(position: int, own: str, row: Sequence[Any], event: NewEvent) -> Recorded:
    """The event that was appended there as the row that the append functions take: not decoded again."""
    id, *said, at = row
    it = recorded((position, id, own, *said, at.astimezone(UTC)))
    if not event.data.private_fields:  # what is sealed reads as such
        it.reads_as(event.data)
    return it


def recorded(row: asyncpg.Record | Sequence[Any]) -> Recorded:
    """The event of a row of COLUMNS."""
    return Recorded(*row)
