"""Who may call a route, said by the type of its first argument: `worker: Worker`. A route without one fails CI."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated

from fastapi import Depends, Request

from shared.contracts.words import Role
from shared.deciding.act import WORKERS, Act, Key
from shared.deciding.refusals import NotAllowed, NotValid, Refusal
from shared.identity.tokens import BadToken, Identity, Tokens
from shared.telemetry import current_traceparent
from shared.web.command import BODY
from shared.web.headers import header
from shared.web.times import time_of

SKEW = timedelta(minutes=2)
LONGEST_KEY = 255


class NotSignedIn(Refusal):
    """No token, or not a good one."""

    status = 401


def audience(*roles: Role) -> Callable[[Request], Awaitable[Act]]:
    """A dependency that admits callers with one of the roles somewhere; where exactly is for the command to require.
    No roles: everybody."""

    async def admitted(request: Request) -> Act:
        now = datetime.now(UTC)
        traceparent = current_traceparent()
        if not roles:
            return Act("public", now, (), traceparent=traceparent)
        identity = _identity(request, now)
        grants = tuple(grant for grant in identity.grants if grant.role in roles)
        if not grants:
            raise NotAllowed(
                "role-missing",
                "您的角色不能使用此功能。",
                "None of your roles may do this.",
                roles=[str(role) for role in roles],
            )
        return Act(
            f"{grants[0].role}:{identity.person}",
            _occurred_at(request, now),
            grants,
            identity.person,
            key_of(request, str(identity.person)),
            traceparent=traceparent,
        )

    admitted.roles = roles  # type: ignore[attr-defined]
    return admitted


def _identity(request: Request, now: datetime) -> Identity:
    tokens: Tokens = request.app.state.tokens
    scheme, _, token = (header(request, b"authorization") or "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn(
            "not-signed-in", "请先登录，再带上 Authorization: Bearer。", "Sign in and send a bearer token."
        )
    try:
        return tokens.identify(token.strip(), now.timestamp())
    except BadToken:
        raise NotSignedIn(
            "bad-token", "登录已失效，请重新登录。", "Your token is not valid here any more: sign in again."
        ) from None


def key_of(request: Request, caller: str) -> Key | None:
    """The Idempotency-Key that a POST comes with. Raises NotValid."""
    key = header(request, b"idempotency-key")
    if key is None or request.method != "POST":
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise NotValid(
            "bad-idempotency-key",
            "Idempotency-Key 须为 1 至 255 个可见 ASCII 字符。",
            "Idempotency-Key must be 1 to 255 printable ASCII characters.",
        )
    asked = f"?{query}" if (query := request.scope["query_string"].decode("latin-1")) else ""
    told = f"{request.scope['path']}{asked}\n{header(request, b'occurred-at') or ''}\n".encode() + request.scope[BODY]
    secret: bytes = request.app.state.fingerprint_key  # a phone number could else be guessed from what is kept of it
    return Key(caller, key, blake2b(told, digest_size=16, key=secret).hexdigest())


def _occurred_at(request: Request, now: datetime) -> datetime:
    said = header(request, b"occurred-at")
    if said is None:
        return now
    at = time_of(said)
    if at is None or at > now + SKEW:
        raise NotValid(
            "bad-occurred-at",
            "Occurred-At 须为带时区的 RFC 3339 时间，不晚于现在。",
            "Occurred-At must be an RFC 3339 time with its offset, not in the future.",
        )
    return at


Public = Annotated[Act, Depends(audience())]
"""Everybody, signed in or not."""
Anyone = Annotated[Act, Depends(audience(*Role))]
"""Everybody who is signed in."""
Resident = Annotated[Act, Depends(audience(Role.RESIDENT))]
Worker = Annotated[Act, Depends(audience(*WORKERS))]
"""Those who record for residents and see to it."""
Secretary = Annotated[Act, Depends(audience(Role.SECRETARY))]
Volunteer = Annotated[Act, Depends(audience(Role.VOLUNTEER))]
Operator = Annotated[Act, Depends(audience(Role.OPERATOR))]
"""Who acts for a partner unit."""
Officer = Annotated[Act, Depends(audience(Role.OFFICER, Role.STEWARD))]
"""The sub-district's, and the deployment's."""
Keeper = Annotated[Act, Depends(audience(Role.SECRETARY, Role.OFFICER, Role.STEWARD))]
"""Who keeps a community's places."""
Overseer = Annotated[Act, Depends(audience(*WORKERS, Role.OFFICER, Role.STEWARD))]
"""Who works in a community, and who answers for it: they register its people and see its figures."""
Steward = Annotated[Act, Depends(audience(Role.STEWARD))]
