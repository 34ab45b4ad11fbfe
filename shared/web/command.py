"""A POST route: FastAPI documents it, and what a request goes through is written out here, step by step.

A command needs its path and query, one body, who calls, and the service; what else a function asks for is refused when
the route is made. FastAPI's own request handling took longer than all the rest together (docs/decisions)."""

from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints

from fastapi import Request, Response, params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from shared.deciding.refusals import Refusal
from shared.web.headers import header

LARGEST_BODY = 256 * 1024
"""Bytes; what people write fits many times over."""
BODY = "shangliang.body"
"""The body's bytes, in the request's scope."""


class Raw(params.Body):
    """A body that is no JSON but a file: `Annotated[bytes, Raw("text/csv", largest=1_000_000)]`. Of another media type
    or more bytes it is refused; what is in it is for the route to find out."""

    def __init__(self, media_type: str, largest: int):
        super().__init__(media_type=media_type)
        self.largest = largest


class OtherMediaType(Refusal):
    """A body that is not of the route's media type."""

    status = 415


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
        needed = [one for one in takes.query_params if one.field_info.is_required()]
        if needed or takes.header_params or takes.cookie_params or len(takes.body_params) > 1:
            raise TypeError(f"{route.path}: a command takes its path, an optional query and one body")
        self._endpoint = route.endpoint
        self._status = route.status_code or 200
        self._request = takes.request_param_name
        self._said = [
            (where, one.name, TypeAdapter[Any](hints[one.name]))
            for where, said in (("path", takes.path_params), ("query", takes.query_params))
            for one in said
        ]
        self._needs: list[tuple[str, Callable[[Request], Awaitable[Any]]]] = [
            (one.name, one.call) for one in takes.dependencies if one.name and one.call
        ]
        self._body = takes.body_params[0].name if takes.body_params else ""
        self._form = _form(hints[self._body]) if self._body else None
        self._largest = self._form.largest if isinstance(self._form, Raw) else LARGEST_BODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        scope[BODY] = await read_body(request, receive, self._largest)
        arguments: dict[str, Any] = {name: await call(request) for name, call in self._needs}
        self._parse(request, arguments)
        answer: BaseModel | Response = await self._endpoint(**arguments)
        if isinstance(answer, Response):  # of a protocol that isn't ours to choose
            await answer(scope, receive, send)
            return
        said = answer.__pydantic_serializer__.to_json(answer)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    def _parse(self, request: Request, arguments: dict[str, Any]) -> None:
        """Adds what path, query and body say. Raises RequestValidationError with all that is wrong, OtherMediaType."""
        wrong: list[Any] = []
        for where, name, adapter in self._said:
            values = request.path_params if where == "path" else request.query_params
            try:
                if name in values:
                    arguments[name] = adapter.validate_python(values[name])
            except ValidationError as error:
                wrong += _located(error, where, name)
        if self._form is not None:
            try:
                arguments[self._body] = _formed(request, self._form)
            except ValidationError as error:
                wrong += _located(error, "body")
        if wrong:
            raise RequestValidationError(wrong)
        if self._request:
            arguments[self._request] = request


def _form(hint: Any) -> type[BaseModel] | Raw:
    """What a body is: a model in JSON, or a file."""
    return next((one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Raw)), hint)


def _formed(request: Request, form: type[BaseModel] | Raw) -> Any:
    """The body as the route takes it. Raises HTTPException, OtherMediaType, ValidationError."""
    said = (header(request, b"content-type") or "").partition(";")[0].strip().lower()
    if not isinstance(form, Raw):
        if "json" not in said:
            raise HTTPException(415)
        return form.model_validate_json(request.scope[BODY])
    if said != form.media_type:
        raise OtherMediaType(
            "other-media-type",
            "请按 media_type 所列的格式上传文件。",
            "Send the file with the Content-Type that `media_type` says.",
            media_type=form.media_type,
        )
    return request.scope[BODY]


async def read_body(request: Request, receive: Receive, largest: int) -> bytes:
    """The whole body. Raises HTTPException where it is too large, before it is read if its length is told."""
    told = header(request, b"content-length")
    if told and told.isdecimal() and int(told) > largest:
        raise HTTPException(413)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > largest:
            raise HTTPException(413)
    return bytes(body)


def _located(error: ValidationError, *where: str) -> list[Any]:
    return [{**one, "loc": (*where, *one["loc"])} for one in error.errors(include_url=False)]
