"""From Kafka to the log: others' events, each once, in their streams' order; offsets are kept with them.

There is no consumer group: a service's leader takes every partition by hand, so there is nothing to rebalance."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, replace
from importlib.resources import files
from typing import Any

import orjson
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from opentelemetry.trace import SpanKind

from shared.contracts.event import Unreadable
from shared.eventlog.connections import Connection
from shared.eventlog.log import Log
from shared.messaging.cloudevents import Arrived, from_message, place_of, topic_of
from shared.messaging.parking import replay_parked
from shared.messaging.topics import partitions_of
from shared.telemetry import span_within

RECEIVE = """
select newest, left_out from receive_events(
    $1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::smallint[], $7::text[], $8::text[], $9::text[],
    $10::timestamptz[], $11::text[], $12::text[], $13::int[], $14::bigint[], $15::text[], $16::bytea[],
    $17::text[], $18::int[], $19::bigint[])
"""
OFFSETS = 'select topic, "partition", next from inbox_offset where topic = any($1::text[])'
BATCH = 2_000
WAIT = 500
"""Milliseconds that a fetch waits for the first message."""
PARTITIONS = 60.0
"""Seconds between looks for new partitions."""
AGAIN = 1.0

Message = ConsumerRecord
logger = structlog.get_logger()


async def install_inbox(connection: Connection, _: str) -> None:
    """The function that takes messages in."""
    await connection.execute(files("shared.messaging").joinpath("receive.sql").read_text())


class Inbox:
    """One service's intake of others' events. `follows`: of which services, which kinds of streams."""

    def __init__(self, log: Log, bootstrap: str, follows: Mapping[str, Sequence[str]]):
        self.log, self._bootstrap, self._follows = log, bootstrap, follows
        self._topics = {topic_of(service): frozenset(kinds) for service, kinds in follows.items()}
        self.lag = 0
        """Messages that Kafka has and this log has not, as far as it is known."""

    async def run(self) -> None:
        """For ever: takes in what comes. Tries again while Kafka is away."""
        if not self._topics:
            await asyncio.Event().wait()
        while True:
            consumer: AIOKafkaConsumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=WAIT,
                metadata_max_age_ms=int(PARTITIONS * 1000),
                max_partition_fetch_bytes=4 * 1024 * 1024,
            )
            try:
                await consumer.start()
                await self._take(consumer)
            except (KafkaError, TimeoutError) as error:
                logger.warning("kafka-away", service=self.log.own, why=type(error).__name__)
            finally:
                # stopped while a fetch is on its way, it ends as cancelled: gathered, that is no end for this task, too
                await asyncio.gather(consumer.stop(), return_exceptions=True)
            await asyncio.sleep(AGAIN)

    async def _take(self, consumer: AIOKafkaConsumer) -> None:
        loop = asyncio.get_running_loop()
        looked = -PARTITIONS
        assigned: set[TopicPartition] = set()
        while True:
            if loop.time() - looked > PARTITIONS or len({one.topic for one in assigned}) < len(self._topics):
                assigned = await self._assign(consumer, assigned)
                looked = loop.time()
            if not assigned:
                await asyncio.sleep(AGAIN)
                continue
            fetched = await consumer.getmany(timeout_ms=WAIT, max_records=BATCH)
            messages = [message for partition in fetched.values() for message in partition]
            if messages:
                await self.receive(messages)
            self.lag = await _lag(consumer, assigned)

    async def _assign(self, consumer: AIOKafkaConsumer, before: set[TopicPartition]) -> set[TopicPartition]:
        """All partitions there are, each from where the log's offset stands."""
        found = {TopicPartition(*one) for one in await partitions_of(self._bootstrap, list(self._topics))}
        if found == before or not found:
            return before
        rows = await self.log.pool.fetch(OFFSETS, list(self._topics))
        offsets = {TopicPartition(topic, partition): next_ for topic, partition, next_ in rows}
        consumer.assign(list(found))
        for one in found & offsets.keys():
            consumer.seek(one, offsets[one])
        if new := found - offsets.keys():
            await consumer.seek_to_beginning(*new)  # at once: one after the other takes half a second each
        return found

    async def receive(self, messages: Sequence[Message]) -> None:
        """Takes messages in, and moves the offsets past them."""
        wanted = [message for message in messages if self._wants(message)]
        last = {(message.topic, message.partition): message.offset + 1 for message in messages}
        moved = [[topic for topic, _ in last], [partition for _, partition in last], list(last.values())]
        with ExitStack() as spans:  # each lasts until its event is in the log
            rows = [self._row(message, spans) for message in wanted]
            columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(16)]
            outcome = await self.log.pool.fetchrow(RECEIVE, *columns, *moved)
        assert outcome is not None
        self.log.announce(outcome["newest"])
        if outcome["left_out"]:
            for source, stream in {(row[1], row[2]) for row in rows if row[2]}:
                self.log.announce(await replay_parked(self.log.pool, source, stream))

    def _wants(self, message: Message) -> bool:
        """Of the kinds followed; and whatever does not say of which stream it is, to be parked."""
        _, stream, _ = place_of(message.headers)
        return not stream or stream.partition("-")[0] in self._topics[message.topic]

    def _row(self, message: Message, spans: ExitStack) -> tuple[Any, ...]:
        """A message as receive_events takes it: an unreadable one with its reason and as much as is known of it."""
        headers = [(name, bytes(value)) for name, value in message.headers]
        at = message.topic, message.partition, message.offset
        kept = orjson.dumps([[name, value.hex()] for name, value in headers]).decode(), message.value or b""
        try:
            arrived = from_message(headers, message.value)
        except Unreadable as error:
            source, stream, version = place_of(headers)
            nothing = None, source, stream, version, None, None, None, None, None, None
            return (*nothing, str(error), *at, *kept)
        return (*astuple(self._traced(arrived, spans)), None, *at, *kept)

    def _traced(self, arrived: Arrived, spans: ExitStack) -> Arrived:
        """With the span of its arrival in its metadata, where its trace is sampled."""
        if '"traceparent"' not in arrived.metadata:
            return arrived
        metadata = orjson.loads(arrived.metadata)
        name = f"receive {topic_of(arrived.source)}"
        within = span_within(self.log.own, metadata["traceparent"], name, SpanKind.CONSUMER)
        if traceparent := spans.enter_context(within):
            metadata["traceparent"] = traceparent
        return replace(arrived, metadata=orjson.dumps(metadata).decode())


async def _lag(consumer: AIOKafkaConsumer, assigned: set[TopicPartition]) -> int:
    behind = 0
    for one in assigned:
        end = consumer.highwater(one)
        if end is not None:
            behind += max(0, end - await consumer.position(one))
    return behind
