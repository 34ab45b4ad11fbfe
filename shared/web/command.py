"""A POST route: FastAPI documents it, and what a request goes through is written out here, step by step.

A command needs its path, one JSON body, who calls, and the service; what else a function asks for is refused when the
route is made. FastAPI's own request handling took longer than all the rest together (docs/decisions)."""

from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from shared.web.body import Body
from shared.web.headers import header

LARGEST_BODY = 256 * 1024
"""Bytes; what people write fits many times over."""
BODY = "shangliang.body"
"""The body's bytes, in the request's scope."""


class CommandRoute(APIRoute):
    """The route class of every service's router: a POST is a command, all else is FastAPI's."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any):
        super().__init__(path, endpoint, **options)
        if self.methods == {"POST"}:
            self.app = Command(self)


class Command:
    """The ASGI application of one POST route."""

    def __init__(self, route: APIRoute):
        takes, hints = route.dependant, get_type_hints(route.endpoint, include_extras=True)
        if takes.query_params or takes.header_params or takes.cookie_params:
            raise TypeError(f"{route.path}: a command takes its path and one JSON body")
        self._endpoint = route.endpoint
        self._status = route.status_code or 200
        self._request = takes.request_param_name
        self._path = [(one.name, TypeAdapter[Any](hints[one.name])) for one in takes.path_params]
        self._needs: list[tuple[str, Callable[[Request], Awaitable[Any]]]] = [
            (one.name, one.call) for one in takes.dependencies if one.name and one.call
        ]
        bodies: list[type[Body]] = [hints[one.name] for one in takes.body_params]
        self._body = (takes.body_params[0].name, bodies[0]) if bodies else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        scope[BODY] = await _read(request, receive)
        arguments: dict[str, Any] = {name: await call(request) for name, call in self._needs}
        self._parse(request, arguments)
        answer: BaseModel = await self._endpoint(**arguments)
        said = answer.__pydantic_serializer__.to_json(answer)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    def _parse(self, request: Request, arguments: dict[str, Any]) -> None:
        """Adds what path and body say. Raises RequestValidationError with all that is wrong."""
        wrong: list[Any] = []
        for name, adapter in self._path:
            try:
                arguments[name] = adapter.validate_python(request.path_params[name])
            except ValidationError as error:
                wrong += _located(error, "path", name)
        if self._body:
            if "json" not in (header(request, b"content-type") or ""):
                raise HTTPException(415)
            name, model = self._body
            try:
                arguments[name] = model.model_validate_json(request.scope[BODY])
            except ValidationError as error:
                wrong += _located(error, "body")
        if wrong:
            raise RequestValidationError(wrong)
        if self._request:
            arguments[self._request] = request


async def _read(request: Request, receive: Receive) -> bytes:
    """The whole body. Raises HTTPException where it is too large, before it is read if its length is told."""
    told = header(request, b"content-length")
    if told and told.isdecimal() and int(told) > LARGEST_BODY:
        raise HTTPException(413)
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            raise HTTPException(413)
    return body


def _located(error: ValidationError, *where: str) -> list[Any]:
    return [{**one, "loc": (*where, *one["loc"])} for one in error.errors(include_url=False)]
