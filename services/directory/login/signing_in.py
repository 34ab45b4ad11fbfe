"""What somebody has who has signed in, by whatever means; and what is said to who hasn't."""

from fastapi import Request
from pydantic import BaseModel

from services.directory.grants import grants_of
from services.directory.login import sessions
from services.directory.login.sessions import Session
from services.directory.person import people
from shared.contracts.words import PersonId, SessionId
from shared.deciding.refusals import Refusal
from shared.identity.tokens import LIFETIME, Tokens
from shared.service import Running


class LoginFailed(Refusal):
    """Nobody is signed in by this."""

    status = 401


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


async def signed(request: Request, directory: Running, session: Session) -> Signed:
    """What the session's person may now. Raises LoginFailed where they were erased."""
    known, version = await directory.newest(people, session.person)
    if known.erased:
        await sessions.end(directory, session.id, session.person)
        raise failed()
    tokens: Tokens = request.app.state.tokens
    grants = [grant for grant in await grants_of(directory, known) if session.counts(grant.role)]
    return Signed(
        access_token=tokens.mint(session.person, grants, lifetime=LIFETIME, version=version, session=session.id),
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=session.refresh,
        person=session.person,
        session=SessionId(session.id),
    )


def failed() -> LoginFailed:
    return LoginFailed(
        "login-failed",
        "登录未成功，请核对后重试，或重新获取验证码。",
        "Signing in did not succeed: check what you have entered, or ask for another code.",
    )
