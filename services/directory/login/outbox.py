"""What directory says on Kafka besides its events: with which keys tokens are checked, who is barred, one-time codes.

Written with what it is about, told by whoever leads, at least once."""

import asyncio
from functools import partial
from time import monotonic

from aiokafka import AIOKafkaProducer

from shared.eventlog.connections import Borrowed, Pool
from shared.eventlog.log import POLL
from shared.identity.signing import Jwk, SigningKeys
from shared.identity.trust import TRUST, keys_told
from shared.messaging.lasting import write_on
from shared.service import Running

PUT = "insert into outbox (topic, key, value) values ($1, $2, $3)"
SOME = "select id, topic, key, value from outbox order by id limit 500"
SENT = "delete from outbox where id = any($1::bigint[])"
OVER = """
with s as (delete from session where ends_at < now()), i as (delete from invitation where ends_at < now()),
     a as (delete from attempt where at < now() - interval '1 day'),
     w as (delete from wrong_try where greatest(at, wait_until) < now() - interval '1 day')
delete from one_time_code where ends_at < now()
"""
KEYS_AGAIN = 60.0
"""Seconds between tellings of the keys: the topic forgets what is a day old. What is over is cleared away as often."""


async def put(connection: Borrowed, topic: str, message: tuple[str, bytes]) -> None:
    """Has a message, key and value, told soon; within the transaction of what it is about."""
    await connection.execute(PUT, topic, *message)


async def tell(directory: Running) -> None:
    """For ever: tells what is new. Tries again while Kafka is away."""
    told = partial(_tell, directory.log.pool, SigningKeys(directory.settings.signing_key))
    await write_on(directory.settings.kafka or "", told, away="outbox-not-told")


async def _tell(pool: Pool, keys: SigningKeys, producer: AIOKafkaProducer) -> None:
    told, due = list[Jwk](), 0.0
    while True:
        if (now := keys.checking()) != told or monotonic() > due:
            name, value = keys_told(now)
            await producer.send_and_wait(TRUST, value, name.encode())
            await pool.execute(OVER)
            told, due = now, monotonic() + KEYS_AGAIN
        if not await _tell_some(pool, producer):
            await asyncio.sleep(POLL)


async def _tell_some(pool: Pool, producer: AIOKafkaProducer) -> int:
    rows = await pool.fetch(SOME)
    if rows:
        sent = [await producer.send(row["topic"], row["value"], row["key"].encode()) for row in rows]
        await asyncio.gather(*sent)
        await pool.execute(SENT, [row["id"] for row in rows])
    return len(rows)
