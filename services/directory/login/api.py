"""Signing in over HTTP. Whether somebody exists is told to nobody who has not shown to be them."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Cookie, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, StringConstraints
from typing_extensions import TypedDict

from services.directory import person as rules
from services.directory.grants import grants_of
from services.directory.housing_api import reaching
from services.directory.keys import people_with
from services.directory.login import codes, invitations, oidc, outside_people, passwords, sessions
from services.directory.login.barring import end_sessions
from services.directory.login.limits import Limits, caller_of
from services.directory.login.passwords import NewPassword, Password
from services.directory.login.sessions import Means, Session
from services.directory.login.trying import begin_try, right_try, subject_of
from services.directory.person import people
from services.directory.phone import Phone
from shared.contracts.directory import PersonRegistered
from shared.contracts.words import Line, PersonId, SessionId
from shared.deciding.refusals import NotAllowed, NotFound, NotNow, Refusal
from shared.identity.tokens import LIFETIME, Tokens
from shared.service import Running
from shared.settings import Environment, Settings
from shared.web.app import Here, key_set_of
from shared.web.audience import Anyone, Public
from shared.web.body import Body
from shared.web.command import CommandRoute

router = APIRouter(route_class=CommandRoute)
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
CALLBACK = "/api/directory/v1/login/oidc/callback"
OUTWARD = "shangliang-oidc"
"""The cookie of who is at the issuer."""
NOT_KEPT = {"cache-control": "no-store"}

logger = structlog.get_logger()


class LoginFailed(Refusal):
    """Nobody is signed in by this."""

    status = 401


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


class AcceptInvitation(Body):
    """The invitation's secret, and the password from now on."""

    invitation: Secret
    password: NewPassword


class ChangePassword(Body):
    """The password until now and from now on."""

    old: Password
    new: NewPassword


class Signed(BaseModel):
    """Signed in (RFC 6749, 5.1): `access_token` goes with requests for `expires_in` seconds, `refresh_token` gets the
    next pair, once."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int
    refresh_token: str
    person: PersonId
    session: SessionId


class SignedOut(BaseModel):
    """The session is over, if there was one."""

    ended: bool = True


class PasswordSet(BaseModel):
    """Whose password it is."""

    person: PersonId


class Invitation(BaseModel):
    """For the invited, by a way that only they read; good once, until `ends_at` (RFC 3339)."""

    invitation: str
    ends_at: str


class SessionRow(TypedDict):
    """Where somebody is signed in, by which means; times are RFC 3339, in UTC."""

    id: str
    means: str
    device: str | None
    began_at: str
    used_at: str
    ends_at: str


class Sessions(BaseModel):
    """The newest used first."""

    items: list[SessionRow]


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
        raise _failed()
    if body.person is None and len(candidates) > 1:
        raise NotNow(
            "which-person",
            "这个号码有多人使用，请选择 people 中的一位。",
            "Several people have this number: say which `person` of `people`.",
            people=[{"id": str(one), "label": await _label(directory, one)} for one in candidates],
        )
    who = body.person or candidates[0]
    if who not in candidates:
        raise _failed()
    known, _version = await directory.newest(people, who)
    roles = {held.role for held in known.roles}
    if roles and not roles & sessions.WITHOUT_PASSWORD:
        raise NotAllowed("password-needed", "工作人员请用密码登录。", "Staff sign in with a password, too.")
    await _require_used(directory, body.phone, body.code)
    return await _signed(request, directory, await sessions.begin(directory, who, Means.PHONE, body.device))


@router.post("/login/password")
async def sign_in_by_password(body: SignInByPassword, request: Request, _: Public, directory: Here) -> Signed:
    """工作人员登录: password and one-time code"""
    candidates = await _candidates(request, directory, body.phone)
    right = await codes.is_right(directory, body.phone, body.code)
    who = await passwords.whose(directory.log.pool, candidates, body.password)
    if not right or who is None:
        raise _failed()
    await _require_used(directory, body.phone, body.code)
    session = await sessions.begin(directory, PersonId(who), Means.PASSWORD, body.device)
    return await _signed(request, directory, session)


@router.post("/login/refresh")
async def refresh(body: GoOn, request: Request, _: Public, directory: Here) -> Signed:
    """续期; a refresh token that is used again later ends its session"""
    session = await sessions.go_on(directory, body.refresh_token)
    if session is None:
        raise LoginFailed("session-over", "登录已结束，请重新登录。", "This session is over: sign in again.")
    return await _signed(request, directory, session)


@router.post("/login/out")
async def sign_out(body: GoOn, _: Public, directory: Here) -> SignedOut:
    """退出登录"""
    await sessions.end_by(directory, body.refresh_token)
    return SignedOut()


@router.post("/login/invitation")
async def accept_invitation(body: AcceptInvitation, request: Request, _: Public, directory: Here) -> PasswordSet:
    """受邀设置密码; ends all sessions of before"""
    await Limits(directory).caller(caller_of(request, directory.settings))
    await passwords.require_strong(body.password)
    async with directory.log.pool.acquire() as connection, connection.transaction():
        who = await invitations.use(connection, body.invitation)
        if who is None:
            raise NotFound(
                "no-such-invitation", "邀请无效或已过期，请重新邀请。", "This invitation is not good: ask for another."
            )
        await passwords.set_password(connection, who, body.password)
        await end_sessions(directory, connection, who)
    return PasswordSet(person=PersonId(who))


@router.put("/me/password")
async def change_password(body: ChangePassword, request: Request, caller: Anyone, directory: Here) -> Signed:
    """修改密码; ends all sessions and begins a new one"""
    pool, subject = directory.log.pool, subject_of("person", caller.person.bytes)
    await begin_try(pool, subject)
    await passwords.require_strong(body.new)
    if await passwords.whose(pool, [caller.person], body.old) is None:
        raise NotAllowed("wrong-password", "原密码不正确。", "That is not the password until now.")
    await right_try(pool, subject)
    async with pool.acquire() as connection, connection.transaction():
        await passwords.set_password(connection, caller.person, body.new)
        await end_sessions(directory, connection, caller.person)
    return await _signed(request, directory, await sessions.begin(directory, caller.person, Means.PASSWORD, None))


@router.get("/me/sessions")
async def my_sessions(caller: Anyone, directory: Here) -> Sessions:
    """我在哪里登录"""
    rows = await sessions.of_person(directory, caller.person)
    return Sessions(
        items=[
            SessionRow(
                id=str(row["id"]),
                means=row["means"],
                device=row["device"],
                began_at=row["began_at"].isoformat(),
                used_at=row["turned_at"].isoformat(),
                ends_at=row["ends_at"].isoformat(),
            )
            for row in rows
        ]
    )


@router.delete("/me/sessions/{session_id}")
async def end_session(session_id: SessionId, caller: Anyone, directory: Here) -> SignedOut:
    """退出某处的登录"""
    return SignedOut(ended=await sessions.end(directory, session_id, caller.person))


@router.put("/people/{person_id}/invitation")
async def invite(person_id: PersonId, caller: Anyone, directory: Here) -> Invitation:
    """邀请设置密码; by who may grant all of the person's roles; the one before is good no longer"""
    known, _version = await directory.newest(people, person_id)
    for held in known.roles:
        caller = await reaching(caller, held.scope.community, directory)
    rules.require_may_invite(caller, known)
    secret, ends_at = await invitations.invite(directory.log.pool, person_id)
    return Invitation(invitation=secret, ends_at=ends_at.isoformat())


@router.get("/login/oidc/start", status_code=302, response_class=RedirectResponse)
async def start_outside(
    request: Request, _: Public, directory: Here, invitation: Annotated[Secret | None, Query()] = None
) -> Response:
    """统一身份认证登录: to the issuer; with an invitation, who comes back is from then on the invited"""
    url, cookie = await _provider(request, directory).begin(invitation)
    answer = RedirectResponse(url, 302, NOT_KEPT)
    answer.set_cookie(
        OUTWARD,
        cookie,
        max_age=oidc.AWAY_FOR,
        path=CALLBACK,
        secure=directory.settings.address.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/login/oidc/callback")
async def come_back(
    request: Request,
    response: Response,
    _: Public,
    directory: Here,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
    outward: Annotated[str, Cookie(alias=OUTWARD)] = "",
) -> Signed:
    """统一身份认证登录: and back"""
    response.headers.update(NOT_KEPT)
    response.delete_cookie(OUTWARD, path=CALLBACK)
    try:
        outside = await _provider(request, directory).finish(outward, state, code, iss)
    except oidc.NotProven as error:
        logger.info("oidc-not-proven", why=str(error))
        raise _failed() from None
    who = await outside_people.person_of(directory, outside)
    return await _signed(request, directory, await sessions.begin(directory, who, Means.OIDC, None))


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
        raise _failed()
    await right_try(directory.log.pool, subject_of("phone", codes.blind(directory, phone)))


async def _label(directory: Running, who: PersonId) -> str:
    first, *_ = await directory.log.stream(people.stream(who))
    assert isinstance(first.data, PersonRegistered)
    return first.data.label


async def _signed(request: Request, directory: Running, session: Session) -> Signed:
    """What the session's person may now. Raises LoginFailed where they were erased."""
    known, version = await directory.newest(people, session.person)
    if known.erased:
        await sessions.end(directory, session.id, session.person)
        raise _failed()
    tokens: Tokens = request.app.state.tokens
    grants = [grant for grant in await grants_of(directory, known) if session.counts(grant.role)]
    return Signed(
        access_token=tokens.mint(session.person, grants, lifetime=LIFETIME, version=version, session=session.id),
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=session.refresh,
        person=session.person,
        session=SessionId(session.id),
    )


def _provider(request: Request, directory: Running) -> oidc.Provider:
    """The issuer of the settings, as this process knows it. Raises NotFound."""
    settings: Settings = directory.settings
    if not (settings.oidc_issuer and settings.oidc_client_id):
        raise oidc.none_set()
    found: oidc.Provider | None = getattr(request.app.state, "oidc", None)
    if found is None:
        found = request.app.state.oidc = oidc.Provider(settings, f"{settings.address}{CALLBACK}")
    return found


def _failed() -> LoginFailed:
    return LoginFailed(
        "login-failed",
        "登录未成功，请核对后重试，或重新获取验证码。",
        "Signing in did not succeed: check what you have entered, or ask for another code.",
    )
