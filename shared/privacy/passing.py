"""Keys of what is kept for a while only: made by the service itself, destroyed once it is settled, at the latest when
its time is up, and never on any topic. What is sealed with one, in the log and on topics, is then lost to everybody.

They are in the same table as people's keys, under the id of what they are for, so sealing and opening are the same."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.eventlog.connections import AWAY, Pool
from shared.privacy.keyring import KeyRing, about
from shared.privacy.sealing import new_secret

MAKE = """
with passing as (insert into passing_key (subject, until) values ($1, $2) returning subject)
insert into person_key (person, key_id, kek, wrapped) select subject, $3, $4, $5 from passing
"""
END = """
with passed as (delete from passing_key where subject = any($1::uuid[]) returning subject)
delete from person_key k using passed p where k.person = p.subject
"""
SWEEP = """
with passed as (delete from passing_key where until <= now() returning subject)
delete from person_key k using passed p where k.person = p.subject
"""
TICK = 30.0


async def make_passing(keyring: KeyRing, subjects: Sequence[UUID], until: datetime) -> None:
    """A key for each, until then. Raises KekAway."""
    kek = keyring.keks.newest()
    made: list[tuple[UUID, datetime, UUID, str, bytes]] = []
    for subject in subjects:
        key = uuid7()
        made.append((subject, until, key, kek.id, await kek.wrap(new_secret(), about(subject, key))))
    await keyring.pool.executemany(MAKE, made)


async def end_passing(keyring: KeyRing, subjects: Sequence[UUID]) -> None:
    """What was sealed with these can't be read any more; where one is gone already, nothing is the matter."""
    await keyring.pool.execute(END, list(subjects))
    for subject in subjects:
        keyring.forget(subject)


async def sweep_passing(pool: Pool) -> None:
    """For ever: destroys those whose time is up."""
    while True:
        with suppress(*AWAY):
            await pool.execute(SWEEP)
        await asyncio.sleep(TICK)
