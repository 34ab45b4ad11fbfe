"""Everything that is published about the contracts, as files; and what those that stand published forbid."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import orjson

from shared.contracts.event import Event, JsonObject, has_upcaster
from shared.contracts.publishing.asyncapi import asyncapi
from shared.contracts.publishing.compatibility import breaks
from shared.contracts.publishing.schemas import schema_name, schema_of


def documents(events: Sequence[type[Event]], sealed: Sequence[str], version: str) -> dict[str, str]:
    """Name and text of each file: a schema an event, `asyncapi.json`, `index.md`. `sealed`: the services that publish
    heads of their logs."""
    made = {schema_name(event): _json(schema_of(event)) for event in events}
    return made | {"asyncapi.json": _json(asyncapi(events, sealed, version)), "index.md": _index(events)}


def broken_promises(events: Sequence[type[Event]], published: Mapping[str, JsonObject]) -> Iterator[str]:
    """What would break a reader of the `published` schemas (by file name), and how to mend it; none if all is well."""
    newest = {(event.service, event.event_name): event for event in events}
    for name, schema in sorted(published.items()):
        service, title = PurePosixPath(name).parts
        event_name, _, number = title.removesuffix(".json").rpartition(".v")
        event, version = newest.get((service, event_name)), int(number)
        called = f"{service}.{event_name} v{version}"
        if event is None:
            yield f"{called}: published, and no longer in the contracts: put it back, the log still holds it."
        elif version > event.event_version:
            yield f"{called}: published, but the contract is at v{event.event_version}: versions only go up."
        elif version < event.event_version:
            if not has_upcaster(event, version):
                yield f"{called}: nothing lifts it to v{version + 1}: write `@upcasts(…, version={version})`."
        else:
            for why in breaks(schema, orjson.loads(_json(schema_of(event)))):
                yield f"{called}: {why}. Make it v{version + 1}, with an upcaster from v{version}."


def _json(document: JsonObject) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def _index(events: Sequence[type[Event]]) -> str:
    lines = [
        "# Events",
        "",
        "Written by `shangliang contracts`. [AsyncAPI 3 document](asyncapi.json); a JSON Schema each below. The "
        "document also says what is on `<service>.heads`, where every service publishes the signed heads of its log.",
        "",
        "| topic | event | version | what has happened |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{event.service}.events` | [{event.event_name}]({schema_name(event)}) | {event.event_version} "
            f"| {' '.join((event.__doc__ or '').split())} |"
            for event in events
        ),
    ]
    return "\n".join(lines) + "\n"
