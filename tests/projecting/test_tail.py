"""The end of the log is read once for all who follow it, wherever each of them stands."""

import random
from collections.abc import Sequence
from uuid import uuid4

import pytest

from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded
from shared.projecting import views
from shared.projecting.views import Tail
from tests.conftest import NewLog
from tests.garden import Planted, new

WINDOW = 7


class Counted(Log):
    """Counts how many events were read."""

    def __init__(self, like: Log):
        super().__init__(like.own, like.pool)
        self.fetched = 0

    async def read(self, after: int, *, limit: int, types: Sequence[str] | None = None) -> list[Recorded]:
        events = await super().read(after, limit=limit, types=types)
        self.fetched += len(events)
        return events


@pytest.fixture
async def counted(new_log: NewLog, monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr(views, "FOLLOW", WINDOW)
    log = await new_log("garden")
    counted = Counted(log)
    monkeypatch.setattr(counted, "writer", log.writer)
    return counted


async def plant(log: Log, number: int) -> list[int]:
    return [await log.append([new(f"plant-{uuid4()}", 1, Planted(bed="rose"))]) for _ in range(number)]


async def test_everybody_sees_every_event_once_whatever_their_pace(counted: Counted) -> None:
    dice, tail = random.Random(7), Tail(counted)
    written: list[int] = []
    seen: list[list[int]] = [[], [], []]
    for _ in range(60):
        written += await plant(counted, dice.randrange(WINDOW + 3))
        for one in seen:
            if dice.random() < 0.6:
                events = await tail.read(one[-1] if one else 0)
                one += [event.position for event in events[: dice.randint(1, WINDOW)]]
    for one in seen:
        while events := await tail.read(one[-1] if one else 0):
            one += [event.position for event in events]
        assert one == written


async def test_those_who_stand_apart_within_it_read_it_once(counted: Counted) -> None:
    tail = Tail(counted)
    first, second, third, *_ = await plant(counted, 5)
    await tail.read(0)
    assert counted.fetched == 5
    one = await tail.read(first)
    other = await tail.read(second)
    assert [event.position for event in one][0] == second
    assert [event.position for event in other][0] == third
    assert one[1] is other[0]
    assert counted.fetched == 5
