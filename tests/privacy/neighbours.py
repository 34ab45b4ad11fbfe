"""A toy contract with something private in it, people's keys for it, and who may see what."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from shared.contracts.event import THE_STREAM, Event
from shared.contracts.words import PersonId
from shared.deciding.aggregate import Aggregate
from shared.eventlog.connections import Pool
from shared.eventlog.recorded import Recorded
from shared.privacy.keks import Keks, LocalKek
from shared.privacy.keyring import about, kept
from shared.privacy.private import Private
from shared.privacy.sealing import new_secret
from shared.projecting import PUBLIC, Row, View

PUT = "insert into person_key (person, key_id, kek, wrapped) values ($1, $2, $3, $4)"


class MovedIn(Event, name="moved-in", subject=THE_STREAM):
    """迁入"""

    house: str
    name: Private[str] | None = None


class Whispered(Event, name="whispered", subject="about"):
    """私语"""

    about: PersonId
    what: Private[str]
    more: Private[str] | None = None


@dataclass(frozen=True)
class Neighbour:
    """Somebody who has moved in, by a name that is sealed."""

    name: Private[str] | None


def evolve(neighbour: Neighbour | None, event: Event) -> Neighbour | None:
    return Neighbour(event.name) if isinstance(event, MovedIn) else neighbour


def move_in(*, house: str, name: str | None) -> MovedIn:
    return MovedIn(house=house, name=None if name is None else Private(name))


def whisper(_: Neighbour, *, about: UUID, what: str, more: str | None = None) -> Whispered:
    return Whispered(about=PersonId(about), what=Private(what), more=None if more is None else Private(more))


neighbours = Aggregate("neighbour", evolve)


class Doors(View, number=1, scope=PUBLIC, events=(MovedIn,), columns={"house": "text"}, order="house"):
    """One row a neighbour."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case MovedIn(house=house):
                return {"id": event.stream_id, "house": house, "name": kept(event, "name")}
            case _:
                return row


def keks(*ids: str) -> Keks:
    """Key-encryption keys of those ids, made on the spot."""
    made = [LocalKek(id, new_secret()) for id in ids]
    return Keks(lambda: made)


async def keyed(pool: Pool, by: Keks, person: UUID) -> UUID:
    """Puts a new key for the person into a service's table; its id."""
    id, kek = uuid4(), by.newest()
    await pool.execute(PUT, person, id, kek.id, await kek.wrap(new_secret(), about(person, id)))
    return id
