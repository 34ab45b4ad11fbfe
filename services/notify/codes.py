"""One-time codes out to phones: taken from their topic, opened, sent by the operator's function, and kept nowhere."""

from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module
from time import time

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.eventlog.connections import Connection
from shared.identity.codes import CODES, NotACode, OneTimeCode, opened
from shared.messaging.lasting import read_on
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
WAIT = 300
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
    take = partial(_take, notify, sender(notify.settings))
    await read_on(notify.settings.kafka or "", CODES, take, wait=WAIT, away="codes-away")


async def _take(notify: Running, send: Send, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
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
