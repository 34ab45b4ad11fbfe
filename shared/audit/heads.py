"""Signed heads on Kafka, one topic a service: what was said there once can't be unsaid by who holds the database."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from joserfc.jwk import OKPKey

from shared.audit.leaves import root_of, sealed_size
from shared.audit.note import BadNote, opened
from shared.eventlog.connections import AWAY
from shared.eventlog.log import Log

STORED = "select number, note from audit.head where number > $1 order by number limit 100"
LAST = "select coalesce(max(number), 0) from audit.head"
LOOK = 1.0
"""Seconds between looks for a new head."""
AGAIN = 1.0

logger = structlog.get_logger()


def heads_topic(service: str) -> str:
    """Where a service's heads are published: one partition, kept for ever."""
    return f"{service}.heads"


class Contradiction(Exception):
    """What the database would have published contradicts what was published before: it was changed, or restored from
    an older copy."""


class Heads:
    """Publishes one service's heads as they are signed. Those that Kafka missed are covered by the newest. `keys` says
    all that heads have ever been signed with."""

    def __init__(self, log: Log, bootstrap: str, keys: Callable[[], Sequence[OKPKey]], origin: str):
        self.log, self._bootstrap, self.known_keys, self._origin = log, bootstrap, keys, origin
        self.topic = heads_topic(log.own)
        self.consistent = asyncio.Event()
        """Set when what is sealed here goes on from what was published: no head may be signed before."""

    async def run(self) -> None:
        """For ever: tries again while Kafka or the database is away. Says nothing more where it would contradict
        itself."""
        self.consistent.clear()
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True, request_timeout_ms=10_000
            )
            try:
                await self.require_consistent()
                self.consistent.set()
                await producer.start()
                await self._publish(producer)
            except (KafkaError, *AWAY, asyncpg.PostgresError) as error:
                logger.warning("heads-not-published", service=self.log.own, why=type(error).__name__)
            except Contradiction as error:
                logger.error("head-contradicts-published", service=self.log.own, why=str(error))
                await asyncio.sleep(60 * AGAIN)
            finally:
                with suppress(KafkaError, TimeoutError, OSError):
                    await asyncio.wait_for(producer.stop(), 2)
            await asyncio.sleep(AGAIN)

    async def _publish(self, producer: AIOKafkaProducer) -> None:
        number = max(0, await self.log.pool.fetchval(LAST) - 1)
        while True:
            for row in await self.log.pool.fetch(STORED, number):
                await producer.send_and_wait(self.topic, row["note"].encode(), key=self.log.own.encode())
                number = row["number"]
            await asyncio.sleep(LOOK)

    async def require_consistent(self) -> None:
        """Raises Contradiction unless the newest published head is the head of what is sealed here."""
        for note in await published_heads(self._bootstrap, self.log.own, newest=True):
            try:
                head = opened(note, self.known_keys(), self._origin)
            except BadNote:
                continue  # of an earlier name, or not ours
            if head.size > await sealed_size(self.log.pool):
                raise Contradiction(f"{head.size} leaves were published, and there are fewer")
            if head.root != await root_of(self.log.pool, head.size):
                raise Contradiction(f"the first {head.size} leaves are not those that were published")


async def published_heads(bootstrap: str, service: str, *, newest: bool = False) -> list[str]:
    """The notes on Kafka, in the order they were published; the newest only, if that is asked for. None where there is
    no topic yet."""
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        topic = heads_topic(service)
        if topic not in await consumer.topics():
            return []
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        begin = (await consumer.beginning_offsets([partition]))[partition]
        end = (await consumer.end_offsets([partition]))[partition]
        at = max(begin, end - 1) if newest else begin
        consumer.seek(partition, at)
        notes: list[str] = []
        while at < end:
            message = await consumer.getone(partition)
            notes.append((message.value or b"").decode(errors="replace"))
            at = message.offset + 1
        return notes
    finally:
        await consumer.stop()
