"""What FastAPI can't know of our routes: the headers that every command and query takes, and our problems."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

HEADERS: dict[str, list[dict[str, Any]]] = {
    "post": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Chosen by the caller: the same key and body get the same answer, however often sent.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        },
        {
            "name": "Occurred-At",
            "in": "header",
            "description": "When it happened, where it is recorded later than that; RFC 3339, with its offset.",
            "schema": {"type": "string", "format": "date-time"},
        },
    ],
}
PROBLEM = {"$ref": "#/components/schemas/Problem"}


def described(app: FastAPI, prefix: str) -> None:
    """Gives the app an OpenAPI document that says all of it."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            document["servers"] = [{"url": prefix}]
            document["components"].setdefault("securitySchemes", {})["token"] = {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
            }
            secured = {route.path_format: route for route in app.routes if isinstance(route, APIRoute)}
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    _complete(method, operation)
                    if roles(secured.get(path)):
                        operation["security"] = [{"token": []}]
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi


def roles(route: APIRoute | None) -> tuple[str, ...] | None:
    """The roles that a route's audience names, empty for everybody, None where it names no audience."""
    for dependency in route.dependant.dependencies if route else ():
        found = getattr(dependency.call, "roles", None)
        if found is not None:
            return found
    return None


def _complete(method: str, operation: dict[str, Any]) -> None:
    operation.setdefault("parameters", []).extend(HEADERS.get(method, []))
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {
        "description": "RFC 9457 problem",
        "content": {"application/problem+json": {"schema": PROBLEM}},
    }
