"""RFC 9457 problems: every error a caller can meet has a stable code and says what to change."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.deciding.refusals import Refusal
from shared.projecting import BadCursor, NotWritten, ViewBehind

AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError, TimeoutError)
"""What a database that is away, or just coming back, looks like."""


class Problem(BaseModel):
    """application/problem+json: `code` is stable, `detail` says what to change, in Chinese or English as asked."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, Any]] | None = None


TITLES = {
    400: ("请求无法读取", "Bad request"),
    401: ("请先登录", "Not signed in"),
    403: ("没有权限", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("不支持的方法", "Method not allowed"),
    409: ("现在不能这样做", "Not now"),
    413: ("内容过大", "Too large"),
    415: ("不支持的格式", "Unsupported media type"),
    422: ("内容有误", "Not valid"),
    500: ("系统出错", "Internal error"),
    503: ("暂时无法服务", "Unavailable"),
}
OTHERS = {
    400: ("malformed", "请求正文不是有效的 JSON，请检查。", "The body is not valid JSON: check it."),
    404: ("no-such-path", "没有这个地址，请看 openapi.json。", "There is no such path: see openapi.json."),
    405: ("method-not-allowed", "此地址不支持该方法。", "This path does not take that method."),
    413: ("too-large", "请求正文超过上限，请缩短。", "The body is over the limit: make it shorter."),
    415: ("not-json", "请以 application/json 发送。", "Send the body as application/json."),
}


def problem(request: Request, status: int, code: str, zh: str, en: str, **more: Any) -> Response:
    """The response; in English where the caller prefers it."""
    english = request.headers.get("accept-language", "").lower().startswith("en")
    title = TITLES.get(status, TITLES[500])[english]
    said = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": en if english else zh,
    }
    headers = {"retry-after": "1"} if status == 503 else {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(orjson.dumps(said | more, default=str), status, headers, "application/problem+json")


def _where(location: Sequence[Any]) -> str:
    return ".".join(str(part) for part in location)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(request, error.status, error.code, error.zh, error.en, **error.values)


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [{"where": _where(e["loc"]), "what": e["msg"], "code": e["type"]} for e in error.errors()]
    if any(e["code"] == "json_invalid" for e in wrong):
        return problem(request, 400, *OTHERS[400], errors=wrong)
    return problem(
        request,
        422,
        "not-valid",
        "请按 errors 里列出的各处修改。",
        "Change what `errors` lists, place by place.",
        errors=wrong,
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, zh, en = OTHERS.get(error.status_code, ("refused", "请求被拒绝。", "The request was refused."))
    response = problem(request, error.status_code, code, zh, en)
    response.headers.update(error.headers or {})
    return response


async def _away(request: Request, _: Exception) -> Response:
    return problem(
        request,
        503,
        "store-away",
        "数据库暂时不可用，请稍后用同一 Idempotency-Key 重试。",
        "The database is away: try again shortly, under the same Idempotency-Key.",
    )


async def _behind(request: Request, _: Exception) -> Response:
    return problem(
        request,
        503,
        "view-behind",
        "刚提交的内容还在处理，请稍后再查。",
        "What you wrote does not show yet: ask again shortly.",
    )


async def _bad_cursor(request: Request, _: Exception) -> Response:
    return problem(
        request, 422, "bad-cursor", "after 须为上一页的 next。", "`after` must be the `next` of a page before."
    )


async def _not_written(request: Request, _: Exception) -> Response:
    return problem(
        request,
        422,
        "bad-read-after",
        "Read-After 须为本服务此前回答的 position。",
        "Read-After must be a `position` that this service has answered before.",
    )


async def _unexpected(request: Request, _: Exception) -> Response:
    return problem(
        request, 500, "internal-error", "系统出错，已记录，请稍后再试。", "Our fault, and logged: try again later."
    )


class LimitAsProblem:
    """Starlette's body limit answers 413 in plain text, outside of every handler: here it becomes a problem too."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        too_large = False

        async def as_problem(message: Message) -> None:
            nonlocal too_large
            if message["type"] == "http.response.start" and message["status"] == 413:
                too_large = True
                await problem(Request(scope), 413, *OTHERS[413])(scope, receive, send)
            elif not too_large:
                await send(message)

        await self.app(scope, receive, as_problem)


def install_problems(app: FastAPI) -> None:
    """Makes every error of the app a problem."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ViewBehind, _behind)
    app.add_exception_handler(BadCursor, _bad_cursor)
    app.add_exception_handler(NotWritten, _not_written)
    for away in AWAY:
        app.add_exception_handler(away, _away)
    app.add_exception_handler(Exception, _unexpected)
