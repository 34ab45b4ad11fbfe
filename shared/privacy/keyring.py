"""People's keys as one service holds them: sealing what its events say of people, and opening it for who may read."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from typing_extensions import TypedDict

from shared.contracts.event import THE_STREAM
from shared.deciding.refusals import NotNow
from shared.eventlog.connections import Connection, Pool
from shared.eventlog.recorded import NewEvent, Recorded
from shared.privacy.keks import Keks
from shared.privacy.private import Private
from shared.privacy.sealing import DataKey, NotOpened, Place

KEY = "select key_id, kek, wrapped from person_key where person = $1"
FRESH = 3.0
"""Seconds that an unwrapped key is kept in memory: so long can what is erased still be opened."""
REMEMBERED = 20_000
PATIENCE = 2.0
"""Seconds that sealing waits for the key of somebody who has just been registered."""
GRANTS = """
grant select, insert, update, delete on person_key, gone_key, key_offset, passing_key to "{role}";
grant select, insert on read_trace to "{role}";
"""

logger = structlog.get_logger()


class Shown(TypedDict, total=False):
    """A private text for who may read it: `text`; or `erased`, its key is destroyed; or `unreadable`, it does not
    belong where it stands."""

    text: str
    erased: bool
    unreadable: bool


ERASED = Shown(erased=True)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A person's key as tables and topics hold it."""

    key_id: UUID
    kek: str
    wrapped: bytes


async def install_privacy(connection: Connection, role: str) -> None:
    """The tables of keys and of who read what."""
    await connection.execute(files("shared.privacy").joinpath("schema.sql").read_text())
    await connection.execute(GRANTS.format(role=role))


def whose(event: NewEvent) -> UUID:
    """The person whom an event's private fields are about."""
    subject = event.data.private_subject
    assert subject is not None
    return UUID(event.stream.partition("-")[2]) if subject == THE_STREAM else getattr(event.data, subject)


def kept(event: Recorded, field: str) -> str | None:
    """A private field as a view's document keeps it, under the field's own name: sealed, with the event it is of."""
    private: Private[str] | None = getattr(event.data, field)
    return None if private is None else f"{event.id} {private.sealed}"


class KeyRing:
    """The keys in one service's table `person_key`; unwrapped ones are remembered for a few seconds."""

    def __init__(self, own: str, pool: Pool, keks: Keks):
        self.own, self.pool, self.keks = own, pool, keks
        self._fresh: OrderedDict[UUID, tuple[DataKey, float]] = OrderedDict()

    async def key_of(self, person: UUID) -> DataKey | None:
        """The person's key; None where there is none, or no longer. Raises KekAway."""
        known = self._fresh.get(person)
        if known and known[1] > monotonic():
            return known[0]
        row = await self.pool.fetchrow(KEY, person)
        if row is None:
            self.forget(person)
            return None
        key = await self._unwrapped(person, Wrapped(*row))
        self._fresh[person] = key, monotonic() + FRESH
        self._fresh.move_to_end(person)
        if len(self._fresh) > REMEMBERED:
            self._fresh.popitem(last=False)
        return key

    def forget(self, person: UUID) -> None:
        """The person's key has changed or is gone."""
        self._fresh.pop(person, None)

    async def seal(self, events: Sequence[NewEvent]) -> list[NewEvent]:
        """The events as the log may have them. Raises NotNow where somebody has no key, KekAway."""
        return [await self._sealed(event) if event.data.private_fields else event for event in events]

    async def open(
        self, kept: str | None, field: str, *, stream: str, person: UUID, source: str | None = None
    ) -> Shown | None:
        """What a view's document keeps under a field's name, for who may read it. Raises KekAway."""
        if kept is None:
            return None
        event, _, sealed = kept.partition(" ")
        return await self.show(sealed, Place(source or self.own, stream, UUID(event), field, person))

    async def show(self, sealed: str, place: Place) -> Shown:
        """What is sealed to a place. Raises KekAway."""
        try:
            key = await self.key_of(place.person)
            return ERASED if key is None else Shown(text=key.open(sealed, place))
        except NotOpened:
            logger.warning("private-text-not-opened", stream=place.stream, field=place.field)
            return Shown(unreadable=True)

    async def told(self, event: Recorded, person: UUID) -> Mapping[str, Any]:
        """An event's data with its private fields opened. Raises KekAway."""
        said = event.data.model_dump(mode="json")
        for field in event.data.private_fields:
            if said[field] is not None:
                said[field] = await self.show(said[field], Place(event.source, event.stream, event.id, field, person))
        return said

    async def _sealed(self, event: NewEvent) -> NewEvent:
        clear = {
            name: private.clear
            for name in event.data.private_fields
            if (private := getattr(event.data, name)) is not None and private.clear is not None
        }
        if not clear:
            return event
        person = whose(event)
        key = await self._awaited(person)
        sealed = {
            name: Private[str](sealed=key.seal(text, Place(self.own, event.stream, event.id, name, person)))
            for name, text in clear.items()
        }
        return replace(event, data=event.data.model_copy(update=sealed))

    async def _awaited(self, person: UUID) -> DataKey:
        given_up = monotonic() + PATIENCE
        while (key := await self.key_of(person)) is None:
            if monotonic() > given_up:
                raise NotNow(
                    "no-personal-key",
                    "此人未登记，或已注销个人信息；如刚登记，请稍候再试。",
                    "This person is not registered, or was erased; if registered just now, try again shortly.",
                    person=str(person),
                )
            await asyncio.sleep(0.05)
        return key

    async def _unwrapped(self, person: UUID, row: Wrapped) -> DataKey:
        return DataKey(row.key_id, await self.keks.named(row.kek).unwrap(row.wrapped, about(person, row.key_id)))


def about(person: UUID, key_id: UUID) -> bytes:
    """What is authenticated with a wrapped key: nobody else's can be put in its place."""
    return person.bytes + key_id.bytes
