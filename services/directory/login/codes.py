"""One-time codes: made for whatever number asks, sent where it is somebody's, kept as an HMAC only."""

import hmac
from datetime import UTC, datetime, timedelta
from secrets import randbelow

from services.directory.keys import people_with
from services.directory.login.outbox import put
from services.directory.phone import blinded
from shared.identity.codes import CODES, OneTimeCode, sealed
from shared.privacy.keks import blind_key, derived_key
from shared.service import Running

LIFETIME = timedelta(minutes=5)
MADE = """
insert into one_time_code (phone, code, ends_at) values ($1, $2, $3)
on conflict (phone) do update set code = excluded.code, ends_at = excluded.ends_at
"""
KEPT = "select code from one_time_code where phone = $1 and ends_at > $2"
USED = "delete from one_time_code where phone = $1 and code = $2 returning 1"
NOTHING = bytes(32)


async def send(directory: Running, phone: str) -> str:
    """Makes a code, which takes the place of the one before, and has it sent where the number is somebody's: notify
    hears of it afterwards, so the answer takes as long for any number. Raises KekAway."""
    code = f"{randbelow(1_000_000):06d}"
    ends = datetime.now(UTC) + LIFETIME
    known = await people_with(directory, phone)
    message = sealed(OneTimeCode(phone if known else "", code, ends.timestamp()), directory.settings)
    async with directory.log.pool.acquire() as connection, connection.transaction():
        await connection.execute(MADE, blind(directory, phone), _hidden(directory, phone, code), ends)
        await put(connection, CODES, ("", message))  # of nobody's number, too: notify drops it
    return code


async def is_right(directory: Running, phone: str, code: str) -> bool:
    """Whether it is the number's newest code, and still good."""
    kept: bytes | None = await directory.log.pool.fetchval(KEPT, blind(directory, phone), datetime.now(UTC))
    return hmac.compare_digest(kept or NOTHING, _hidden(directory, phone, code))


async def use(directory: Running, phone: str, code: str) -> bool:
    """Whether it was there to be used: by one only."""
    hidden = _hidden(directory, phone, code)
    return bool(await directory.log.pool.fetchval(USED, blind(directory, phone), hidden))


def blind(directory: Running, phone: str) -> bytes:
    """What the number is kept as. Raises KekAway."""
    return blinded(phone, blind_key(directory.settings))


def _hidden(directory: Running, phone: str, code: str) -> bytes:
    return hmac.digest(derived_key(directory.settings, "codes kept"), f"{phone} {code}".encode(), "sha256")
