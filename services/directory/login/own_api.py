"""Passwords, invitations to set one, and where one is signed in, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, StringConstraints
from typing_extensions import TypedDict

from services.directory import person as rules
from services.directory.housing_api import reaching
from services.directory.login import invitations, passwords, sessions
from services.directory.login.barring import end_sessions
from services.directory.login.limits import Limits, caller_of
from services.directory.login.passwords import NewPassword, Password
from services.directory.login.sessions import Means
from services.directory.login.signing_in import Signed, SignedOut, signed
from services.directory.login.trying import begin_try, right_try, subject_of
from services.directory.person import people
from shared.contracts.words import PersonId, SessionId
from shared.deciding.refusals import NotAllowed, NotFound, no_such
from shared.web.app import Here
from shared.web.audience import Anyone, Public
from shared.web.body import Body
from shared.web.command import CommandRoute

router = APIRouter(route_class=CommandRoute)


class AcceptInvitation(Body):
    """The invitation's secret, and the password from now on."""

    invitation: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    password: NewPassword


class ChangePassword(Body):
    """The password until now and from now on."""

    old: Password
    new: NewPassword


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
    return await signed(request, directory, await sessions.begin(directory, caller.person, Means.PASSWORD, None))


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
    if not await sessions.end(directory, session_id, caller.person):
        raise no_such("session", session_id)
    return SignedOut()


@router.put("/people/{person_id}/invitation")
async def invite(person_id: PersonId, caller: Anyone, directory: Here) -> Invitation:
    """邀请设置密码; by who may grant all of the person's roles; the one before is good no longer"""
    known, _version = await directory.newest(people, person_id)
    for held in known.roles:
        caller = await reaching(caller, held.scope.community, directory)
    rules.require_may_invite(caller, known)
    secret, ends_at = await invitations.invite(directory.log.pool, person_id)
    return Invitation(invitation=secret, ends_at=ends_at.isoformat())
