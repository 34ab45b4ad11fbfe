"""RFC 9457 problems: every error a caller can meet has a stable code and says what to change."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from shared.deciding.refusals import Refusal
from shared.eventlog.connections import AWAY
from shared.eventlog.log import NotPast
from shared.privacy.keks import KekAway
from shared.projecting import BadCursor, NotWritten, TooMuchBehind, ViewBehind
from shared.telemetry import current_trace_id


class Problem(BaseModel):
    """application/problem+json: `code` is stable, `detail` says what to change, in Chinese or English as asked."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, Any]] | None = None
    trace_id: str | None = None
    """Of an error of ours: what its log lines carry."""


TITLES = {
    400: ("请求无法读取", "Bad request"),
    401: ("请先登录", "Not signed in"),
    403: ("没有权限", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("不支持的方法", "Method not allowed"),
    409: ("现在不能这样做", "Not now"),
    410: ("已不存在", "Gone"),
    412: ("版本不符", "Another version"),
    413: ("内容过大", "Too large"),
    415: ("不支持的格式", "Unsupported media type"),
    416: ("范围有误", "Range not satisfiable"),
    422: ("内容有误", "Not valid"),
    429: ("过于频繁", "Too many requests"),
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
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
REALM = 'Bearer realm="shangliang"'
AGAIN = {"retry-after": "1"}
"""Seconds until it is worth another try."""

Handler = Callable[[Request, Exception], Awaitable[Response]]
logger = structlog.get_logger()


def problem(request: Request, status: int, code: str, zh: str, en: str, **more: Any) -> Response:
    """The response; in English where the caller prefers it."""
    english = _prefers_english(request.headers.get("accept-language", ""))
    title = TITLES.get(status, TITLES[500])[english]
    said = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": en if english else zh,
    }
    headers = {"content-language": "en" if english else "zh-CN", "vary": "Accept-Language"}
    headers |= _challenge(request, status, code)
    if "retry_after" in more:
        headers["retry-after"] = str(more["retry_after"])
    elif status == 503 or code == "idempotency-key-in-use":
        headers |= AGAIN
    return Response(orjson.dumps(said | more, default=str), status, headers, "application/problem+json")


def _challenge(request: Request, status: int, code: str) -> dict[str, str]:
    """What a bearer token lacks (RFC 6750, section 3): nothing is said of an error where none was sent."""
    match status, code:
        case 401, "not-signed-in" | "login-failed" | "session-over":
            return {"www-authenticate": REALM}
        case 401, _:
            return {"www-authenticate": f'{REALM}, error="invalid_token"'}
        case 403, _ if "authorization" in request.headers:
            return {"www-authenticate": f'{REALM}, error="insufficient_scope"'}
        case _:
            return {}


def _prefers_english(accept_language: str) -> bool:
    """Whether English ranks above Chinese (RFC 9110, 12.5.4)."""
    ranks = {"zh": 0.0, "en": 0.0, "*": 0.0}
    for part in accept_language.lower().split(","):
        tag, _, weight = part.partition(";")
        language = tag.strip().partition("-")[0]
        number = weight.strip().removeprefix("q=")
        if language in ranks and re.fullmatch(r"[01](\.\d{0,3})?|", number):
            ranks[language] = max(ranks[language], float(number or 1))
    return ranks["en"] > max(ranks["zh"], ranks["*"])


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
    if error.status_code == 405:
        allow = {"allow": ", ".join(_allowed(request))}
        return Response(status_code=204, headers=allow) if request.method == "OPTIONS" else _not_allowed(request, allow)
    code, zh, en = OTHERS.get(error.status_code, ("refused", "请求被拒绝。", "The request was refused."))
    response = problem(request, error.status_code, code, zh, en)
    response.headers.update(error.headers or {})
    return response


def _not_allowed(request: Request, allow: dict[str, str]) -> Response:
    response = problem(request, 405, *OTHERS[405])
    response.headers.update(allow)
    return response


def _allowed(request: Request) -> list[str]:
    """Every method that the path takes, whichever route takes it; Starlette names those of the first one."""
    routes = request.app.router.routes
    taken = [
        method
        for method in METHODS
        if any(
            route.matches({**request.scope, "method": "GET" if method == "HEAD" else method})[0] is Match.FULL
            for route in routes
        )
    ]
    return [*taken, "OPTIONS"]


def always(status: int, code: str, zh: str, en: str) -> Handler:
    """Answers one problem."""

    async def answer(request: Request, _: Exception) -> Response:
        return problem(request, status, code, zh, en)

    return answer


ALWAYS: dict[type[Exception], Handler] = {
    ViewBehind: always(
        503, "view-behind", "刚提交的内容还在处理，请稍后再查。", "What you wrote does not show yet: ask again shortly."
    ),
    BadCursor: always(422, "bad-cursor", "after 须为上一页的 next。", "`after` must be the `next` of a page before."),
    NotWritten: always(
        422,
        "bad-read-after",
        "Read-After 须为本服务此前回答的 position。",
        "Read-After must be a `position` that this service has answered before.",
    ),
    NotPast: always(
        422,
        "bad-at",
        "at 须为带时区的 RFC 3339 时间，早于现在；网址里的 + 写作 %2B。",
        "`at` must be an RFC 3339 time with its offset, before now; in an address, + is written %2B.",
    ),
    TooMuchBehind: always(
        422,
        "too-much-behind",
        "要还原的记录太多，来不及汇总；请只查其中一件事，或指明一个社区、一个单位。",
        "Too many records are behind that answer: ask for one matter, or name one community or one unit.",
    ),
    KekAway: always(
        503,
        "keys-away",
        "个人信息的密钥暂时不可用，请稍后再试；一直如此请联系运维。",
        "The keys of personal data are not to be had now: try again shortly; if it stays so, tell the operator.",
    ),
    **dict.fromkeys(
        AWAY,
        always(
            503,
            "store-away",
            "数据库暂时不可用，请稍后用同一 Idempotency-Key 重试。",
            "The database is away: try again shortly, under the same Idempotency-Key.",
        ),
    ),
}
"""What is said of an error that comes from further inside, whatever the request was."""


async def _unexpected(request: Request, error: Exception) -> Response:
    route = request.scope.get("route")
    at = f"{request.method} {request.scope['root_path']}{route.path if route else ''}"
    logger.error("request-failed", at=at, exc_info=error)
    return problem(
        request,
        500,
        "internal-error",
        "系统出错，已记录，请稍后再试。",
        "Our fault, and logged: try again later.",
        trace_id=current_trace_id(),
    )


def install_problems(app: FastAPI) -> None:
    """Makes every error of the app a problem."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    for error, handler in ALWAYS.items():
        app.add_exception_handler(error, handler)
    app.add_exception_handler(Exception, _unexpected)
