"""From the log to Kafka: own events in order, at least once; the checkpoint moves when Kafka has them."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, aclosing
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from opentelemetry.trace import SpanKind

from shared.eventlog.checkpoints import Overtaken, move_checkpoint, read_checkpoint
from shared.eventlog.log import Log, rest
from shared.eventlog.recorded import COLUMNS, Recorded, recorded
from shared.eventlog.tail import MOST
from shared.messaging.cloudevents import to_message, topic_of
from shared.telemetry import span_within

FOLLOWER = "relay"
BATCH = 1_000
READ_OWN = (
    f"select {COLUMNS} from log where position > $1 and position <= $2 and source = $3 order by position limit $4"
)
WINDOW = 20_000
"""Positions that are looked through at once where many are others' events."""
MOST_BYTES = 512 * 1024
AGAIN = 1.0
"""Seconds between tries while Kafka is away."""

logger = structlog.get_logger()
partition_for = DefaultPartitioner()


class Relay:
    """Publishes one service's log. Only its leader should run; a second one publishes twice, and inboxes drop that."""

    def __init__(self, log: Log, bootstrap: str):
        self.log, self._bootstrap = log, bootstrap
        self.topic = topic_of(log.own)
        self.position = self.head = 0

    @property
    def lag(self) -> int:
        """Positions of the log that were not looked at yet, as far as this process knows."""
        return max(0, max(self.head, self.log.newest) - self.position) if self.position else 0

    async def run(self) -> None:
        """For ever: publishes what is new. Tries again while Kafka is away; the log goes on without it."""
        while True:
            producer = self.producer()
            try:
                await producer.start()
                await self._publish_with(producer)
            except (KafkaError, TimeoutError) as error:
                logger.warning("kafka-away", service=self.log.own, why=type(error).__name__)
            except Overtaken:
                logger.warning("relay-overtaken", service=self.log.own)
            finally:
                await _stop(producer)
            await asyncio.sleep(AGAIN)

    def producer(self) -> AIOKafkaProducer:
        """A producer that loses and repeats nothing of its own accord; not started yet."""
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=MOST_BYTES,
            request_timeout_ms=10_000,
        )

    async def _publish_with(self, producer: AIOKafkaProducer) -> None:
        self.position = await read_checkpoint(self.log.pool, FOLLOWER)
        while True:
            began = monotonic()
            self.head = await self.log.head_past(self.position)
            if self.head == self.position:
                await self.log.wait(self.position)
                continue
            publishing = self.publish_on(producer, self.position, self.head)
            async with aclosing(publishing):
                async for reached in publishing:
                    await move_checkpoint(self.log.pool, FOLLOWER, self.position, reached, lazily=True)
                    self.position = reached
            await rest(began)

    async def publish_on(self, producer: AIOKafkaProducer, after: int, until: int) -> AsyncGenerator[int, None]:
        """Publishes own events after a position, at least up to another, batch after batch; says of each how far it
        went. The next one is read while one is on its way."""
        ahead = asyncio.create_task(self._read(after, until))
        try:
            while after < until:
                events, after = await ahead
                if after < until:
                    ahead = asyncio.create_task(self._read(after, until))
                if events:
                    await self.publish(producer, events)
                yield after
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _read(self, after: int, until: int) -> tuple[list[Recorded], int]:
        """At most BATCH own events, and the position up to which there are no others."""
        if until - after <= MOST:
            events = await self.log.tail.read(after)
            return [event for event in events if event.source == self.log.own], events[-1].position if events else until
        end = min(until, after + WINDOW)
        rows = await self.log.pool.fetch(READ_OWN, after, end, self.log.own, BATCH)
        return [recorded(row) for row in rows], rows[-1]["position"] if len(rows) == BATCH else end

    async def publish(self, producer: AIOKafkaProducer, events: Sequence[Recorded]) -> None:
        """Sends events and waits until Kafka has them: each partition's in order, batch after batch."""
        partitions = sorted(await producer.partitions_for(self.topic))
        by_partition: dict[int, list[Recorded]] = defaultdict(list)
        for event in events:
            by_partition[partition_for(event.community.encode(), partitions, partitions)].append(event)
        await asyncio.gather(*(self._send(producer, partition, own) for partition, own in by_partition.items()))

    async def _send(self, producer: AIOKafkaProducer, partition: int, events: list[Recorded]) -> None:
        batch: Any = producer.create_batch()
        name = f"publish {self.topic}"
        with ExitStack() as spans:  # each lasts until Kafka has its event
            for event in events:
                within = span_within(self.log.own, event.traceparent, name, SpanKind.PRODUCER)
                traceparent = spans.enter_context(within) if event.traceparent else None
                key, value, headers = to_message(event, traceparent)
                if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                    await _sent(producer, batch, self.topic, partition)
                    batch = producer.create_batch()
                    batch.append(key=key, value=value, timestamp=None, headers=headers)
            await _sent(producer, batch, self.topic, partition)


async def _sent(producer: AIOKafkaProducer, batch: Any, topic: str, partition: int) -> None:
    """One batch a partition at a time: so that a retry can't overtake what came before it."""
    await (await producer.send_batch(batch, topic, partition=partition))


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(2):
            await producer.stop()
    except (KafkaError, TimeoutError, OSError):
        pass  # what it had not sent is still in the log
