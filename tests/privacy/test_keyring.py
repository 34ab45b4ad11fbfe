"""A service's keys: what a command decides is sealed before the log has it, and opened only with the person's key."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from shared.deciding.act import Act
from shared.deciding.answers import Answers
from shared.deciding.refusals import NotNow
from shared.deciding.repository import Repository
from shared.eventlog.log import Log
from shared.privacy import keyring as keyring_module
from shared.privacy.keks import KekAway, Keks, LocalKek
from shared.privacy.keyring import ERASED, KeyRing, kept
from shared.privacy.sealing import Place, new_secret
from shared.projecting import request_rebuild
from tests.conftest import NewLog
from tests.garden import AT
from tests.gardening import gardener, plant, plants
from tests.privacy.neighbours import Doors, Neighbour, keks, keyed, move_in, neighbours, whisper
from tests.projecting.test_views import following, rows

NAME, SECRET = "居民甲", "在家办公，电话13800000000"


class Street:
    """A log of the service `neighbours` whose people have keys."""

    def __init__(self, log: Log):
        self.log, self.keks = log, keks("kek-1")
        self.keyring = KeyRing("neighbours", log.pool, self.keks)
        self.repository: Repository[Neighbour] = Repository(neighbours, log, Answers(log), self.keyring)

    async def neighbour(self, name: str | None = NAME) -> UUID:
        """Somebody with a key, moved in."""
        person = uuid4()
        await keyed(self.log.pool, self.keks, person)
        await self.repository.create(gardener(), person, "north", move_in, house="3", name=name)
        return person

    async def name_of(self, who: UUID, **place: Any) -> Any:
        """What is shown of a name."""
        [event, *_] = await self.log.stream(f"neighbour-{who}")
        where: dict[str, Any] = {"stream": event.stream, "person": who, **place}
        return await self.keyring.open(kept(event, "name"), "name", **where)


@pytest.fixture
async def street(new_log: NewLog) -> Street:
    return Street(await new_log("neighbours"))


async def test_what_the_log_holds_is_sealed_and_opens_for_its_person_alone(street: Street) -> None:
    one, other = await street.neighbour(), await street.neighbour("居民乙")
    everything = str(await street.log.pool.fetch("select * from log"))
    assert NAME not in everything
    assert await street.name_of(one) == {"text": NAME}
    assert await street.name_of(one, person=other) == {"unreadable": True}
    assert await street.name_of(one, stream=f"neighbour-{other}") == {"unreadable": True}
    [event] = await street.log.stream(f"neighbour-{one}")
    assert await street.keyring.open(kept(event, "name"), "house", stream=event.stream, person=one) == {
        "unreadable": True
    }


async def test_an_event_may_be_about_somebody_else_than_whose_stream_it_is_in(street: Street) -> None:
    one, other = await street.neighbour(), await street.neighbour()
    await street.repository.execute(gardener(), one, whisper, about=other, what=SECRET)
    [_, event] = await street.log.stream(f"neighbour-{one}")
    assert (await street.keyring.told(event, other))["what"] == {"text": SECRET}
    assert (await street.keyring.told(event, one))["what"] == {"unreadable": True}
    assert (await street.keyring.told(event, other))["more"] is None


async def test_states_hold_what_is_sealed_and_never_the_text(street: Street) -> None:
    one = await street.neighbour()
    remembered = await street.repository.get(one)
    read = await Street(street.log).repository.get(one)
    assert remembered == read
    assert remembered.name is not None
    assert remembered.name.clear is None


async def test_who_has_no_key_can_have_nothing_sealed_but_everything_else(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring_module, "PATIENCE", 0.1)
    with pytest.raises(NotNow) as refused:
        await street.repository.create(gardener(), uuid4(), "north", move_in, house="3", name=NAME)
    assert refused.value.code == "no-personal-key"
    await street.repository.create(gardener(), uuid4(), "north", move_in, house="3", name=None)
    assert await street.log.head() == 1


async def test_a_key_that_is_on_its_way_is_waited_for(street: Street) -> None:
    person = uuid4()
    moving = asyncio.ensure_future(street.repository.create(gardener(), person, "north", move_in, house="3", name=NAME))
    await asyncio.sleep(0.2)
    await keyed(street.log.pool, street.keks, person)
    assert (await moving).version == 1
    assert await street.name_of(person) == {"text": NAME}


async def test_without_its_key_it_is_shown_as_erased_within_seconds(street: Street) -> None:
    one = await street.neighbour()
    assert await street.name_of(one) == {"text": NAME}
    await street.log.pool.execute("delete from person_key where person = $1", one)
    async with asyncio.timeout(keyring_module.FRESH + 1):
        while await street.name_of(one) != ERASED:
            await asyncio.sleep(0.1)


async def test_a_view_rebuilt_after_erasure_is_the_same_byte_for_byte_and_shows_it_as_erased(street: Street) -> None:
    one, other = await street.neighbour(), await street.neighbour("居民乙")
    async with following(street.log, Doors) as views:
        await views.get(Doors, str(one), read_after=await street.log.head())
        before = await rows(street.log, "doors")
        await street.log.pool.execute("delete from person_key where person = $1", one)
        street.keyring.forget(one)
        build = await request_rebuild(street.log.pool, Doors)
        state = "select state from views.view_build where build = $1"
        async with asyncio.timeout(10):
            while await street.log.pool.fetchval(state, build) != "active":
                await asyncio.sleep(0.05)
        assert await rows(street.log, "doors") == before
        shown: list[Any] = []
        for person in (one, other):
            row = orjson.loads(await views.get(Doors, str(person)) or b"")
            assert row["house"] == "3"
            where = f"neighbour-{person}"
            shown.append(await street.keyring.open(row["name"], "name", stream=where, person=person))
    assert shown == [ERASED, {"text": "居民乙"}]


async def test_a_key_wrapped_for_one_person_does_not_serve_another(street: Street) -> None:
    one, other = await street.neighbour(), await street.neighbour("居民乙")
    theirs = await street.log.pool.fetchrow("select key_id, wrapped from person_key where person = $1", other)
    swap = "update person_key set key_id = $2, wrapped = $3 where person = $1"
    await street.log.pool.execute(swap, one, *(theirs or ()))
    street.keyring.forget(one)
    assert await street.name_of(one) == {"unreadable": True}


async def test_a_key_that_cannot_be_unwrapped_now_is_not_taken_for_an_erased_one(street: Street) -> None:
    one = await street.neighbour()
    elsewhere = KeyRing("neighbours", street.log.pool, keks("kek-2"))
    with pytest.raises(KekAway):
        await elsewhere.key_of(one)


async def test_a_new_key_encryption_key_wraps_and_the_old_one_still_unwraps_without_a_restart(street: Street) -> None:
    made = [LocalKek("kek-1", new_secret())]
    changing = Keks(lambda: list(made), lambda: len(made))
    old = uuid4()
    await keyed(street.log.pool, changing, old)
    made.append(LocalKek("kek-2", new_secret()))
    new = uuid4()
    await keyed(street.log.pool, changing, new)
    ring = KeyRing("neighbours", street.log.pool, changing)
    assert await ring.key_of(old)
    assert await ring.key_of(new)
    assert await street.log.pool.fetchval("select kek from person_key where person = $1", new) == "kek-2"
    made.pop(0)
    ring.forget(old)
    with pytest.raises(KekAway):
        await ring.key_of(old)


async def test_nothing_is_asked_of_any_key_where_nothing_is_private(street: Street) -> None:
    class NoKeys(KeyRing):
        async def seal(self, events: Any) -> Any:
            raise AssertionError(events)

    repository = Repository(plants, street.log, Answers(street.log), NoKeys("garden", street.log.pool, street.keks))
    await repository.create(Act("gardener", AT, None), uuid4(), "north", plant, bed="north")
    assert await street.log.head() == 1


def test_a_place_is_told_without_doubt() -> None:
    one, other = uuid4(), uuid4()
    assert Place("a", "b-c", one, "d", other).to_bytes() != Place("a-b", "c", one, "d", other).to_bytes()
