"""Tries to prove who one is: counted before they are looked at, the same whether or not there is such a person."""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from shared.deciding.refusals import Refusal
from shared.eventlog.connections import Pool

FREE = 5
"""Wrong tries in a row before there is a wait."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
FORGOTTEN = timedelta(days=1)
ALONE = "select pg_advisory_xact_lock(7224, hashtext($1))"
FOUND = "select tries, at, wait_until from wrong_try where subject = $1"
NOW = "select clock_timestamp()"
BEGUN = """
insert into wrong_try (subject, tries, at, wait_until) values ($1, $2, $3, $4)
on conflict (subject) do update set tries = excluded.tries, at = excluded.at, wait_until = excluded.wait_until
"""
CLEAR = "delete from wrong_try where subject = $1"


class TooOften(Refusal):
    """Asked for or tried too often; `retry_after` says in how many seconds it may be tried again."""

    status = 429


class Tries(NamedTuple):
    """How many wrong tries there were in a row, when the last one was, and until when no other is looked at."""

    number: int
    at: datetime
    wait_until: datetime


def next_try(before: Tries | None, now: datetime) -> Tries | None:
    """The tries with one more, which counts as wrong until it is found right; None where it has to wait. From FREE on
    each one doubles the wait; after a quiet day all is forgotten."""
    if before is None or now - max(before.at, before.wait_until) > FORGOTTEN:
        return Tries(1, now, now)
    if before.wait_until > now:
        return None
    number = before.number + 1
    if number < FREE:
        return Tries(number, now, now)
    return Tries(number, now, now + min(FIRST_WAIT * 2 ** min(number - FREE, 10), LONGEST_WAIT))


async def begin_try(pool: Pool, subject: bytes) -> None:
    """Counts a try before it is looked at, so that a hundred at once are no more than one after the other. Raises
    TooOften."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(ALONE, subject.hex())
        row, now = await connection.fetchrow(FOUND, subject), await connection.fetchval(NOW)
        before = Tries(*row) if row else None
        tries = next_try(before, now)
        if before is not None and tries is None:
            raise too_often((before.wait_until - now).total_seconds())
        assert tries is not None
        await connection.execute(BEGUN, subject, *tries)


async def right_try(pool: Pool, subject: bytes) -> None:
    """It was right: nothing is held against them any more."""
    await pool.execute(CLEAR, subject)


def subject_of(kind: str, who: bytes) -> bytes:
    """What tries are counted by: who says to be whom, hashed."""
    return blake2b(who, digest_size=16, person=kind.encode()).digest()


def too_often(seconds: float) -> TooOften:
    """The refusal of who has to wait."""
    return TooOften(
        "too-many-tries",
        "尝试次数过多，请在 retry_after 秒后再试。",
        "Too many tries: try again after `retry_after` seconds.",
        retry_after=max(1, round(seconds)),
    )
