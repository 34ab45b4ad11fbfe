"""The toy contract's aggregate: a plant takes so much water and no more, and what leaves one plant is in another."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.event import Event
from shared.deciding.act import Act, Key
from shared.deciding.aggregate import Aggregate
from shared.deciding.answers import Answers
from shared.deciding.refusals import NotNow, NotValid
from shared.deciding.repository import Events, Repository
from shared.eventlog.log import Log
from tests.garden import AT, Labelled, Planted, Watered, Wilted

FULL = 10


@dataclass(frozen=True)
class Plant:
    """`litres` is never below none nor above FULL."""

    litres: int = 0
    wilted: bool = False


def evolve(plant: Plant | None, event: Event) -> Plant | None:
    match plant, event:
        case None, Planted():
            return Plant()
        case Plant(litres=had), Watered(litres=litres):
            return replace(plant, litres=had + litres)
        case Plant(), Wilted():
            return replace(plant, wilted=True)
        case _:
            return plant


def plant(*, bed: str) -> Planted:
    return Planted(bed=bed)


def water(plant: Plant, *, litres: int) -> Events:
    """Or take some away, where it is negative; nothing changes nothing."""
    if not 0 <= plant.litres + litres <= FULL:
        raise NotNow("does-not-hold-that", "装不下。", "It does not hold that.", litres=plant.litres)
    return Watered(litres=litres) if litres else []


def pour(from_: Plant, into: Plant, *, litres: int, alike: bool = False) -> tuple[Events, Events]:
    if alike:
        raise NotValid("into-itself", "不能倒给自己。", "Not into itself.")
    return water(from_, litres=-litres), water(into, litres=litres)


def wilt(plant: Plant, *, due: datetime) -> Wilted:
    if plant.litres:
        raise NotNow("was-watered", "浇过水了。", "It was watered.")
    return Wilted()


def label(*, text: str) -> Labelled:
    return Labelled(text=text)


plants = Aggregate("plant", evolve)
labels: Aggregate[str] = Aggregate("label", lambda text, event: event.text if isinstance(event, Labelled) else text)


def gardener(key: str | None = None, fingerprint: str = "f", caller: str = "gardener", **more: Any) -> Act:
    """An act of who may do everything, under a key where there is one."""
    return Act("gardener", AT, None, key=Key(caller, key, fingerprint) if key else None, **more)


def tended(log: Log) -> Repository[Plant]:
    """The plants of a log, as one process knows them."""
    return Repository(plants, log, Answers(log))


async def planted(repository: Repository[Plant], litres: int = 0) -> UUID:
    """A new plant with some water."""
    id = uuid4()
    await repository.create(gardener(), id, "north", plant, bed="north")
    if litres:
        await repository.execute(gardener(), id, water, litres=litres)
    return id


async def held(log: Log, *ids: UUID) -> list[int]:
    """The litres in each plant, by the log; asserts that the log never holds what no command may decide."""
    found: list[int] = []
    for id in ids:
        litres = 0
        events = await log.stream(f"plant-{id}")
        assert [event.version for event in events] == list(range(1, len(events) + 1))
        for event in events:
            if isinstance(event.data, Watered):
                litres += event.data.litres
                assert 0 <= litres <= FULL
        found.append(litres)
    return found
