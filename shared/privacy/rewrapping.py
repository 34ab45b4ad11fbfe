"""Keys wrapped anew with the newest key-encryption key, in the database of the service that made them."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from shared.eventlog.connections import Pool
from shared.privacy.keks import Keks
from shared.privacy.keyring import about

BATCH = 500
OLD = "select person, key_id, kek, wrapped from person_key where kek <> $1 and person > $2 order by person limit $3"
REWRAP = "update person_key set kek = $3, wrapped = $4 where person = $1 and wrapped = $2 returning 1"
STALE = "select count(*) from person_key where kek <> $1"


async def stale(pool: Pool, keks: Keks) -> int:
    """How many keys are not wrapped with the newest key-encryption key."""
    return await pool.fetchval(STALE, keks.newest().id)


async def rewrap(pool: Pool, keks: Keks, done: Callable[[int], None], news: str | None = None) -> int:
    """Wraps every key with the newest key-encryption key, while the system runs; `done` hears of each batch, and `news`
    is run for each key with it. How many. Raises KekAway, NotOpened."""
    newest, person, number = keks.newest(), UUID(int=0), 0
    while rows := await pool.fetch(OLD, newest.id, person, BATCH):
        number += await _rewrapped(pool, keks, rows, news)
        person = rows[-1]["person"]
        done(len(rows))
    return number


async def _rewrapped(pool: Pool, keks: Keks, rows: Sequence[Any], news: str | None) -> int:
    newest, number = keks.newest(), 0
    for row in rows:
        whose = about(row["person"], row["key_id"])
        wrapped = await newest.wrap(await keks.named(row["kek"]).unwrap(row["wrapped"], whose), whose)
        async with pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(REWRAP, row["person"], row["wrapped"], newest.id, wrapped):
                if news:
                    await connection.execute(news, row["person"])
                number += 1
    return number
