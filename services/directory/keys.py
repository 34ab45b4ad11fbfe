"""People's keys, which directory makes and destroys: in its table, and from there on the topic of keys."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.resources import files
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer
from uuid_utils.compat import uuid7

from services.directory.phone import blinded
from shared.contracts.directory import ContactChanged, PersonErased, PersonRegistered
from shared.eventlog.connections import Connection, Pool
from shared.eventlog.following import follow_own
from shared.eventlog.log import POLL
from shared.eventlog.recorded import Recorded
from shared.messaging.lasting import write_on
from shared.privacy.keks import KekAway, blind_key
from shared.privacy.keyring import Wrapped, about
from shared.privacy.sealing import Place, new_secret
from shared.privacy.topic import KEYS, to_value
from shared.service import Running

FOLLOWER = "keys"
EVENTS = (PersonRegistered, ContactChanged, PersonErased)
BATCH = 500
AGAIN = 1.0
GRANTS = """
grant select, insert, update, delete on erased_key, key_news, phone_index to "{role}";
grant usage on sequence key_turn to "{role}";
"""
ALONE = "select pg_advisory_xact_lock(7221, hashtext($1::uuid::text))"
"""A key is made and destroyed one after the other."""
NEWS = """
insert into key_news (person) values ($1) on conflict (person) do update set turn = nextval('key_turn')
"""
HAS = "select exists (select from person_key where person = $1) or exists (select from erased_key where person = $1)"
MAKE = "insert into person_key (person, key_id, kek, wrapped) values ($1, $2, $3, $4)"
DESTROY = "delete from person_key where person = $1 returning key_id"
ERASED = """
insert into erased_key (person, key_id) values ($1, $2) on conflict (person) do nothing
"""
RECEIPT = "select key_id, erased_at from erased_key where person = $1"
TELL_AGAIN = 15 * 60.0
"""Seconds between tellings of the tombstones of the last day: Kafka closes a segment, and can compact it, only when one
more message comes; and a process that was killed may have told something else last."""
AGAIN_ERASED = """
insert into key_news (person)
select person from erased_key where key_id is not null and erased_at > now() - interval '1 day' on conflict do nothing
"""
UNTOLD = """
select n.person, n.turn, k.key_id, k.kek, k.wrapped
from key_news n left join person_key k on k.person = n.person order by n.turn limit $1
"""
TOLD = """
with told as (select * from unnest($1::uuid[], $2::bigint[]) as t(person, turn)), gone as (
    delete from key_news n using told t where n.person = t.person and n.turn = t.turn returning n.person
)
select t.person from told t where not exists (select from gone g where g.person = t.person)
"""
UNINDEX = "delete from phone_index where person = $1"
INDEX = "insert into phone_index (blind, person) values ($1, $2) on conflict do nothing"
FIND = "select person from phone_index where blind = $1 order by person limit 100"

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Erasure:
    """When somebody's key was destroyed, and which it was, if they had one."""

    key_id: UUID | None
    at: datetime


async def install_keys(connection: Connection, role: str) -> None:
    """Directory's own tables."""
    await connection.execute(files("services.directory").joinpath("schema.sql").read_text())
    await connection.execute(GRANTS.format(role=role))


async def make(directory: Running, person: UUID) -> None:
    """Sees to it that the person has a key, unless they were erased. Raises KekAway."""
    pool = directory.log.pool
    if await pool.fetchval(HAS, person):
        return
    key, kek = uuid7(), directory.keyring.keks.newest()
    wrapped = await kek.wrap(new_secret(), about(person, key))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(ALONE, person)
        if not await connection.fetchval(HAS, person):
            await connection.execute(MAKE, person, key, kek.id, wrapped)
            await connection.execute(NEWS, person)


async def destroy(directory: Running, person: UUID) -> Erasure:
    """Sees to it that the person has no key, no place in the phone index, and never gets one again."""
    pool = directory.log.pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(ALONE, person)
        key = await connection.fetchval(DESTROY, person)
        await connection.execute(ERASED, person, key)
        await connection.execute(UNINDEX, person)
        if key:
            await connection.execute(NEWS, person)
    directory.keyring.forget(person)
    erasure = await erasure_of(pool, person)
    assert erasure is not None
    return erasure


async def erasure_of(pool: Pool, person: UUID) -> Erasure | None:
    """The receipt of somebody's erasure."""
    row = await pool.fetchrow(RECEIPT, person)
    return row and Erasure(row["key_id"], row["erased_at"])


async def people_with(directory: Running, phone: str) -> list[UUID]:
    """Whose number it is; a household may share one. Raises KekAway."""
    rows = await directory.log.pool.fetch(FIND, blinded(phone, blind_key(directory.settings)))
    return [row["person"] for row in rows]


async def follow(directory: Running) -> None:
    """For ever: who is registered gets a key, a phone number its place in the index, who is erased loses both."""

    async def take(event: Recorded) -> None:
        while not await _taken(directory, event):
            await asyncio.sleep(AGAIN)

    await follow_own(directory.log, FOLLOWER, EVENTS, take)


async def _taken(directory: Running, event: Recorded) -> bool:
    """Whether it could be taken in: not while what wraps keys is away."""
    try:
        await _take(directory, event)
    except KekAway as error:
        logger.warning("keys-away", why=str(error))
        return False
    return True


async def _take(directory: Running, event: Recorded) -> None:
    person = UUID(event.stream_id)
    match event.data:
        case PersonRegistered(phone=phone):
            await make(directory, person)
        case ContactChanged(phone=phone):
            pass
        case _:
            await destroy(directory, person)
            return
    if phone is None:
        return
    shown = await directory.keyring.show(phone.sealed, Place(event.source, event.stream, event.id, "phone", person))
    if "text" in shown:
        blind = blinded(shown["text"], blind_key(directory.settings))
        async with directory.log.pool.acquire() as connection, connection.transaction():
            await connection.execute(ALONE, person)
            await connection.execute(UNINDEX, person)
            if not await erasure_of(directory.log.pool, person):
                await connection.execute(INDEX, blind, person)


async def tell(directory: Running) -> None:
    """For ever: what is new of keys goes to Kafka. Tries again while Kafka is away."""
    await write_on(directory.settings.kafka or "", partial(_tell, directory.log.pool), away="keys-not-told")


async def _tell(pool: Pool, producer: AIOKafkaProducer) -> None:
    told_again = -TELL_AGAIN
    while True:
        if monotonic() - told_again > TELL_AGAIN:
            await pool.execute(AGAIN_ERASED)
            told_again = monotonic()
        if not await tell_some(pool, producer):
            await asyncio.sleep(POLL)


async def tell_some(pool: Pool, producer: AIOKafkaProducer, topic: str = KEYS) -> int:
    """Tells some news; how many. A process that stood still meanwhile may have told what was overtaken: whatever has
    changed since it looked is told again, so the last word is what stands in the table."""
    rows = await pool.fetch(UNTOLD, BATCH)
    if rows:
        sent = [await producer.send(topic, _value(row), str(row["person"]).encode()) for row in rows]
        await asyncio.gather(*sent)
        overtaken = await pool.fetch(TOLD, [row["person"] for row in rows], [row["turn"] for row in rows])
        for row in overtaken:
            await pool.execute(NEWS, row["person"])
    return len(rows)


def _value(row: Any) -> bytes | None:
    """A wrapped key, or a tombstone."""
    return None if row["key_id"] is None else to_value(Wrapped(row["key_id"], row["kek"], row["wrapped"]))
