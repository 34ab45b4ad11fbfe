"""Passwords of staff: argon2id with OWASP's parameters, hashed anew when those change, refused where easily guessed."""

import asyncio
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import Field
from zxcvbn import zxcvbn  # pyright: ignore[reportMissingTypeStubs]

from shared.deciding.refusals import NotValid
from shared.eventlog.connections import Borrowed, Pool

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane."""
NOBODYS = HASHER.hash("nobody has this one")
SHORTEST, LOOKED_AT = 10, 72
STRONG = 3
"""Of zxcvbn's 0 to 4: more than 10^8 guesses, by lists of common passwords, names and words, dates, rows of keys."""
AT_ONCE = asyncio.Semaphore(4)
"""What is computed at once: a hash takes its 19 MiB, and either a core for some time."""
SET = """
insert into password (person, hash) values ($1, $2)
on conflict (person) do update set hash = excluded.hash, set_at = clock_timestamp()
"""
OF = "select person, hash from password where person = any($1::uuid[])"
REHASHED = "update password set hash = $3 where person = $1 and hash = $2"

NewPassword = Annotated[str, Field(min_length=SHORTEST, max_length=200, json_schema_extra={"format": "password"})]
Password = Annotated[str, Field(max_length=200, json_schema_extra={"format": "password"})]


async def require_strong(password: str) -> None:
    """Raises NotValid."""
    async with AT_ONCE:
        guessed = await asyncio.to_thread(zxcvbn, password[:LOOKED_AT])
    if guessed["score"] < STRONG:
        raise NotValid(
            "weak-password",
            "这个密码太容易猜到，请换一个，例如几个互不相关的词。",
            "This password is easily guessed: choose another one, some unrelated words, say.",
        )


async def set_password(connection: Borrowed, person: UUID, password: str) -> None:
    """From now on it is this one."""
    await connection.execute(SET, person, await hashed(password))


async def whose(pool: Pool, people: Sequence[UUID], password: str) -> UUID | None:
    """Which of the people have this password: the first. As much work for nobody as for somebody."""
    rows = await pool.fetch(OF, list(people))
    found: UUID | None = None
    for person, hash in [(row["person"], row["hash"]) for row in rows] or [(None, NOBODYS)]:
        if await is_right(hash, password) and person and found is None:
            found = person
            if HASHER.check_needs_rehash(hash):
                await pool.execute(REHASHED, person, hash, await hashed(password))
    return found


async def is_right(hash: str, password: str) -> bool:
    """Whether the hash is the password's."""
    async with AT_ONCE:
        return await asyncio.to_thread(_verified, hash, password)


async def hashed(password: str) -> str:
    """Its hash, with its salt and parameters."""
    async with AT_ONCE:
        return await asyncio.to_thread(HASHER.hash, password)


def _verified(hash: str, password: str) -> bool:
    try:
        return HASHER.verify(hash, password)
    except (VerificationError, InvalidHashError):
        return False
