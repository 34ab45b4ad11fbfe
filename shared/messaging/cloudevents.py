"""An event as a Kafka message and back: CloudEvents 1.0, Kafka protocol binding, binary mode."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from shared.contracts.event import Unreadable, decode, event_class
from shared.eventlog.recorded import Recorded

Headers = list[tuple[str, bytes]]
TYPE = "shangliang"


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event of another service as its message says: what the log holds of it, but for the position here."""

    id: UUID
    source: str
    stream: str
    version: int
    type: str
    schema: int
    data: str
    metadata: str
    community: str
    occurred_at: datetime

    @property
    def kind(self) -> str:
        """The kind of aggregate whose stream it is."""
        return self.stream.partition("-")[0]


def topic_of(service: str) -> str:
    """Where a service publishes."""
    return f"{service}.events"


def to_message(event: Recorded, traceparent: str | None = None) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of an own event; in the trace context it was written in, unless another is given."""
    metadata = event.metadata
    said = {
        "ce_specversion": "1.0",
        "ce_id": str(event.id),
        "ce_source": f"/{TYPE}/{event.source}",
        "ce_type": f"{TYPE}.{event.source}.{event.type}.v{event.schema}",
        "ce_subject": event.stream,
        "ce_time": event.at.isoformat(),
        "ce_dataschema": f"/schemas/{event.source}/{event.type}.v{event.schema}.json",
        "ce_sequence": str(event.position),
        "ce_streamversion": str(event.version),
        "ce_partitionkey": event.community,
        "ce_correlationid": metadata["correlation"],
        "ce_causationid": metadata.get("causation"),
        "ce_actor": metadata.get("actor"),
        "ce_traceparent": traceparent or metadata.get("traceparent"),
        "content-type": "application/json",
    }
    headers = [(name, value.encode()) for name, value in said.items() if value is not None]
    return event.community.encode(), event.json.encode(), headers


def place_of(headers: Iterable[tuple[str, bytes]]) -> tuple[str, str, int | None]:
    """Source, stream and version of a message as far as they can be read: empty, or None, where they can't."""
    said = dict(headers)
    try:
        source = said.get("ce_source", b"").decode().rpartition("/")[2]
        stream = said.get("ce_subject", b"").decode()
        version = said.get("ce_streamversion", b"").decode()
    except UnicodeDecodeError:
        return "", "", None
    return source, stream, int(version) if version.isdecimal() and len(version) < 10 else None


def from_message(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Arrived:
    """The event that a message carries. A type that no contract here knows is taken as it is; one that is known must
    be what its contract says. Raises Unreadable, which never shows the data."""
    try:
        said = {name: content.decode() for name, content in headers}
        service, name, schema = _type(said["ce_type"])
        if said["ce_source"] != f"/{TYPE}/{service}" or said["ce_specversion"] != "1.0":
            raise Unreadable("not one of our CloudEvents")
        metadata = {
            "correlation": str(UUID(said["ce_correlationid"])),
            "causation": said.get("ce_causationid"),
            "actor": said.get("ce_actor"),
            "traceparent": said.get("ce_traceparent"),
            "sequence": int(said["ce_sequence"]),
        }
        data = (value or b"").decode()
        if "\x00" in data:
            raise Unreadable("the data holds a null character")
        arrived = Arrived(
            id=UUID(said["ce_id"]),
            source=service,
            stream=said["ce_subject"],
            version=int(said["ce_streamversion"]),
            type=name,
            schema=schema,
            data=data,
            metadata=orjson.dumps({key: one for key, one in metadata.items() if one is not None}).decode(),
            community=said["ce_partitionkey"],
            occurred_at=datetime.fromisoformat(said["ce_time"]),
        )
    except KeyError as error:
        raise Unreadable(f"the header {error.args[0]} is missing") from None
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable(f"a header can't be read: {type(error).__name__}") from None
    if arrived.occurred_at.tzinfo is None:
        raise Unreadable("ce_time has no offset")
    _require_readable(arrived)
    return arrived


def _type(said: str) -> tuple[str, str, int]:
    owner, service, name, schema = said.split(".")
    if owner != TYPE or not schema.startswith("v"):
        raise Unreadable("ce_type is not one of ours")
    return service, name, int(schema[1:])


def _require_readable(arrived: Arrived) -> None:
    if event_class(arrived.source, arrived.type):
        decode(arrived.source, arrived.type, arrived.schema, arrived.data)
        return
    try:
        orjson.loads(arrived.data)
    except orjson.JSONDecodeError:
        raise Unreadable("the data is not JSON") from None
