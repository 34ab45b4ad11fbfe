"""The topics that services publish to, made by whoever starts first."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

logger = structlog.get_logger()
DAY = 24 * 3600 * 1000
AWAY = (KafkaError, OSError, TimeoutError)


def kept_for(days: int | None) -> dict[str, str]:
    """The setting of a topic whose messages are kept so long; None: for ever."""
    return {"retention.ms": str(-1 if days is None else days * DAY)}


async def create_topics(
    bootstrap: str, topics: Sequence[str], *, partitions: int, replication: int, settings: Mapping[str, str]
) -> None:
    """Creates those that are missing, with Kafka's settings of a topic. Waits for Kafka as long as it takes: run it
    beside what must not wait."""
    wanted = [NewTopic(topic, partitions, replication, topic_configs=dict(settings)) for topic in topics]
    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
        try:
            await admin.start()
            answer = await admin.create_topics(wanted)
            for topic, code, *_ in answer.topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise for_code(code)(topic)
        except AWAY as error:
            logger.warning("topics-not-created", why=type(error).__name__)
            await asyncio.sleep(1)
        else:
            return
        finally:
            await admin.close()


async def partitions_of(bootstrap: str, topics: Sequence[str]) -> list[tuple[str, int]]:
    """Every partition of those topics that exist."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    try:
        await admin.start()
        said: list[dict[str, Any]] = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return [(one["topic"], partition["partition"]) for one in said for partition in one["partitions"]]
