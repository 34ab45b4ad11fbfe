"""GeoReport's errors: what elsewhere is an RFC 9457 problem, in the form and with the status that the standard has."""

from typing import Any, cast

import orjson
from fastapi import FastAPI, Request, Response

from services.intake.open311.formats import Format, written
from shared.web.problems import Handler, install_problems

STATUSES = {401: 403, 405: 405, 413: 400, 415: 400, 422: 400}
"""GeoReport knows 400, 403 and 404."""


def install_errors(app: FastAPI) -> None:
    """Makes every error of the app one of GeoReport's."""
    install_problems(app)
    for kind, handler in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _told(cast("Handler", handler))


def format_of(request: Request) -> Format:
    """By what the address ends with; XML, which every client reads, where it does not say."""
    return Format.JSON if request.scope["path"].endswith(".json") else Format.XML


def _told(handler: Handler) -> Handler:
    async def answer(request: Request, error: Exception) -> Response:
        problem = await handler(request, error)
        if not problem.body:
            return problem
        said = orjson.loads(problem.body)
        status = STATUSES.get(problem.status_code, problem.status_code)
        response = written(format_of(request), "errors", [{"code": status, "description": _described(said)}], status)
        kept = ("content-language", "vary", "retry-after", "allow")
        response.headers.update({name: problem.headers[name] for name in kept if name in problem.headers})
        return response

    return answer


def _described(said: dict[str, Any]) -> str:
    """What to change, and the problem's stable code."""
    wrong = "; ".join(f"{one['where']}: {one['what']}" for one in said.get("errors") or ())
    return f"{said['detail']}{f' ({wrong})' if wrong else ''} [{said['code']}]"
