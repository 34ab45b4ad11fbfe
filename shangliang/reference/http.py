"""Each service's HTTP routes: who may call them and what they do; and its OpenAPI document."""

from collections.abc import Iterator

import orjson
from fastapi.routing import APIRoute

from shangliang.reference.table import WRITTEN, table
from shangliang.services import SERVICES
from shared.contracts.words import Role
from shared.service import Service
from shared.web.app import api_of, routes_of
from shared.web.openapi import roles

OPTION = orjson.OPT_INDENT_2


def openapi_documents() -> dict[str, str]:
    """`api/<service>.json`, as the service itself answers at `openapi.json`."""
    return {
        f"api/{name}.json": orjson.dumps(api_of(service).openapi(), option=OPTION).decode() + "\n"
        for name, service in SERVICES.items()
    }


def routes() -> str:
    """A table a service."""
    parts = [
        f"# HTTP\n\n{WRITTEN} Each service's OpenAPI document stands beside this page under `api/`, and is served at "
        "its `openapi.json`. What every command and query has in common is in "
        "[how partner units' systems join in](../how-to/partner.md).\n"
    ]
    for name, service in SERVICES.items():
        rows = table(("", "path", "who may", "what"), _rows(service))
        parts.append(f"## {name}\n\n{service.about} Under `{service.prefix}`; [OpenAPI](api/{name}.json).\n\n{rows}")
    return "\n".join(parts)


def _rows(service: Service) -> Iterator[tuple[str, str, str, str]]:
    for route in routes_of(service):
        if isinstance(route, APIRoute):
            yield (
                ", ".join(sorted(route.methods or ())),
                f"`{route.path}`",
                _who(route),
                f"{route.description} ({route.name.replace('_', ' ')})",
            )


def _who(route: APIRoute) -> str:
    match roles(route):
        case None | ():
            return "everybody"
        case named if set(named) == set(Role):
            return "anyone signed in"
        case named:
            return ", ".join(str(role) for role in named)
