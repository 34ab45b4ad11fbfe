"""The services over HTTP: one origin, each service under its own path with its own OpenAPI."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from shared.audit.api import router as audit
from shared.eventlog.connections import AWAY
from shared.identity.tokens import Tokens
from shared.privacy.keks import blind_key
from shared.service import Running, Service
from shared.settings import Environment, Settings
from shared.web.observing import Observed
from shared.web.openapi import described
from shared.web.origin import Origin
from shared.web.problems import install_problems

UNTOLD = TelemetryConfig(tracing=False, metrics=False, logs=False)
"""FastAPI tells nothing of its own accord: `Observed` does."""


async def _running(request: Request) -> Running:
    return request.app.state.running


Here = Annotated[Running, Depends(_running)]
"""The service that the route belongs to."""


def routes_of(service: Service) -> list[BaseRoute]:
    """A service's own routes, and those that every service has."""
    return [*service.router.routes, *audit.routes]


def api_of(service: Service) -> FastAPI:
    """One service's API as its OpenAPI document says it; it answers once `app.state` holds what routes ask for."""
    app = bare(title=f"商量 shāngliang: {service.name}", version="1", description=service.about or "")
    routes = routes_of(service)
    app.router.routes.extend(routes)  # include_router would match every request twice
    install_problems(app)
    described(app, service.prefix, routes)
    return app


def service_app(running: Running, tokens: Tokens, settings: Settings) -> FastAPI:
    """One service's API, answering."""
    return answering(api_of(running.service), running, tokens, settings)


def answering(app: FastAPI, running: Running, tokens: Tokens, settings: Settings) -> FastAPI:
    """An app with what its routes ask for."""
    app.state.running, app.state.tokens, app.state.settings = running, tokens, settings
    app.state.fingerprint_key = blind_key(settings)
    return app


def origin(services: Sequence[Running], tokens: Tokens, settings: Settings) -> ASGIApp:
    """Everything that this process serves, under one origin."""
    apps = {
        prefix: Observed(app, one.service.name, settings.traces)
        for one in services
        for prefix, app in (
            (one.service.prefix, service_app(one, tokens, settings)),
            *((prefix, answering(made(), one, tokens, settings)) for prefix, made in one.service.standards.items()),
        )
    }
    return Origin(_front(services, tokens, settings), apps)


def _front(services: Sequence[Running], tokens: Tokens, settings: Settings) -> FastAPI:
    """What is no service's: whether all is well, figures, and where to go from here."""

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncGenerator[None]:
        for one in services:
            one.start()
        yield
        for one in services:
            await one.stop()

    app = bare(title="商量 shāngliang", lifespan=running, openapi_url=None)
    install_problems(app)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        """The process runs."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> Response:  # pyright: ignore[reportUnusedFunction]
        """Every service here reaches its log."""
        state = {one.service.name: await _state(one) for one in services}
        ready = all(said["ready"] for said in state.values())
        return Response(orjson.dumps(state), 200 if ready else 503, media_type="application/json")

    @app.get("/metrics")
    async def metrics() -> Response:  # pyright: ignore[reportUnusedFunction]
        """Figures for Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/.well-known/jwks.json")
    async def jwks() -> Response:  # pyright: ignore[reportUnusedFunction]
        """The keys that tokens are checked with."""
        return key_set_of(tokens)

    @app.get("/")
    async def index() -> Mapping[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """Where to go from here."""
        return {
            "name": "商量 shāngliang",
            "services": {one.service.name: f"{one.service.prefix}/openapi.json" for one in services},
            "development": settings.environment is Environment.DEVELOPMENT,
        }

    return app


def key_set_of(tokens: Tokens) -> Response:
    """The public keys of tokens as a JWK Set (RFC 7517); asked for again within a minute, so that nobody meets one that
    they have not seen."""
    said = orjson.dumps({"keys": tokens.trust.public()})
    return Response(said, media_type="application/json", headers={"cache-control": "public, max-age=60"})


def bare(**said: Any) -> FastAPI:
    """Without pages of its own, without redirects, and observed from outside."""
    return FastAPI(
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=UNTOLD,
        separate_input_output_schemas=False,
        **said,
    )


async def _state(running: Running) -> dict[str, Any]:
    try:
        head = await running.log.head()
    except AWAY as error:
        return {"ready": False, "why": type(error).__name__}
    return {"ready": True, "head": head, "relay_lag": running.relay.lag, "parked": running.parked}
