"""Signing in over HTTP. Whether somebody exists is told to nobody who has not shown to be them."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from services.directory.keys import people_with
from services.directory.login import codes, oidc_api, own_api, passwords, sessions
from services.directory.login.limits import Limits, caller_of
from services.directory.login.passwords import Password
from services.directory.login.sessions import Means
from services.directory.login.signing_in import LoginFailed, Signed, SignedOut, failed, signed
from services.directory.login.trying import begin_try, right_try, subject_of
from services.directory.person import people
from services.directory.phone import Phone
from shared.contracts.directory import PersonRegistered
from shared.contracts.words import Line, PersonId
from shared.deciding.refusals import NotAllowed, NotNow
from shared.service import Running
from shared.settings import Environment
from shared.web.app import Here, key_set_of
from shared.web.audience import Public
from shared.web.body import Body
from shared.web.command import CommandRoute

router = APIRouter(route_class=CommandRoute)
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class AskCode(Body):
    """Where to."""

    phone: Phone


class CodeSent(BaseModel):
    """The same for any number. `code` is there in development only."""

    expires_in: int
    code: str | None = None


class SignInByPhone(Body):
    """The code that the phone has got; `person`, where several have that number; and what the client calls itself."""

    phone: Phone
    code: Code
    person: PersonId | None = None
    device: Annotated[Line, Field(max_length=60)] | None = None


class SignInByPassword(Body):
    """Both are needed: a code that the phone has got, and the password."""

    phone: Phone
    code: Code
    password: Password
    device: Annotated[Line, Field(max_length=60)] | None = None


class GoOn(Body):
    """The newest refresh token."""

    refresh_token: Secret


@router.post("/login/code", status_code=202)
async def ask_code(body: AskCode, request: Request, _: Public, directory: Here) -> CodeSent:
    """获取验证码; the answer is the same whether or not anybody has the number"""
    limits = Limits(directory)
    await limits.caller(caller_of(request, directory.settings))
    await limits.phone(codes.blind(directory, body.phone))
    code = await codes.send(directory, body.phone)
    shown = code if directory.settings.environment is Environment.DEVELOPMENT else None
    return CodeSent(expires_in=int(codes.LIFETIME.total_seconds()), code=shown)


@router.post("/login/phone")
async def sign_in_by_phone(body: SignInByPhone, request: Request, _: Public, directory: Here) -> Signed:
    """手机号登录; only what needs no password counts: resident and volunteer"""
    candidates = await _candidates(request, directory, body.phone)
    if not await codes.is_right(directory, body.phone, body.code) or not candidates:
        raise failed()
    if body.person is None and len(candidates) > 1:
        raise NotNow(
            "which-person",
            "这个号码有多人使用，请选择 people 中的一位。",
            "Several people have this number: say which `person` of `people`.",
            people=[{"id": str(one), "label": await _label(directory, one)} for one in candidates],
        )
    who = body.person or candidates[0]
    if who not in candidates:
        raise failed()
    known, _version = await directory.newest(people, who)
    roles = {held.role for held in known.roles}
    if roles and not roles & sessions.WITHOUT_PASSWORD:
        raise NotAllowed("password-needed", "工作人员请用密码登录。", "Staff sign in with a password, too.")
    await _require_used(directory, body.phone, body.code)
    return await signed(request, directory, await sessions.begin(directory, who, Means.PHONE, body.device))


@router.post("/login/password")
async def sign_in_by_password(body: SignInByPassword, request: Request, _: Public, directory: Here) -> Signed:
    """工作人员登录: password and one-time code"""
    candidates = await _candidates(request, directory, body.phone)
    right = await codes.is_right(directory, body.phone, body.code)
    who = await passwords.whose(directory.log.pool, candidates, body.password)
    if not right or who is None:
        raise failed()
    await _require_used(directory, body.phone, body.code)
    session = await sessions.begin(directory, PersonId(who), Means.PASSWORD, body.device)
    return await signed(request, directory, session)


@router.post("/login/refresh")
async def refresh(body: GoOn, request: Request, _: Public, directory: Here) -> Signed:
    """续期; a refresh token that is used again later ends its session"""
    session = await sessions.go_on(directory, body.refresh_token)
    if session is None:
        raise LoginFailed("session-over", "登录已结束，请重新登录。", "This session is over: sign in again.")
    return await signed(request, directory, session)


@router.post("/login/out")
async def sign_out(body: GoOn, _: Public, directory: Here) -> SignedOut:
    """退出登录"""
    await sessions.end_by(directory, body.refresh_token)
    return SignedOut()


@router.get("/jwks")
async def jwks(request: Request, _: Public) -> Response:
    """The keys that tokens are checked with (RFC 7517); a key stands here before anything is signed with it"""
    return key_set_of(request.app.state.tokens)


async def _candidates(request: Request, directory: Running, phone: str) -> list[PersonId]:
    """Whose number it is, once another try is allowed. Raises TooOften."""
    await Limits(directory).caller(caller_of(request, directory.settings))
    await begin_try(directory.log.pool, subject_of("phone", codes.blind(directory, phone)))
    return [PersonId(one) for one in await people_with(directory, phone)]


async def _require_used(directory: Running, phone: str, code: str) -> None:
    """Uses the code up, once all else was right. Raises LoginFailed where somebody else was faster."""
    if not await codes.use(directory, phone, code):
        raise failed()
    await right_try(directory.log.pool, subject_of("phone", codes.blind(directory, phone)))


async def _label(directory: Running, who: PersonId) -> str:
    first, *_ = await directory.log.stream(people.stream(who))
    assert isinstance(first.data, PersonRegistered)
    return first.data.label


router.routes.extend(own_api.router.routes)
router.routes.extend(oidc_api.router.routes)
