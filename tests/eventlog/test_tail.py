"""The end of the log is read once for all who follow it, wherever each of them stands."""

import asyncio
import random
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta, timezone
from uuid import uuid4

import pytest

from shared.eventlog import tail as tails
from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded
from tests.conftest import Again, NewLog
from tests.garden import AT, Planted, Watered, new

WINDOW = 7


class Counted(Log):
    """Counts how many events were read."""

    def __init__(self, like: Log):
        super().__init__(like.own, like.pool)
        self.fetched = 0

    async def read(self, after: int, *, limit: int, types: Collection[str] | None = None) -> list[Recorded]:
        events = await super().read(after, limit=limit, types=types)
        self.fetched += len(events)
        return events


@pytest.fixture
async def counted(new_log: NewLog, monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr(tails, "MOST", WINDOW)
    log = await new_log("garden")
    counted = Counted(log)
    monkeypatch.setattr(counted, "writer", log.writer)
    return counted


async def plant(log: Log, number: int) -> list[int]:
    return [await log.append([new(f"plant-{uuid4()}", 1, Planted(bed="rose"))]) for _ in range(number)]


async def test_everybody_sees_every_event_once_whatever_their_pace(counted: Counted) -> None:
    dice, tail = random.Random(7), counted.tail
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
    tail = counted.tail
    first, second, third, *_ = await plant(counted, 5)
    await tail.read(0)
    assert counted.fetched == 5
    one = await tail.read(first)
    other = await tail.read(second)
    assert one[0].position == second
    assert other[0].position == third
    assert one[1] is other[0]
    assert counted.fetched == 5


async def test_what_was_appended_here_is_at_hand_as_the_log_has_it(
    log: Log, as_another_process: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tails, "MOST", 50)
    dice, other, seen, read = random.Random(11), await as_another_process(log), list[Recorded](), 0
    fetch = log.read

    async def counting(after: int, *, limit: int, types: Collection[str] | None = None) -> list[Recorded]:
        nonlocal read
        events = await fetch(after, limit=limit, types=types)
        read += len(events)
        return events

    monkeypatch.setattr(log, "read", counting)
    for _ in range(80):
        await asyncio.gather(*(some(log, dice) for _ in range(dice.randrange(6))))
        if dice.random() < 0.2:
            await asyncio.gather(some(log, dice), some(other, dice))
        if dice.random() < 0.6:
            seen += await log.tail.read(seen[-1].position if seen else 0)
    while new := await log.tail.read(seen[-1].position if seen else 0):
        seen += new
    stored = await fetch(0, limit=10_000)
    assert len(seen) > 200
    assert [told(one) for one in seen] == [told(one) for one in stored]
    assert read < len(seen) / 2


async def some(log: Log, dice: random.Random) -> None:
    """An append of one event or of several, one of which happened where it was another time of the day."""
    stream, at = f"plant-{uuid4()}", AT.astimezone(timezone(timedelta(hours=dice.randrange(9))))
    first = replace(new(stream, 1, Planted(bed="rose")), occurred_at=at)
    await log.append([first, *(new(stream, 2 + nth, Watered(litres=nth)) for nth in range(dice.randrange(3)))])


def told(event: Recorded) -> tuple[object, ...]:
    """All that an event says."""
    at = (event.position, event.id, event.source, event.stream, event.version, event.type, event.schema)
    return *at, event.json, event.metadata_json, event.community, event.at.isoformat(), event.data
