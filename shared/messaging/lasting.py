"""Work with Kafka that is never over: begun anew, with a consumer or producer of its own, whenever Kafka was away."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging.topics import partitions_of

AGAIN = 1.0
"""Seconds between tries."""

Read = Callable[[AIOKafkaConsumer, list[TopicPartition]], Awaitable[None]]
Write = Callable[[AIOKafkaProducer], Awaitable[None]]
logger = structlog.get_logger()


async def read_on(bootstrap: str, topic: str, read: Read, *, wait: int, away: str) -> None:
    """For ever: has `read` assign and read the topic's partitions, by a consumer of no group whose fetches wait so many
    milliseconds for a message. `away` is what is logged meanwhile."""
    while True:
        consumer: AIOKafkaConsumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=wait,
        )
        try:
            if found := await partitions_of(bootstrap, [topic]):
                await consumer.start()
                await read(consumer, [TopicPartition(*one) for one in found])
        except (KafkaError, TimeoutError, OSError) as error:
            logger.warning(away, why=type(error).__name__)
        finally:
            await consumer.stop()
        await asyncio.sleep(AGAIN)


async def write_on(bootstrap: str, write: Write, *, away: str) -> None:
    """For ever: has `write` send with a producer that loses and repeats nothing of its own accord."""
    while True:
        producer: AIOKafkaProducer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, request_timeout_ms=10_000
        )
        try:
            await producer.start()
            await write(producer)
        except (KafkaError, TimeoutError) as error:
            logger.warning(away, why=type(error).__name__)
        finally:
            await producer.stop()
        await asyncio.sleep(AGAIN)
