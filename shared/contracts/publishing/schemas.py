"""A JSON Schema (2020-12) an event and version: what every event ever written under that version satisfies."""

from typing import Any, cast

from shared.contracts.event import Event, JsonObject

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NOT_JSON_SCHEMA = {"$defs", "discriminator"}
"""What pydantic adds for itself and for OpenAPI, and what is of no use once references are inlined."""


def schema_name(event: type[Event]) -> str:
    """Where the schema of an event's newest version is published: `intake/issue-raised.v2.json`."""
    return f"{event.service}/{event.event_name}.v{event.event_version}.json"


def schema_of(event: type[Event]) -> JsonObject:
    """The schema of an event's newest version, without references. A field that has a default may be missing."""
    made = event.model_json_schema(mode="validation")
    return {
        "$schema": DIALECT,
        "$id": f"urn:shangliang:{event.service}:{event.event_name}:v{event.event_version}",
        **_inlined(made, made.get("$defs", {})),
        "title": f"{event.event_name} v{event.event_version}",
    }


def _inlined(part: Any, defined: JsonObject) -> Any:
    if isinstance(part, list):
        return [_inlined(one, defined) for one in cast("list[Any]", part)]
    if not isinstance(part, dict):
        return part
    said = cast("JsonObject", part)
    if "$ref" in said:
        said = {**defined[said["$ref"].rpartition("/")[2]], **{key: said[key] for key in said if key != "$ref"}}
    made = {key: _inlined(one, defined) for key, one in said.items() if key not in NOT_JSON_SCHEMA}
    if "discriminator" in said:  # what tells the variants apart is always there, whatever its default
        tag = said["discriminator"]["propertyName"]
        made["oneOf"] = [{**one, "required": [tag, *one.get("required", ())]} for one in made["oneOf"]]
    return made
