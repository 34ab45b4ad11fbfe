"""Requests to every route of every service, made from what their OpenAPI documents say that they take."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute

from shangliang.services import SERVICES
from shared.web.app import api_of, routes_of
from shared.web.openapi import roles
from tests.fitting import fitting
from tests.web.routes import file

JsonObject = dict[str, Any]
DOCUMENTS: dict[str, JsonObject] = {name: api_of(service).openapi() for name, service in SERVICES.items()}
KINDS = {
    "action": "consultation",
    "claim": "wish",
    "order": "work_order",
    "list": "problem_list",
    "plan": "visit_plan",
    "into": "issue",
    "matter": "issue",
    "by": "person",
    "beneficiary": "person",
}
"""What streams a name in a path or body means, where it doesn't say so itself (`issue_id`, `issues`)."""
PLACES = ("ruyi", "ruyi-1", "grid-1", "pavilion-1")


@dataclass(frozen=True)
class Aim:
    """What requests name: communities, sub-districts, units, and ids by their streams' kinds; and in which words."""

    communities: Sequence[str]
    sub_districts: Sequence[str]
    units: Sequence[str]
    ids: Mapping[str, Sequence[str]]
    phones: Sequence[str]
    text: str = "换个灯泡"

    def all_ids(self) -> list[str]:
        return [id for some in self.ids.values() for id in some]

    def of(self, name: str) -> Sequence[str]:
        """The ids that a name means; of every kind where that is not known."""
        word = name.removesuffix("_id").removesuffix("s")
        return self.ids.get(KINDS.get(word, word)) or self.all_ids()

    def codes(self, name: str) -> Sequence[str]:
        """The codes that a name means."""
        match name:
            case "community":
                return self.communities
            case "sub_district":
                return self.sub_districts
            case "unit" | "unit_id":
                return self.units
            case _:
                return PLACES


@dataclass(frozen=True)
class Route:
    """A route of a service, by one of its methods."""

    service: str
    route: APIRoute
    method: str

    @property
    def name(self) -> str:
        return f"{self.method} {SERVICES[self.service].prefix}{self.route.path_format}"

    @property
    def operation(self) -> JsonObject:
        return DOCUMENTS[self.service]["paths"][self.route.path_format][self.method.lower()]

    @property
    def public(self) -> bool:
        """Whether it takes everybody, and so nobody in particular."""
        return roles(self.route) == ()

    def admits(self, role: str | None) -> bool:
        """Whether its audience says so: else one request shows that it is refused, whatever is asked for."""
        return self.public or role in (roles(self.route) or ())

    def requests(self, aim: Aim) -> Iterator[tuple[str, JsonObject, JsonObject]]:
        """Path, query and headers: with what it needs, and with each value of what it may be given besides."""
        needed = [one for one in self.operation.get("parameters", ()) if one.get("required")]
        besides = [one for one in self.operation.get("parameters", ()) if not one.get("required")]
        for values in itertools.product(*(self._values(one, aim) for one in needed)):
            said = list(zip(needed, values, strict=True))
            yield self._request(said)
            for one in besides:
                for value in self._values(one, aim):
                    yield self._request([*said, (one, value)])

    def bodies(self, aim: Aim) -> list[Any]:
        """One body of each form; None for a route without."""
        if "requestBody" not in self.operation:
            return [None]
        [(media_type, content)] = self.operation["requestBody"]["content"].items()
        made = file(media_type, self.route.path, aim.text)
        return [made] if made else self._made("", content["schema"], aim)

    def names_something(self) -> bool:
        """Whether a request says which thing or place it is about: else it is about who calls."""
        aim = Aim(["?1"], ["?2"], ["?3"], {"any": ["?4"]}, [])
        path, _, _ = next(self.requests(aim))
        return "?" in path or any(place in path for place in PLACES) or "?" in str(self.bodies(aim))

    def _request(self, said: Sequence[tuple[JsonObject, Any]]) -> tuple[str, JsonObject, JsonObject]:
        path, query = SERVICES[self.service].prefix + self.route.path_format, {"limit": "200"}
        headers: JsonObject = {}
        for parameter, value in said:
            name = parameter["name"]
            match parameter["in"]:
                case "path":
                    path = path.replace(f"{{{name}}}", value)
                case "header":
                    headers[name] = value
                case _:
                    query[name] = value
        return path, query, headers

    def _values(self, parameter: JsonObject, aim: Aim) -> Sequence[Any]:
        """Those that say what is asked for; none for which part of it."""
        match self._plain(parameter["schema"]):
            case {"format": "uuid"}:
                return aim.of(parameter["name"])
            case {"format": "phone"}:
                return aim.phones
            case {"format": "date"}:
                return ["2020-01-01" if parameter["name"] == "from" else "2099-12-31"]
            case {"enum": values}:
                return values
            case {"type": "string", "pattern": pattern}:
                return fitting(pattern, aim.codes(parameter["name"]))
            case {"type": "integer" | "number", **more}:
                return [more.get("minimum", 1)] if parameter.get("required") else []
            case _:
                return [aim.text] if parameter.get("required") else []

    def _plain(self, schema: JsonObject) -> JsonObject:
        match schema:
            case {"$ref": ref}:
                return self._plain(DOCUMENTS[self.service]["components"]["schemas"][ref.rpartition("/")[2]])
            case {"anyOf": [one, *_]} | {"oneOf": [one, *_]}:
                return self._plain(one)
            case _:
                return schema

    def _made(self, name: str, schema: JsonObject, aim: Aim) -> list[Any]:
        """Values of a schema: of a choice, one for each."""
        match schema:
            case {"$ref": "#/components/schemas/Scope"}:
                return [{"community": aim.communities[0]}, {"unit": aim.units[0]}]
            case {"$ref": ref}:
                return self._made(name, DOCUMENTS[self.service]["components"]["schemas"][ref.rpartition("/")[2]], aim)
            case {"const": value}:
                return [value]
            case {"enum": values}:
                return [values[0], "operator"] if "operator" in values else [values[0]]
            case {"oneOf": some} | {"anyOf": some}:
                return [value for one in some if one != {"type": "null"} for value in self._made(name, one, aim)]
            case {"format": "uuid"}:
                return list(aim.of(name)[:1])
            case {"format": "date"}:
                return ["2099-05-01"]
            case {"format": "date-time"}:
                return ["2099-05-01T09:00:00+08:00"]
            case {"format": "phone"}:
                return ["13800000000"]
            case {"type": "string", "pattern": pattern}:
                return fitting(pattern, aim.codes(name)[:1])
            case {"type": "string"}:
                return [aim.text]
            case {"type": "integer" | "number"}:
                return [int(schema.get("minimum", 1))]
            case {"type": "boolean"}:
                return [True]
            case {"type": "array", "items": items}:
                return [self._made(name, items, aim)]
            case _:
                fields = {field: self._made(field, one, aim) for field, one in schema.get("properties", {}).items()}
                most = max((len(values) for values in fields.values()), default=1)
                return [{field: values[nth % len(values)] for field, values in fields.items()} for nth in range(most)]


def every_route() -> list[Route]:
    """Those of all services, and what every service has."""
    return [
        Route(name, route, method)
        for name, service in SERVICES.items()
        for route in routes_of(service)
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]
