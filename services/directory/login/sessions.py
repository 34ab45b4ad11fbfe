"""Where somebody is signed in: a session, gone on with by a refresh token that is new each time.

Of a token used twice one copy is a thief's, and nobody knows which: that ends the session. Only an answer that was lost
on its way may be asked for again for a few seconds, and is the same answer."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from secrets import token_bytes
from time import time
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.directory.login.barring import life
from services.directory.login.outbox import put
from shared.contracts.words import PersonId, Role
from shared.eventlog.connections import Borrowed
from shared.identity.trust import TRUST, session_ended
from shared.privacy.keks import derived_key
from shared.service import Running

HALF = 32
"""Bytes of each half of a refresh token."""
GRACE = timedelta(seconds=10)
"""How long the same token gets the same answer again."""


class Means(StrEnum):
    """How somebody has shown who they are."""

    PHONE = "phone"
    PASSWORD = "password"  # noqa: S105 - and a code
    OIDC = "oidc"


IDLE = {Means.PHONE: timedelta(days=30), Means.PASSWORD: timedelta(hours=12), Means.OIDC: timedelta(hours=12)}
"""After how long without a refresh a session is over."""
LONGEST = {Means.PHONE: timedelta(days=180), Means.PASSWORD: timedelta(days=7), Means.OIDC: timedelta(days=7)}
"""And after how long in any case."""
WITHOUT_PASSWORD = frozenset({Role.RESIDENT, Role.VOLUNTEER})
"""The roles that count for who has shown no more than a phone."""

ADD = """
insert into session (id, person, means, device, family, turn, ends_at)
values ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7)
"""
FIND = """
select id, person, means, turn, began_at, turned_at, ends_at, clock_timestamp() as now
from session where family = $1 for update
"""
TURN = "update session set turn = $2, turned_at = $3, ends_at = $4 where id = $1"
END = "delete from session where id = $1 and person = $2 returning id"
OF = """
select id, means, device, began_at, turned_at, ends_at from session
where person = $1 and ends_at > clock_timestamp() order by turned_at desc limit 100
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A session, and the refresh token that goes on with it."""

    id: UUID
    person: PersonId
    means: Means
    refresh: str

    def counts(self, role: Role) -> bool:
        """Whether a role counts for who has signed in by these means."""
        return self.means is not Means.PHONE or role in WITHOUT_PASSWORD


async def begin(directory: Running, person: PersonId, means: Means, device: str | None) -> Session:
    """A new one."""
    id, family, turn = uuid7(), token_bytes(HALF), token_bytes(HALF)
    await directory.log.pool.execute(ADD, id, person, means, device, _hash(family), _hash(turn), IDLE[means])
    return Session(id, person, means, _told(family, turn))


async def go_on(directory: Running, refresh: str) -> Session | None:
    """The session that a refresh token is good for, with the next one; None where it is good for none any more."""
    if (halves := _halves(refresh)) is None:
        return None
    family, turn = halves
    following = hmac.digest(derived_key(directory.settings, "refresh"), turn, "sha256")
    async with directory.log.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(FIND, _hash(family))
        if row is None:
            return None
        means, now = Means(row["means"]), row["now"]
        if row["ends_at"] <= now:
            return None
        if _hash(turn) == row["turn"]:
            ends = min(row["began_at"] + LONGEST[means], now + IDLE[means])
            await connection.execute(TURN, row["id"], _hash(following), now, ends)
        elif not (_hash(following) == row["turn"] and now - row["turned_at"] <= GRACE):
            await _end(directory, connection, row["id"], row["person"])
            return None
    return Session(row["id"], PersonId(row["person"]), means, _told(family, following))


async def end(directory: Running, id: UUID, person: UUID) -> bool:
    """Ends a session of the person's; whether there was one."""
    async with directory.log.pool.acquire() as connection, connection.transaction():
        return await _end(directory, connection, id, person)


async def end_by(directory: Running, refresh: str) -> None:
    """Ends the session that a refresh token is good for, if it is good for one."""
    if (session := await go_on(directory, refresh)) is not None:
        await end(directory, session.id, session.person)


async def of_person(directory: Running, person: UUID) -> list[Any]:
    """Those that there are: id, means, device, began_at, turned_at, ends_at; the newest used first."""
    return await directory.log.pool.fetch(OF, person)


async def _end(directory: Running, connection: Borrowed, id: UUID, person: UUID) -> bool:
    if await connection.fetchval(END, id, person) is None:
        return False
    await put(connection, TRUST, session_ended(id, time() + life(directory.settings)))
    return True


def _told(family: bytes, turn: bytes) -> str:
    return urlsafe_b64encode(family + turn).rstrip(b"=").decode()


def _halves(refresh: str) -> tuple[bytes, bytes] | None:
    try:
        raw = urlsafe_b64decode(refresh + "=" * (-len(refresh) % 4))
    except (NotBase64, ValueError):
        return None
    return (raw[:HALF], raw[HALF:]) if len(raw) == 2 * HALF else None


def _hash(half: bytes) -> bytes:
    return sha256(half).digest()
