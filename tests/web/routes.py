"""Every POST route of every service, and requests for them made from their own schemas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

from fastapi.routing import APIRoute
from openpyxl import Workbook

from services.directory.housing import COLUMNS
from shangliang.services import SERVICES
from shared.contracts.words import Role
from shared.web.app import api_of
from shared.web.openapi import roles
from tests.fitting import fitting
from tests.intake.ledgers import workbook

JsonObject = dict[str, Any]
CODE = "yaopo"
DOCUMENTS: dict[str, JsonObject] = {name: api_of(service).openapi() for name, service in SERVICES.items()}


@dataclass(frozen=True)
class Wording:
    """What people write, which ids they name, and what they answer to yes or no."""

    text: str
    id: str
    yes: bool = True
    ids: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Post:
    """A POST route of a service."""

    service: str
    route: APIRoute

    @property
    def operation(self) -> JsonObject:
        """As the service's OpenAPI document says it."""
        return DOCUMENTS[self.service]["paths"][self.route.path_format]["post"]

    @property
    def role(self) -> Role | None:
        """One that may call it; None where everybody may."""
        admitted = roles(self.route) or ()
        return Role(admitted[0]) if admitted else None

    def path(self, said: Wording, **values: str) -> str:
        """With `values`, or else ids and codes, in it."""
        path = SERVICES[self.service].prefix + self.route.path_format
        for parameter in self.operation.get("parameters", ()):
            if parameter["in"] == "path":
                name = parameter["name"]
                value = values.get(name) or said.ids.get(name) or self._made(parameter["schema"], said)
                path = path.replace(f"{{{name}}}", value)
        return path

    def body(self, said: Wording) -> Any:
        """One with all its fields; a file's bytes; None where the route takes none."""
        if "requestBody" not in self.operation:
            return None
        [(media_type, content)] = self.operation["requestBody"]["content"].items()
        return file(media_type, self.route.path, said.text) or self._made(content["schema"], said)

    def _made(self, schema: JsonObject, said: Wording) -> Any:
        match schema:
            case {"$ref": "#/components/schemas/Scope"}:
                return {"community": CODE}  # one of its three
            case {"$ref": ref}:
                return self._made(DOCUMENTS[self.service]["components"]["schemas"][ref.rpartition("/")[2]], said)
            case {"const": value} | {"enum": [value, *_]}:
                return value
            case {"oneOf": [one, *_]} | {"anyOf": [one, *_]} | {"allOf": [one, *_]}:
                return self._made(one, said)
            case {"format": "uuid"}:
                return said.id
            case {"format": "date"}:
                return "2031-05-01"
            case {"format": "date-time"}:
                return "2031-05-01T09:00:00+08:00"
            case {"format": "phone"}:
                return "13800000000"
            case {"type": "string", "pattern": pattern}:
                return fitting(pattern, (CODE,))[0]
            case {"type": "string"}:
                return said.text
            case {"type": "integer" | "number"}:
                return int(schema.get("minimum", 1)) + (not said.yes)
            case {"type": "boolean"}:
                return said.yes
            case {"type": "array", "items": items}:
                return [self._made(items, said)]
            case _:
                properties = schema.get("properties", {})
                return {name: said.ids.get(name) or self._made(one, said) for name, one in properties.items()}


def sent(body: Any, headers: dict[str, str]) -> dict[str, Any]:
    """A body, and headers, as a client is told to send them."""
    if isinstance(body, File):
        return {"content": body.content, "headers": {**headers, "content-type": body.media_type}}
    return {"json": body, "headers": headers}


@dataclass(frozen=True)
class File:
    """A body that is no JSON."""

    media_type: str
    content: bytes


def file(media_type: str, path: str, text: str) -> File | None:
    """One that says the text, for a route; None where it takes JSON."""
    match media_type:
        case "application/json":
            return None
        case "text/plain":
            return File(media_type, f"居民~6 2023/11/21 9:30:00\n{text}\n".encode())
        case _:
            return File(media_type, ledger(text) if "ledger" in path else housing(text))


@cache
def ledger(text: str) -> bytes:
    """A ledger of one line; the same bytes for the same text."""
    return workbook({"接件时间": "2023-11-20 11:02", "诉求内容": text})


@cache
def housing(building: str) -> bytes:
    """A list of one building."""
    book = Workbook()
    assert book.active is not None
    for row in (COLUMNS, ("如意小区", building)):
        book.active.append(row)
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def posts() -> list[Post]:
    """All of them, each service's in the order they are usually called in."""
    return [
        Post(name, route)
        for name, service in SERVICES.items()
        for route in service.router.routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ())
    ]
