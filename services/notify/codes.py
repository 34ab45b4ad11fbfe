"""One-time codes out to phones: taken from their topic, opened, sent by the operator's function, and kept nowhere."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from time import time
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.eventlog.connections import Connection
from shared.identity.codes import CODES, NotACode, OneTimeCode, opened
from shared.messaging.topics import partitions_of
from shared.privacy.keks import KekAway
from shared.service import Running
from shared.settings import Environment, Settings

TABLE = """
-- How far the topic of one-time codes has been followed.
create table if not exists code_offset ("partition" int primary key, next bigint not null);
"""
REACHED = 'select "partition", next from code_offset'
MOVE = """
insert into code_offset ("partition", next) values ($1, $2)
on conflict ("partition") do update set next = excluded.next
"""
WAIT, AGAIN = 300, 1.0
TEXT = "【商量】验证码 {code}，5 分钟内有效，请勿告诉他人。"

Send = Callable[[str, str], Awaitable[None]]
logger = structlog.get_logger()


async def install_codes(connection: Connection, role: str) -> None:
    """Notify's own table."""
    await connection.execute(f'{TABLE} grant select, insert, update on code_offset to "{role}"')


def sender(settings: Settings) -> Send:
    """The operator's function; without one, the log in development and nothing in production."""
    if settings.sms:
        module, _, name = settings.sms.partition(":")
        return getattr(import_module(module), name)
    return _shown if settings.environment is Environment.DEVELOPMENT else _lost


async def _shown(phone: str, text: str) -> None:
    logger.info("sms-in-development", phone=phone, text=text)


async def _lost(phone: str, text: str) -> None:
    logger.error("sms-not-set")


async def follow(notify: Running) -> None:
    """For ever: sends each code once, or twice where this process ends in between, and none whose time is over."""
    send = sender(notify.settings)
    while True:
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=notify.settings.kafka or "",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=WAIT,
        )
        try:
            if found := await partitions_of(notify.settings.kafka or "", [CODES]):
                await consumer.start()
                await _take(notify, send, consumer, [TopicPartition(*one) for one in found])
        except (KafkaError, TimeoutError) as error:
            logger.warning("codes-away", why=type(error).__name__)
        finally:
            await consumer.stop()
        await asyncio.sleep(AGAIN)


async def _take(notify: Running, send: Send, consumer: Any, partitions: list[TopicPartition]) -> None:
    reached = {row["partition"]: row["next"] for row in await notify.log.pool.fetch(REACHED)}
    consumer.assign(partitions)
    for one in partitions:
        consumer.seek(one, reached.get(one.partition, 0))
    while True:
        for partition, messages in (await consumer.getmany(timeout_ms=WAIT)).items():
            for message in messages:
                await _deliver(notify.settings, send, message.value or b"")
                await notify.log.pool.execute(MOVE, partition.partition, message.offset + 1)


async def _deliver(settings: Settings, send: Send, value: bytes) -> None:
    """Whatever is wrong with one code, the next one is not to wait for it: who lacks theirs asks for another."""
    try:
        code: OneTimeCode = opened(value, settings)
        if code.phone and code.ends > time():
            await send(code.phone, TEXT.format(code=code.code))
    except (NotACode, KekAway) as error:
        logger.error("code-not-opened", why=type(error).__name__)
    except Exception as error:
        logger.error("code-not-sent", why=type(error).__name__)
