"""Two processes decide on the same streams: what either remembers may be stale, what the log holds never wrong."""

import asyncio
import random
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.contracts.words import Role
from shared.deciding.act import Grant
from shared.deciding.answers import Accepted, Answers
from shared.deciding.refusals import Contended, NotAllowed, NotFound, NotNow, NotValid, Refusal
from shared.deciding.repository import Repository
from shared.eventlog.log import Log
from shared.eventlog.recorded import NewEvent
from shared.eventlog.writer import Answer, Conflict
from tests.conftest import Again, NewLog
from tests.gardening import FULL, Plant, gardener, held, plant, planted, plants, pour, tended, water

PLANTS = 3


class Overtaken(Log):
    """Somebody is always faster; counts the tries."""

    tries = 0

    async def append(self, events: Sequence[NewEvent], answer: Answer | None = None) -> int:
        self.tries += 1
        raise Conflict


async def refused(command: Awaitable[object]) -> str:
    with pytest.raises(Refusal) as caught:
        await command
    return caught.value.code


async def test_what_another_process_did_is_not_overlooked(log: Log, as_another_process: Again) -> None:
    here, there = tended(log), tended(await as_another_process(log))
    id = await planted(here)
    await there.execute(gardener(), id, water, litres=8)
    assert (await here.get(id)).litres == 0  # what it remembers
    assert await refused(here.execute(gardener(), id, water, litres=8)) == "does-not-hold-that"
    assert await held(log, id) == [8]
    await here.execute(gardener(), id, water, litres=2)
    assert await held(log, id) == [10]


async def test_nothing_is_refused_for_what_is_no_longer_so(log: Log, as_another_process: Again) -> None:
    here, there = tended(log), tended(await as_another_process(log))
    id = await planted(here, FULL)
    await there.execute(gardener(), id, water, litres=-FULL)
    assert (await here.get(id)).litres == FULL
    await here.execute(gardener(), id, water, litres=1)
    assert await held(log, id) == [1]


async def test_of_two_processes_that_start_a_stream_one_does(log: Log, as_another_process: Again) -> None:
    both = tended(log), tended(await as_another_process(log))
    ids = [uuid4() for _ in range(5)]
    for id in ids:
        outcomes = await asyncio.gather(
            *(one.create(gardener(), id, "north", plant, bed="north") for one in both), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in outcomes) == ["Accepted", "NotNow"]
        assert len(await log.stream(f"plant-{id}")) == 1
    assert await refused(both[0].create(gardener(), ids[0], "north", plant, bed="north")) == "plant-exists"


async def test_all_who_press_at_once_in_two_processes_get_their_turn(log: Log, as_another_process: Again) -> None:
    both = tended(log), tended(await as_another_process(log))
    id = await planted(both[0])
    drops = [1, -1] * 30
    presses = [both[nth % 4 // 2].execute(gardener(), id, water, litres=litres) for nth, litres in enumerate(drops)]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    done = [one for one in outcomes if isinstance(one, Accepted)]
    assert {type(one) for one in outcomes} <= {Accepted, NotNow}
    assert len({one.version for one in done}) == len(done)
    assert len(await log.stream(f"plant-{id}")) == 1 + len(done)
    assert len(done) > len(drops) / 2
    await held(log, id)


async def test_who_is_always_overtaken_is_told_to_come_again_and_may(log: Log) -> None:
    id = await planted(tended(log))
    slow = Overtaken(log.own, log.pool)
    with pytest.raises(Contended) as caught:
        await tended(slow).execute(gardener("k"), id, water, litres=1)
    assert (caught.value.code, caught.value.status) == ("too-busy", 503)
    assert 1 < slow.tries < 100
    accepted = await tended(log).execute(gardener("k"), id, water, litres=1)
    assert accepted.version == 2


commands = st.tuples(
    st.integers(0, 1),  # by which process
    st.integers(0, PLANTS - 1),  # from which plant
    st.one_of(st.none(), st.integers(0, PLANTS - 1)),  # into which, or from the can
    st.integers(-FULL, FULL),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@for_all(st.lists(commands, min_size=1, max_size=40), st.randoms(use_true_random=False))
async def test_whatever_two_processes_do_at_once_the_rules_hold_and_the_answers_are_true(
    log: Log, as_another_process: Again, story: list[tuple[int, int, int | None, int]], chance: random.Random
) -> None:
    both = tended(log), tended(await as_another_process(log))
    ids = [await planted(both[0], 5) for _ in range(PLANTS)]

    async def act(process: int, one: int, other: int | None, litres: int) -> int:
        """What came from the can."""
        await asyncio.sleep(chance.random() * 0.004)
        try:
            if other is None:
                await both[process].execute(gardener(), ids[one], water, litres=litres)
                return litres
            alike = one == other
            await both[process].execute_across(gardener(), (ids[one], ids[other]), pour, litres=litres, alike=alike)
        except (NotNow, NotValid):
            pass
        return 0

    async with asyncio.timeout(30):
        from_the_can = sum(await asyncio.gather(*(act(*command) for command in story)))
    assert sum(await held(log, *ids)) == 5 * PLANTS + from_the_can
    for repository in both:  # and what either remembers leads to what the log says
        for id, litres in zip(ids, await held(log, *ids), strict=True):
            assert await refused(repository.execute(gardener(), id, water, litres=FULL + 1)) == "does-not-hold-that"
            assert (await repository.get(id)).litres == litres


async def test_both_streams_go_on_or_neither(log: Log, as_another_process: Again) -> None:
    here, there = tended(log), tended(await as_another_process(log))
    one, other = await planted(here, 6), await planted(here, 6)
    await there.execute(gardener(), other, water, litres=2)
    assert await refused(here.execute_across(gardener(), (one, other), pour, litres=3)) == "does-not-hold-that"
    assert await held(log, one, other) == [6, 8]
    accepted = await here.execute_across(gardener("k"), (one, other), pour, litres=2)
    assert (accepted.id, accepted.version) == (str(one), 3)
    assert await held(log, one, other) == [4, 10]
    assert await refused(here.execute_across(gardener(), (one, uuid4()), pour, litres=1)) == "plant-not-found"
    assert await held(log, one, other) == [4, 10]
    assert await here.execute_across(gardener("k"), (one, other), pour, litres=2) == accepted
    assert await held(log, one, other) == [4, 10]


async def test_two_that_are_one_are_refused_and_nobody_waits(log: Log) -> None:
    here = tended(log)
    id = await planted(here, 6)
    async with asyncio.timeout(5):
        command = here.execute_across(gardener(), (id, id), pour, litres=1, alike=True)
        assert await refused(command) == "into-itself"
        await here.execute(gardener(), id, water, litres=1)


async def test_a_command_that_changes_nothing_is_accepted_and_appends_nothing(log: Log) -> None:
    here = tended(log)
    id = await planted(here)
    head = await log.head()
    for act in (gardener(), gardener("k"), gardener("k")):
        accepted = await here.execute(act, id, water, litres=0)
        assert (accepted.version, accepted.position) == (1, 0)
    assert await log.head() == head


async def test_only_who_may_touch_a_place_or_a_unit_does(log: Log) -> None:
    def unit(_: Plant) -> str:
        return "power"

    of_unit = Repository(replace(plants, unit=unit), log, Answers(log))
    id = await planted(tended(log))
    for grant, may in [
        (Grant(Role.SECRETARY, "north"), True),
        (Grant(Role.SECRETARY, "south"), False),
        (Grant(Role.OPERATOR, unit="power"), True),
        (Grant(Role.OPERATOR, unit="water"), False),
        (Grant(Role.STEWARD), True),
    ]:
        act = replace(gardener(), grants=(grant,))
        if may:
            await of_unit.execute(act, id, water, litres=1)
        else:
            with pytest.raises(NotAllowed):
                await of_unit.execute(act, id, water, litres=1)
    with pytest.raises(NotFound):
        await of_unit.execute(gardener(), uuid4(), water, litres=1)


async def test_a_matter_keeps_its_first_correlation(log: Log, as_another_process: Again) -> None:
    here, there = tended(log), tended(await as_another_process(log))
    id, matter, other = uuid4(), uuid4(), uuid4()
    await here.create(gardener(correlation=matter), id, "north", plant, bed="north")
    await there.execute(gardener(correlation=other), id, water, litres=1)
    assert {event.correlation for event in await log.stream(f"plant-{id}")} == {matter}
    own = await planted(here)
    assert {event.correlation for event in await log.stream(f"plant-{own}")} == {own}


async def test_positions_rise_with_every_answer(log: Log) -> None:
    here = tended(log)
    ids = [await planted(here) for _ in range(3)]
    positions = [(await here.execute(gardener(), id, water, litres=1)).position for id in ids]
    assert all(one < other for one, other in pairwise(positions))


async def test_more_streams_than_are_remembered_are_read_again(
    new_log: NewLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.deciding.repository.REMEMBERED", 2)
    log = await new_log("garden")
    here = tended(log)
    ids = [await planted(here, nth) for nth in range(1, 5)]
    for id in ids:
        await here.execute(gardener(), id, water, litres=1)
    assert await held(log, *ids) == [2, 3, 4, 5]
