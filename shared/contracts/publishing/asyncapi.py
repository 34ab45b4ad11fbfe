"""All that is published to Kafka as one AsyncAPI 3.0 document."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from shared.contracts.event import Event, JsonObject
from shared.contracts.publishing.schemas import schema_of

UUID: JsonObject = {"type": "string", "format": "uuid"}
HEADERS: JsonObject = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka protocol binding, binary mode: each header is UTF-8 text.",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_sequence"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {**UUID, "description": "Unique for ever; a consumer that has seen it skips the message."},
        "ce_source": {"type": "string", "examples": ["/shangliang/intake"]},
        "ce_type": {"type": "string", "examples": ["shangliang.intake.issue-raised.v2"]},
        "ce_subject": {"type": "string", "description": "The stream: kind and identifier of what it happened to."},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it was recorded, with offset."},
        "ce_dataschema": {"type": "string", "description": "Path of the JSON Schema of the payload."},
        "ce_sequence": {"type": "string", "description": "Position in the service's log; ascends, with gaps."},
        "ce_streamversion": {"type": "string", "description": "1, 2, 3 … within the stream, without gaps."},
        "ce_partitionkey": {"type": "string", "description": "The community; its events stay in order."},
        "ce_correlationid": {**UUID, "description": "Shared by all that one request brought about."},
        "ce_causationid": {"type": "string", "description": "The event or request that brought this about."},
        "ce_actor": {"type": "string", "description": "Pseudonym of the person who did it."},
        "ce_traceparent": {"type": "string", "description": "W3C Trace Context."},
    },
}


HEAD: JsonObject = {
    "name": "signed-head",
    "title": "signed-head",
    "summary": "A signed tree head: how many events a service has sealed, and their tree's root. 树头",
    "contentType": "text/plain; charset=utf-8",
    "payload": {
        "type": "string",
        "description": "A checkpoint as a signed note (https://c2sp.org/tlog-checkpoint): a line each for origin, size "
        "and root (base64), an empty line, and the signatures, one of which carries the time.",
    },
}


def asyncapi(events: Sequence[type[Event]], sealed: Sequence[str], version: str) -> JsonObject:
    """The document for events that are sorted by service, and the heads of services that seal their logs."""
    services = {service: list(its) for service, its in groupby(events, key=lambda event: event.service)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "商量 shāngliang: events",
            "version": version,
            "description": "What the services publish: facts, in order within a community, at least once.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {service: _channel(service, its) for service, its in services.items()}
        | {f"{service}-heads": _heads(service) for service in sealed},
        "operations": {
            f"publish-{channel}": {"action": "send", "channel": {"$ref": f"#/channels/{channel}"}}
            for channel in (*services, *(f"{service}-heads" for service in sealed))
        },
        "components": {
            "messages": {_key(event): _message(event) for event in events} | {"signed-head": HEAD},
            "schemas": {"cloudevents-headers": HEADERS},
        },
    }


def _key(event: type[Event]) -> str:
    return f"{event.service}.{event.event_name}.v{event.event_version}"


def _channel(service: str, events: Iterable[type[Event]]) -> JsonObject:
    return {
        "address": f"{service}.events",
        "description": f"All that happened in {service}. Key: the community's code, so its events keep their order.",
        "messages": {_key(event): {"$ref": f"#/components/messages/{_key(event)}"} for event in events},
    }


def _heads(service: str) -> JsonObject:
    return {
        "address": f"{service}.heads",
        "description": f"The signed heads of {service}'s log, oldest first, kept for ever. Key: `{service}`.",
        "messages": {"signed-head": {"$ref": "#/components/messages/signed-head"}},
    }


def _message(event: type[Event]) -> JsonObject:
    schema = schema_of(event)
    return {
        "name": f"shangliang.{_key(event)}",
        "title": event.event_name,
        "summary": schema["description"],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/cloudevents-headers"},
        "payload": {name: one for name, one in schema.items() if not name.startswith("$")},
    }
