"""From one service's log over Kafka into another's: each event once, in order, and nothing in the way of the rest."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer

from shangliang.embedded import Servers
from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded
from shared.messaging import Inbox, Relay, create_topics, kept_for
from shared.messaging.cloudevents import to_message
from shared.messaging.parking import (
    NotNext,
    NotParked,
    list_parked,
    parked_count,
    replay_parked,
    show_parked,
    skip_parked,
)
from tests.conftest import NewLog
from tests.garden import Planted, Watered, new


@asynccontextmanager
async def running(*work: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    """Relays and inboxes at work meanwhile."""
    tasks = [asyncio.ensure_future(one()) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Pair:
    """A service, its topic, and another one that follows it."""

    def __init__(self, garden: Log, kitchen: Log, kafka: str):
        self.garden, self.kitchen, self.kafka = garden, kitchen, kafka
        self.relay = Relay(garden, kafka)
        self.inbox = Inbox(kitchen, kafka, {"garden": ("plant",)})
        self.topic = f"garden-{uuid.uuid4().hex[:8]}.events"  # each test its own
        self.relay.topic = self.topic
        self.inbox._topics = {self.topic: frozenset({"plant"})}  # pyright: ignore[reportPrivateUsage]

    async def arrived(self, number: int) -> list[Recorded]:
        """The other log, once that many events are in it."""
        async with asyncio.timeout(20):
            while len(events := await self.kitchen.read(0, limit=100_000)) < number:
                await asyncio.sleep(0.05)
        return events

    async def send(
        self, *events: Recorded, value: bytes | None = None, headers: list[tuple[str, bytes]] | None = None
    ) -> None:
        """Straight to Kafka, past the relay."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka)
        await producer.start()
        for event in events:
            key, stored, own = to_message(event)
            await producer.send_and_wait(self.topic, value or stored, key, headers=headers or own)
        await producer.stop()


@pytest.fixture
async def pair(new_log: NewLog, servers: Servers) -> Pair:
    made = Pair(await new_log("garden"), await new_log("kitchen"), servers.kafka)
    await create_topics(made.kafka, [made.topic], partitions=3, replication=1, settings=kept_for(1))
    return made


async def grow(log: Log, stream: str, first: int, last: int, bed: str = "north") -> None:
    for version in range(first, last + 1):
        event = Planted(bed=bed) if version == 1 else Watered(litres=version)
        await log.append([new(stream, version, event, bed)])


async def test_each_event_arrives_once_with_all_it_had(pair: Pair) -> None:
    await grow(pair.garden, "plant-1", 1, 5)
    await pair.garden.append([new("tool-1", 1, Planted(bed="shed"))])  # of a kind that nobody follows
    await grow(pair.garden, "plant-2", 1, 5, "south")
    async with running(pair.relay.run, pair.inbox.run):
        events = await pair.arrived(10)
    sent = {event.id: event for event in await pair.garden.read(0, limit=100)}
    assert len(events) == 10
    for event in events:
        was = sent[event.id]
        assert (event.stream, event.version, event.json, event.at) == (was.stream, was.version, was.json, was.at)
        assert event.correlation == was.correlation
    assert {event.stream for event in events} == {"plant-1", "plant-2"}


async def test_what_is_published_twice_arrives_once(pair: Pair) -> None:
    async with running(pair.inbox.run):
        for _ in range(3):
            async with running(pair.relay.run):
                await grow(pair.garden, f"plant-{uuid.uuid4()}", 1, 20)
                await asyncio.sleep(0.2)
            await pair.garden.pool.execute("update checkpoint set position = 0 where follower = 'relay'")
        async with running(pair.relay.run):
            events = await pair.arrived(60)
            await asyncio.sleep(0.5)
    events = await pair.kitchen.read(0, limit=1000)
    assert len(events) == len({event.id for event in events}) == 60


async def test_an_unreadable_event_holds_back_its_own_stream_until_it_is_mended(pair: Pair) -> None:
    await grow(pair.garden, "plant-1", 1, 3)
    await grow(pair.garden, "plant-2", 1, 2)
    first, second, third, other, another = await pair.garden.read(0, limit=10)
    async with running(pair.inbox.run):
        await pair.send(first)
        await pair.send(second, value=b'{"litres":"many"}')
        await pair.send(third, other, another)
        await pair.arrived(3)
        [bad, behind] = await list_parked(pair.kitchen.pool)
        assert "litres" in bad["reason"]
        assert "waits behind" in behind["reason"]
        assert (await show_parked(pair.kitchen.pool, bad["id"]))["body"] == '{"litres":"many"}'
        assert await replay_parked(pair.kitchen.pool, "garden", "plant-1") == 0
        mended = "update parked set body = $2 where id = $1"
        await pair.kitchen.pool.execute(mended, bad["id"], b'{"litres":7}')
        assert await replay_parked(pair.kitchen.pool, "garden", "plant-1") > 0
    events = await pair.kitchen.stream("plant-1", source="garden")
    assert [event.version for event in events] == [1, 2, 3]
    assert await parked_count(pair.kitchen.pool) == 0


async def test_a_skipped_event_leaves_its_reason_and_its_stream_goes_on(pair: Pair) -> None:
    await grow(pair.garden, "plant-1", 1, 3)
    first, second, third = await pair.garden.read(0, limit=10)
    async with running(pair.inbox.run):
        await pair.send(first)
        await pair.send(second, value=b"not json")
        await pair.send(third)
        while await parked_count(pair.kitchen.pool) < 2:
            await asyncio.sleep(0.05)
        [bad, behind] = await list_parked(pair.kitchen.pool)
        with pytest.raises(NotNext, match="version 2 of plant-1"):
            await skip_parked(pair.kitchen.pool, behind["id"], "too soon")
        assert await skip_parked(pair.kitchen.pool, bad["id"], "a leaking hose") == await pair.kitchen.head()
        with pytest.raises(NotParked):
            await skip_parked(pair.kitchen.pool, bad["id"], "again")
    events = await pair.kitchen.stream("plant-1", source="garden")
    assert [(event.version, event.type) for event in events] == [(1, "planted"), (2, "skipped"), (3, "watered")]
    assert "leaking hose" in events[1].json


async def test_skipping_says_where_it_stands_in_the_log_though_nothing_waited_behind_it(pair: Pair) -> None:
    await grow(pair.garden, "plant-1", 1, 2)
    first, second = await pair.garden.read(0, limit=10)
    async with running(pair.inbox.run):
        await pair.send(first)
        await pair.send(second, value=b"not json")
        while not (parked := await list_parked(pair.kitchen.pool)):
            await asyncio.sleep(0.05)
        position = await skip_parked(pair.kitchen.pool, parked[0]["id"], "a leaking hose")
    [_, skipped] = await pair.kitchen.stream("plant-1", source="garden")
    assert (skipped.type, skipped.position) == ("skipped", position)


async def test_a_gap_is_waited_for_and_closes_by_itself(pair: Pair) -> None:
    await grow(pair.garden, "plant-1", 1, 4)
    first, second, third, fourth = await pair.garden.read(0, limit=10)
    async with running(pair.inbox.run):
        await pair.send(first, third, fourth)
        while await parked_count(pair.kitchen.pool) < 2:
            await asyncio.sleep(0.05)
        await pair.send(second)
        events = await pair.arrived(4)
    assert [event.version for event in events] == [1, 2, 3, 4]
    assert await parked_count(pair.kitchen.pool) == 0


async def test_a_type_that_no_contract_knows_is_kept_and_one_without_a_stream_blocks_nothing(pair: Pair) -> None:
    await grow(pair.garden, "plant-1", 1, 2)
    first, second = await pair.garden.read(0, limit=10)
    _, _, headers = to_message(second)
    strange = [(name, b"shangliang.garden.pruned.v1" if name == "ce_type" else value) for name, value in headers]
    async with running(pair.inbox.run):
        await pair.send(first, headers=[("nothing", b"\xff")])
        await pair.send(first)
        await pair.send(second, headers=strange)
        events = await pair.arrived(2)
    assert [event.type for event in events] == ["planted", "pruned"]
    assert await parked_count(pair.kitchen.pool) == 1
