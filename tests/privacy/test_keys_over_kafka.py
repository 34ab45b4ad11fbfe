"""Keys from directory to the services that follow them: told again, overtaken, late, and lost sight of."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from services.directory.keys import NEWS, install_keys, tell_some
from shangliang.embedded import Servers
from shared.eventlog.database import open_pool, prepare
from shared.eventlog.log import Log
from shared.messaging import create_topics
from shared.privacy.following import KeyFollower
from shared.privacy.keyring import KeyRing, Wrapped, install_privacy
from shared.privacy.topic import COMPACTION, to_value
from tests.conftest import NewLog
from tests.messaging.test_delivery import running
from tests.privacy.neighbours import keks, keyed

GET = "select key_id, kek, wrapped from person_key where person = $1"


@dataclass
class Way:
    """Directory's tables, a topic, and a service that follows it."""

    directory: Any
    follower: KeyFollower
    producer: AIOKafkaProducer
    topic: str

    async def made(self) -> uuid.UUID:
        """Somebody with a new key, that is not told yet."""
        person = uuid.uuid4()
        await keyed(self.directory, keks("kek-1"), person)
        await self.directory.execute(NEWS, person)
        return person

    async def tell(self) -> int:
        return await tell_some(self.directory, self.producer, self.topic)

    async def held(self, person: uuid.UUID) -> Any:
        return await self.follower.keyring.pool.fetchrow(GET, person)

    async def until(self, person: uuid.UUID, *, held: bool) -> None:
        async with asyncio.timeout(20):
            while bool(await self.held(person)) != held:
                await asyncio.sleep(0.05)

    async def destroy(self, person: uuid.UUID) -> None:
        await self.directory.execute("delete from person_key where person = $1", person)
        await self.directory.execute(NEWS, person)


@pytest.fixture
async def way(new_log: NewLog, servers: Servers) -> AsyncIterator[Way]:
    log: Log = await new_log("kitchen")
    name = f"directory_{uuid.uuid4().hex[:12]}"
    pool = await open_pool(await prepare(servers.postgres, name, (install_privacy, install_keys)), name)
    topic = f"keys-{uuid.uuid4().hex[:8]}"
    await create_topics(servers.kafka, [topic], partitions=1, replication=1, settings=COMPACTION)
    follower = KeyFollower(KeyRing("kitchen", log.pool, keks("kek-1")), servers.kafka, topic)
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka)
    await producer.start()
    yield Way(pool, follower, producer, topic)
    await producer.stop()
    pool.terminate()


async def test_a_key_arrives_as_it_is_and_its_tombstone_takes_it_away(way: Way) -> None:
    person, other = await way.made(), await way.made()
    assert await way.tell() == 2
    assert await way.tell() == 0
    async with running(way.follower.run):
        await way.until(person, held=True)
        assert await way.held(person) == await way.directory.fetchrow(GET, person)
        await way.destroy(person)
        await way.tell()
        await way.until(person, held=False)
        assert await way.held(other)


async def test_who_is_gone_stays_gone_whatever_a_process_that_stood_still_tells_later(way: Way) -> None:
    person, other = await way.made(), await way.made()
    late = Wrapped(*(await way.directory.fetchrow(GET, person)))
    await way.destroy(person)
    await way.tell()
    async with running(way.follower.run):
        await way.producer.send_and_wait(way.topic, to_value(late), str(person).encode())
        third = await way.made()
        await way.tell()
        await way.until(third, held=True)
        assert await way.held(other)
        assert not await way.held(person)


async def test_what_was_overtaken_while_it_was_told_is_told_again(way: Way) -> None:
    person = await way.made()

    class Slow:
        """Sends; but before Kafka has it, the person is erased and that is told by another process."""

        async def send(self, topic: str, value: bytes | None, key: bytes) -> Any:
            await way.destroy(person)
            await way.tell()
            return await way.producer.send(topic, value, key)

    assert await tell_some(way.directory, Slow(), way.topic) == 1  # type: ignore[arg-type]
    assert await way.tell() == 1
    async with running(way.follower.run):
        marker = await way.made()
        await way.tell()
        await way.until(marker, held=True)
        assert not await way.held(person)


async def test_who_has_not_looked_for_too_long_begins_from_nothing(way: Way) -> None:
    person = await way.made()
    await way.tell()
    async with running(way.follower.run):
        await way.until(person, held=True)
    pool = way.follower.keyring.pool
    forgotten = uuid.uuid4()  # whose tombstone came and went meanwhile
    await keyed(pool, keks("kek-1"), forgotten)
    await pool.execute("update key_offset set at = now() - interval '6 days'")
    async with running(way.follower.run):
        await way.until(forgotten, held=False)
        await way.until(person, held=True)
