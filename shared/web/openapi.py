"""What FastAPI can't know of our routes: the headers that every command and query takes, and our problems."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from shared.web.problems import Problem

HEADERS: list[dict[str, Any]] = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Chosen by the caller: the same key and body get the same answer, however often sent.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    },
    {
        "name": "Occurred-At",
        "in": "header",
        "description": "When it happened, where it is recorded later than that; RFC 3339, with its offset.",
        "schema": {"type": "string", "format": "date-time"},
    },
]
PROBLEM = {"$ref": "#/components/schemas/Problem"}


def described(app: FastAPI, prefix: str, routes: Sequence[BaseRoute]) -> None:
    """Gives the app, made of the routes, an OpenAPI document that says all of it."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            document["servers"] = [{"url": prefix}]
            schemas = document["components"]["schemas"]
            schemas["Problem"] = Problem.model_json_schema()
            for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own answer, which we never give
                schemas.pop(unused, None)
            document["components"].setdefault("securitySchemes", {})["token"] = {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
            }
            for route in routes:
                if not isinstance(route, APIRoute) or not route.include_in_schema:
                    continue
                for method in route.methods or ():
                    operation = document["paths"][route.path_format][method.lower()]
                    signed_in = bool(roles(route))
                    _complete(operation, HEADERS if method == "POST" and signed_in else [])
                    if signed_in:
                        operation["security"] = [{"token": []}]
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi


def roles(route: APIRoute) -> tuple[str, ...] | None:
    """The roles that a route's audience names, empty for everybody, None where it names no audience."""
    for dependency in route.dependant.dependencies:
        found = getattr(dependency.call, "roles", None)
        if found is not None:
            return found
    return None


def _complete(operation: dict[str, Any], headers: list[dict[str, Any]]) -> None:
    operation.setdefault("parameters", []).extend(headers)
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {
        "description": "RFC 9457 problem",
        "content": {"application/problem+json": {"schema": PROBLEM}},
    }
