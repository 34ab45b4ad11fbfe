"""A service's requests, observed: how long each took, and a span where its trace is sampled.

fastapi.telemetry tells more, and takes longer than a whole command does (docs/decisions)."""

from random import random
from time import perf_counter
from typing import Any

from opentelemetry.trace import StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry import begin_trace, is_sampled, request_seconds, request_span
from shared.web.headers import header

KNOWN = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods are the caller's words, too: all others are told as one."""


class Observed:
    """One service's app. `share` of its requests are traced where the caller doesn't say."""

    def __init__(self, app: ASGIApp, service: str, share: float):
        self._app, self._service, self._share = app, service, share

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        traceparent = header(scope, b"traceparent")
        begin_trace(traceparent)
        if is_sampled(traceparent) if traceparent else random() < self._share:  # noqa: S311 - it keeps no secret
            with request_span(self._service, traceparent) as span:
                said = await self._answered(scope, receive, send)
                span.update_name(f"{said['http.request.method']} {said['http.route']}")
                span.set_attributes(said)
                if said["http.response.status_code"] >= 500:
                    span.set_status(StatusCode.ERROR)
        else:
            said = await self._answered(scope, receive, send)
        request_seconds.record(perf_counter() - began, said)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> dict[str, Any]:
        """What is told of a request, once it is answered. An error was answered and logged in the app: it goes no
        further, unless half an answer is out and the server has to break it off."""
        status, whole = 500, False

        async def watched(message: Message) -> None:
            nonlocal status, whole
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                whole = not message.get("more_body", False)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if not whole:
                raise
        route = scope.get("route")
        said = {
            "service": self._service,
            "http.request.method": scope["method"] if scope["method"] in KNOWN else "_OTHER",
            "http.route": f"{scope['root_path']}{route.path}" if route else scope["root_path"],
            "http.response.status_code": status,
        }
        return said if status < 500 else said | {"error.type": str(status)}
