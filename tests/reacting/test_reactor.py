"""Reactions and timers: once in effect, whatever crashes, and whoever believes to lead."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.deciding.answers import Answers
from shared.deciding.lookups import Lookups
from shared.deciding.repository import Events, Repository
from shared.eventlog.checkpoints import Overtaken, read_checkpoint
from shared.eventlog.log import Log
from shared.eventlog.recorded import NewEvent, Recorded
from shared.reacting.reactions import Await, Do, Effect, Forget, Reactions
from shared.reacting.reactor import FOLLOWER, GRACE, Reactor
from shared.settings import Settings
from tests.conftest import Again
from tests.garden import Labelled, Planted, Watered, Wilted
from tests.gardening import FULL, Plant, gardener, label, labels, planted, plants, tended, water, wilt

NOW = datetime(2024, 7, 1, 6, tzinfo=UTC)
reactions = Reactions()


@reactions.on(Planted)
def label_it(_: Planted, event: Recorded, __: Any) -> Iterable[Effect]:
    yield Do(labels, event.stream_id, label, {"text": event.stream_id}, event.community)


@reactions.on(Planted, Watered)
def it_may_wilt(event: Planted | Watered, record: Recorded, _: Any) -> Iterable[Effect]:
    if isinstance(event, Watered):
        yield Forget("wilts", record.stream_id)
    else:
        yield Await("wilts", record.stream_id, datetime.fromisoformat(event.kind))


@reactions.when_due("wilts")
def it_wilts(id: str, due: datetime) -> Do:
    return Do(plants, UUID(id), wilt, {"due": due})


class Crash(Exception):
    """The process is gone."""


class Crashing(Log):
    """Crashes once its reactor has decided: before it commits, or before it knows that it has."""

    when = "never"

    async def append_in(self, connection: Any, events: Sequence[NewEvent]) -> int:
        position = await super().append_in(connection, events)
        if self.when == "before commit":
            raise Crash
        return position

    def announce(self, position: int) -> None:
        if self.when == "after commit":
            raise Crash
        super().announce(position)


class Counting(Log):
    """Notes how many events each of its reactor's commits brings in."""

    def __init__(self, like: Log):
        super().__init__(like.own, like.pool)
        self.commits: list[int] = []

    async def append_in(self, connection: Any, events: Sequence[NewEvent]) -> int:
        position = await super().append_in(connection, events)
        self.commits.append(len(events))
        return position


class Clock:
    """What a reactor takes for now."""

    def __init__(self, at: datetime = NOW):
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def reactor(log: Log, clock: Clock | None = None) -> Reactor:
    """As a process that has just started has it."""
    answers = Answers(log)
    repositories: dict[str, Repository[Any]] = {
        "plant": Repository(plants, log, answers),
        "label": Repository(labels, log, answers),
    }
    return Reactor(log, reactions, repositories, Lookups(log, Settings()), clock or Clock())


@asynccontextmanager
async def at_work(*reactors: Reactor) -> AsyncGenerator[None]:
    """Leads all of them, as processes do that each believe to be the only one."""

    async def lead(work: Any) -> None:
        while True:
            with suppress(Overtaken):
                await work()
            await asyncio.sleep(0.01)

    works = [work for one in reactors for work in (one.follow, one.keep_time)]
    tasks = [asyncio.create_task(lead(work)) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def plant(log: Log, due: datetime, id: UUID | None = None) -> UUID:
    """A plant that wilts unless it is watered by then."""
    made = id or uuid4()
    repository = Repository(plants, log, Answers(log))
    await repository.create(gardener(), made, "north", lambda: Planted(bed="north", kind=due.isoformat()))
    return made


async def of(log: Log, event: type) -> list[Recorded]:
    return [one for one in await log.read(0, limit=10_000) if isinstance(one.data, event)]


async def caught_up(log: Log) -> None:
    """Returns when the reactor's checkpoint has passed what is in the log now."""
    head = await log.head()
    async with asyncio.timeout(20):
        while await read_checkpoint(log.pool, FOLLOWER) < head:
            await asyncio.sleep(0.02)


async def timers(log: Log) -> dict[str, datetime]:
    return {row["name"]: row["due"] for row in await log.pool.fetch("select name, due from timer")}


async def fired(log: Log) -> None:
    async with asyncio.timeout(20):
        while await timers(log):
            await asyncio.sleep(0.02)


LATER = NOW + timedelta(hours=3)


@pytest.mark.parametrize("when", ["before commit", "after commit"])
async def test_a_reactor_that_crashes_leaves_its_effect_to_happen_once(
    log: Log, as_another_process: Again, when: str
) -> None:
    id = await plant(log, LATER)
    dying = Crashing(log.own, log.pool)
    dying.when = when
    with pytest.raises(Crash):
        await reactor(dying).follow()
    async with at_work(reactor(await as_another_process(log))):
        await caught_up(log)
    [labelled] = await of(log, Labelled)
    assert labelled.stream_id == str(id)
    assert await timers(log) == {f"wilts:{id}": LATER}
    [cause] = await of(log, Planted)
    assert labelled.metadata["causation"] == str(cause.id)
    assert labelled.correlation == cause.correlation


async def test_what_follows_from_many_events_goes_in_together_and_one_that_is_overtaken_holds_none_back(
    log: Log, as_another_process: Again
) -> None:
    for _ in range(30):
        await plant(log, LATER)
    [first, *_] = await of(log, Planted)
    counting = Counting(await as_another_process(log))
    slow = reactor(counting)
    repository = slow.repositories["label"]
    loads = repository.load

    async def overtaken(id: object) -> Any:
        loaded = await loads(id)
        if str(id) == str(first.stream_id) and not loaded.version:  # somebody else is quicker
            other = Repository(labels, log, Answers(log))
            await other.create(gardener(), id, "north", lambda: Labelled(text="first"))
        return loaded

    repository.load = overtaken  # type: ignore[method-assign]
    async with at_work(slow):
        await caught_up(log)
    labelled = await of(log, Labelled)
    assert sorted(one.stream_id for one in labelled) == sorted(one.stream_id for one in await of(log, Planted))
    assert sum(counting.commits) == 29
    counting.commits.clear()
    for _ in range(30):
        await plant(log, LATER)
    async with at_work(slow):
        await caught_up(log)
    assert sum(counting.commits) == 30
    assert len(counting.commits) < 10


async def test_what_was_decided_before_a_crash_is_decided_again_under_the_same_id(
    log: Log, as_another_process: Again
) -> None:
    await plant(log, LATER)
    decided: list[UUID] = []

    class Watched(Crashing):
        async def append_in(self, connection: Any, events: Sequence[NewEvent]) -> int:
            decided.extend(event.id for event in events)
            return await super().append_in(connection, events)

    for _ in range(3):
        dying = Watched(log.own, log.pool)
        dying.when = "before commit"
        with pytest.raises(Crash):
            await reactor(dying).follow()
    async with at_work(reactor(await as_another_process(log))):
        await caught_up(log)
    [labelled] = await of(log, Labelled)
    assert set(decided) == {labelled.id}


async def test_of_two_that_believe_to_lead_each_event_has_one_effect(log: Log, as_another_process: Again) -> None:
    other = await as_another_process(log)
    async with at_work(reactor(log), reactor(other), reactor(log)):
        ids = [await plant((log, other)[nth % 2], LATER) for nth in range(60)]
        await caught_up(log)
    labelled = await of(log, Labelled)
    assert sorted(one.stream_id for one in labelled) == sorted(map(str, ids))
    assert set(await timers(log)) == {f"wilts:{id}" for id in ids}


async def test_timers_outlive_a_restart_and_fire_once_though_two_believe_to_lead(
    log: Log, as_another_process: Again
) -> None:
    async with at_work(reactor(log)):
        ids = [await plant(log, NOW + timedelta(minutes=nth)) for nth in range(1, 31)]
        await caught_up(log)
    assert await of(log, Wilted) == []
    assert len(await timers(log)) == 30
    later = Clock(NOW + timedelta(minutes=20))
    other = await as_another_process(log)
    async with at_work(reactor(log, later), reactor(other, later)):
        async with asyncio.timeout(20):
            while len(await timers(log)) > 10:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.6)  # another look at the timers
    wilted = await of(log, Wilted)
    assert sorted(one.stream_id for one in wilted) == sorted(map(str, ids[:20]))
    assert {one.metadata["actor"] for one in wilted} == {"reaction"}
    assert {one.correlation for one in wilted} == set(ids[:20])


async def test_what_comes_in_time_is_not_missed_and_what_is_decided_otherwise_is_not_done(log: Log) -> None:
    clock = Clock()
    async with at_work(reactor(log, clock)):
        in_time, between, late = [await plant(log, NOW + timedelta(minutes=1)) for _ in range(3)]
        await tended(log).execute(gardener(), in_time, water, litres=1)
        await caught_up(log)
        assert set(await timers(log)) == {f"wilts:{between}", f"wilts:{late}"}
    await tended(log).execute(gardener(), between, water, litres=1)  # nobody has heard of it when the time is up
    clock.at += timedelta(minutes=2)
    task = asyncio.create_task(reactor(log, clock).keep_time())
    await fired(log)
    task.cancel()
    assert [one.stream_id for one in await of(log, Wilted)] == [str(late)]


async def test_a_timer_that_this_code_knows_nothing_of_waits_for_one_that_does_and_holds_no_other_back(
    log: Log,
) -> None:
    id = await plant(log, NOW + timedelta(minutes=1))
    clock = Clock()
    async with at_work(reactor(log, clock)):
        await caught_up(log)
        await log.pool.execute("insert into timer values ('ripens:1', $1, $2, 1)", NOW, uuid4())
        clock.at += timedelta(minutes=2)
        async with asyncio.timeout(20):
            while not await of(log, Wilted):
                await asyncio.sleep(0.02)
    assert list(await timers(log)) == ["ripens:1"]
    assert [event.stream_id for event in await of(log, Wilted)] == [str(id)]


async def test_a_time_that_is_moved_is_waited_for_anew(log: Log) -> None:
    clock = Clock()
    other = Reactions()
    other.on(Planted)(it_may_wilt)

    @other.on(Watered)
    def not_so_soon(_: Watered, event: Recorded, __: Any) -> Iterable[Effect]:  # pyright: ignore[reportUnusedFunction]
        yield Await("wilts", event.stream_id, LATER)

    one = reactor(log, clock)
    one.reactions = other
    other.when_due("wilts")(it_wilts)
    async with at_work(one):
        id = await plant(log, NOW + timedelta(minutes=1))
        await caught_up(log)
        await tended(log).execute(gardener(), id, water, litres=1)
        await tended(log).execute(gardener(), id, water, litres=-1)
        await caught_up(log)
        clock.at += timedelta(minutes=2)
        await asyncio.sleep(0.8)
        assert await of(log, Wilted) == []
        clock.at = LATER
        await fired(log)
    assert [event.stream_id for event in await of(log, Wilted)] == [str(id)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@for_all(st.lists(st.timedeltas(timedelta(days=-700), timedelta(days=700)), min_size=1, max_size=5))
async def test_a_time_that_is_up_when_it_is_heard_of_waits_a_little_and_one_to_come_waits_for_itself(
    log: Log, ahead: list[timedelta]
) -> None:
    await log.pool.execute("delete from timer")
    async with at_work(reactor(log)):
        expected = {
            f"wilts:{await plant(log, NOW + one)}": NOW + (GRACE if one < timedelta() else one) for one in ahead
        }
        await caught_up(log)
    assert await timers(log) == expected


async def test_papers_typed_in_one_after_the_other_miss_nothing_and_what_is_missing_does(log: Log) -> None:
    clock = Clock()
    async with at_work(reactor(log, clock)):
        told, untold = [await plant(log, NOW - timedelta(days=300)) for _ in range(2)]
        await caught_up(log)
        clock.at += GRACE / 2
        await tended(log).execute(gardener(), told, water, litres=1)
        await caught_up(log)
        assert await of(log, Wilted) == []
        clock.at += GRACE
        await fired(log)
    assert [event.stream_id for event in await of(log, Wilted)] == [str(untold)]


async def test_what_is_refused_is_not_done_and_stands_in_nobodys_way(log: Log) -> None:
    refusing = Reactions()

    @refusing.on(Planted)
    def drown_it(_: Planted, event: Recorded, __: Any) -> Iterable[Effect]:  # pyright: ignore[reportUnusedFunction]
        yield Do(plants, UUID(event.stream_id), water, {"litres": 1_000})
        yield Do(plants, uuid4(), water, {"litres": 1})
        yield Do(labels, event.stream_id, label, {"text": "x"}, event.community)

    one = reactor(log)
    one.reactions = refusing
    async with at_work(one):
        ids = [await plant(log, LATER) for _ in range(3)]
        await caught_up(log)
    assert await of(log, Watered) == []
    assert [event.stream_id for event in await of(log, Labelled)] == list(map(str, ids))


async def test_a_reaction_decides_on_what_other_processes_have_done(log: Log, as_another_process: Again) -> None:
    topping_up = Reactions()

    def fill(plant: Plant) -> Events:
        return water(plant, litres=FULL - plant.litres)

    @topping_up.on(Labelled)
    def fill_it(_: Labelled, event: Recorded, __: Any) -> Iterable[Effect]:  # pyright: ignore[reportUnusedFunction]
        yield Do(plants, UUID(event.stream_id), fill)

    one = reactor(log)
    one.reactions = topping_up
    ids = [await planted(tended(log)) for _ in range(3)]
    for id in ids:
        assert (await one.repositories["plant"].get(id)).litres == 0  # what it remembers
    there = tended(await as_another_process(log))
    for id in ids:
        await there.execute(gardener(), id, water, litres=7)
    async with at_work(one):
        for id in ids:
            await Repository(labels, log, Answers(log)).create(gardener(), id, "north", label, text="x")
        await caught_up(log)
    assert [event.data.litres for event in await of(log, Watered) if isinstance(event.data, Watered)] == [7] * 3 + [
        3
    ] * 3
