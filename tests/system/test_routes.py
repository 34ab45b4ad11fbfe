# pyright: basic, reportAttributeAccessIssue=false
"""Every route: who may call it, and what comes of nonsense."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.directory.sheet import template
from shangliang.services import SERVICES
from shared.contracts.words import Role
from shared.excel import XLSX
from shared.web.app import routes_of
from shared.web.openapi import roles
from tests.town import Town

schemathesis.serializer.alias(XLSX, "application/octet-stream")
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
schemathesis.openapi.media_type(XLSX, st.binary() | st.just(template()))

EXAMPLES = 10
"""Requests made up for each operation and mode; there are about sixty operations."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def routes() -> list[tuple[str, APIRoute]]:
    """Every route with its service's name."""
    return [
        (name, route)
        for name, service in SERVICES.items()
        for route in routes_of(service)
        if isinstance(route, APIRoute)
    ]


@pytest.mark.parametrize(("service", "route"), routes(), ids=lambda value: getattr(value, "path", value))
def test_a_route_declares_its_audience(service: str, route: APIRoute) -> None:
    assert roles(route) is not None, f"{service} {route.path}: give it an argument of a type of shared.web.audience"
    assert route.description, f"{service} {route.path}: say in a docstring what it does"


@pytest.mark.parametrize("service", sorted(SERVICES))
async def test_nonsense_gets_a_problem_and_never_breaks_anything(here: Town, service: str) -> None:
    prefix = SERVICES[service].prefix
    document = (await here.http.get(f"{prefix}/openapi.json")).json()
    schema = schemathesis.openapi.from_dict(document)
    tokens = [here.headers(role) for role in (Role.SECRETARY, Role.RESIDENT, Role.STEWARD)]
    tokens.append(here.headers(Role.OPERATOR, None, "power"))

    def storm() -> None:
        for number, operation in enumerate(schema.get_all_operations()):
            for mode in GenerationMode:
                attack(operation.ok(), mode, f"{here.http.base_url}{prefix}", tokens[number % len(tokens)])

    await asyncio.to_thread(storm)


def attack(operation: Any, mode: GenerationMode, origin: str, token: dict[str, str]) -> None:
    """Sends made-up requests, good ones or bad ones, to one operation."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(operation.as_strategy(generation_mode=mode))
    def sent(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=origin, headers=token, checks=CHECKS)

    with suppress(Unsatisfiable):  # nothing can be wrong with an operation that takes nothing
        sent()


async def test_health_readiness_and_figures(here: Town) -> None:
    assert (await here.http.get("/healthz")).json() == {"status": "ok"}
    ready = await here.http.get("/readyz")
    assert ready.status_code == 200
    assert set(ready.json()) == set(SERVICES)
    await here.raised()
    figures = (await here.http.get("/metrics")).text
    for name in ("append_duration", "append_batch", "relay_lag", "inbox_lag", "view_lag", "seal_lag", "parked"):
        assert f"shangliang_{name}" in figures
    assert 'service="intake"' in figures
