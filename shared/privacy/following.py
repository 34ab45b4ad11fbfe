"""From the topic of keys into a service's table: new ones, rewrapped ones, and the tombstones of those erased."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.lasting import read_on
from shared.privacy.keyring import KeyRing
from shared.privacy.topic import KEYS, from_value

OFFSETS = 'select "partition", next, at from key_offset'
MOVE = """
insert into key_offset ("partition", next) values ($1, $2)
on conflict ("partition") do update set next = excluded.next, at = clock_timestamp()
"""
PUT = """
insert into person_key (person, key_id, kek, wrapped)
select $1, $2, $3, $4 where not exists (select from gone_key where person = $1)
on conflict (person) do update set key_id = excluded.key_id, kek = excluded.kek, wrapped = excluded.wrapped
"""
DESTROY = "delete from person_key where person = $1"
GONE = "insert into gone_key (person) values ($1) on conflict do nothing"
ANEW = """
delete from person_key where person not in (select subject from passing_key);
delete from key_offset
"""
TOO_LONG = timedelta(days=5)
"""Tombstones can be found for seven days: who has not looked for longer than this begins from nothing."""
WAIT = 300
"""Milliseconds that a fetch waits for the first message."""
SIGN_OF_LIFE = 60.0

logger = structlog.get_logger()


class KeyFollower:
    """One service's intake of people's keys."""

    def __init__(self, keyring: KeyRing, bootstrap: str, topic: str = KEYS):
        self.keyring, self._bootstrap, self._topic = keyring, bootstrap, topic

    async def run(self) -> None:
        """For ever: takes in what comes. Tries again while Kafka is away."""
        await read_on(self._bootstrap, self._topic, self._take, wait=WAIT, away="keys-away")

    async def _take(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        offsets = await self._offsets()
        consumer.assign(partitions)
        for one in partitions:
            consumer.seek(one, offsets.get(one.partition, 0))  # compaction leaves the first offset where it is
        loop = asyncio.get_running_loop()
        alive = loop.time()
        while True:
            fetched = await consumer.getmany(timeout_ms=WAIT, max_records=2_000)
            for partition, messages in fetched.items():
                await self._store(partition.partition, messages)
            if not fetched and loop.time() - alive > SIGN_OF_LIFE:
                await self.keyring.pool.execute("update key_offset set at = clock_timestamp()")
                alive = loop.time()

    async def _offsets(self) -> dict[int, int]:
        rows = await self.keyring.pool.fetch(OFFSETS)
        if any(row["at"] < datetime.now(UTC) - TOO_LONG for row in rows):
            logger.warning("keys-anew", service=self.keyring.own)
            await self.keyring.pool.execute(ANEW)
            return {}
        return {row["partition"]: row["next"] for row in rows}

    async def _store(self, partition: int, messages: Sequence[Any]) -> None:
        async with self.keyring.pool.acquire() as connection, connection.transaction():
            for message in messages:
                person = UUID(message.key.decode())
                if message.value is None:
                    await connection.execute(DESTROY, person)
                    await connection.execute(GONE, person)
                else:
                    key = from_value(message.value)
                    await connection.execute(PUT, person, key.key_id, key.kek, key.wrapped)
            await connection.execute(MOVE, partition, messages[-1].offset + 1)
        for message in messages:
            self.keyring.forget(UUID(message.key.decode()))
