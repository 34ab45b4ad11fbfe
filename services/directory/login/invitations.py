"""Lets somebody set a password, or be known by who they are outside: once, by a secret that who invites hands over."""

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from shared.eventlog.connections import Borrowed, Pool

LIFETIME = timedelta(days=3)
INVITE = """
insert into invitation (person, secret, ends_at) values ($1, $2, clock_timestamp() + $3)
on conflict (person) do update set secret = excluded.secret, ends_at = excluded.ends_at returning ends_at
"""
USE = "delete from invitation where secret = $1 and ends_at > clock_timestamp() returning person"


async def invite(pool: Pool, person: UUID) -> tuple[str, datetime]:
    """A new secret, in place of the one before, and when it ends."""
    secret = token_urlsafe(32)
    return secret, await pool.fetchval(INVITE, person, _hash(secret), LIFETIME)


async def use(connection: Borrowed, secret: str) -> UUID | None:
    """Whom it was for: it is good no longer."""
    return await connection.fetchval(USE, _hash(secret))


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
