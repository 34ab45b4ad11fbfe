"""One key, one answer: whatever happens meanwhile, in whichever process, and however the first attempt ended."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.deciding.act import Act
from shared.deciding.answers import Accepted, Answers
from shared.deciding.refusals import NotNow, NotValid, Refusal
from shared.deciding.repository import Repository
from shared.eventlog.log import Log
from shared.eventlog.recorded import NewEvent
from shared.eventlog.writer import Answer
from tests.conftest import Again
from tests.gardening import FULL, Plant, gardener, held, plant, planted, plants, tended, water


class Broken(Log):
    """Its connection breaks when what was sent has been committed, and nobody hears of it."""

    async def append(self, events: Sequence[NewEvent], answer: Answer | None = None) -> int:
        await super().append(events, answer)
        raise ConnectionResetError


def said(refusal: Refusal) -> tuple[object, ...]:
    return refusal.status, refusal.code, refusal.zh, refusal.en, refusal.values


async def refusal_of(repository: Repository[Plant], act: Act, id: UUID, litres: int) -> tuple[object, ...]:
    with pytest.raises(Refusal) as caught:
        await repository.execute(act, id, water, litres=litres)
    return said(caught.value)


async def test_a_key_sent_to_two_processes_at_once_is_carried_out_by_one_and_answered_by_both(
    log: Log, as_another_process: Again
) -> None:
    both = tended(log), tended(await as_another_process(log))
    for nth in range(10):
        commands = (one.create(gardener(f"k{nth}"), uuid4(), "north", plant, bed="north") for one in both)
        one, other = await asyncio.gather(*commands)
        assert one == other
        assert len(await log.stream(f"plant-{one.id}")) == 1
    assert len(await log.read(0, limit=100)) == 10


async def test_a_refusal_stays_one_when_it_would_be_granted_now(log: Log, as_another_process: Again) -> None:
    here, there = tended(log), tended(await as_another_process(log))
    id = await planted(here, FULL)
    first = await refusal_of(here, gardener("k"), id, 1)
    assert first[:2] == (409, "does-not-hold-that")
    assert first[-1] == {"litres": FULL}
    await here.execute(gardener(), id, water, litres=-FULL)
    for one in (here, there, tended(log)):
        assert await refusal_of(one, gardener("k"), id, 1) == first
    assert await held(log, id) == [0]


async def test_what_is_not_there_stays_not_there_under_its_key(log: Log) -> None:
    here, id = tended(log), uuid4()
    first = await refusal_of(here, gardener("k"), id, 1)
    assert first[:2] == (404, "plant-not-found")
    await here.create(gardener(), id, "north", plant, bed="north")
    assert await refusal_of(here, gardener("k"), id, 1) == first
    await here.execute(gardener("other"), id, water, litres=1)


async def test_an_answer_stays_one_when_it_would_be_refused_now(log: Log) -> None:
    here = tended(log)
    id = await planted(here)
    first = await here.execute(gardener("k"), id, water, litres=FULL)
    assert await here.execute(gardener("k"), id, water, litres=FULL) == first
    assert (await refusal_of(here, gardener(), id, FULL))[1] == "does-not-hold-that"
    assert await held(log, id) == [FULL]


@pytest.mark.parametrize("litres", [1, FULL + 1], ids=["accepted", "refused"])
async def test_another_request_under_a_key_is_refused_and_another_callers_key_is_another(log: Log, litres: int) -> None:
    here = tended(log)
    id = await planted(here)
    with suppress(NotNow):
        await here.execute(gardener("k"), id, water, litres=litres)
    before = await log.head()
    with pytest.raises(NotValid) as caught:
        await here.execute(gardener("k", fingerprint="g"), id, water, litres=1)
    assert caught.value.code == "idempotency-key-reused"
    with pytest.raises(NotValid):
        await here.execute(gardener("k", fingerprint="g"), id, water, litres=FULL + 2)
    assert await log.head() == before
    await here.execute(gardener("k", fingerprint="g", caller="neighbour"), id, water, litres=1)


async def test_a_key_whose_request_still_runs_is_not_run_again(log: Log) -> None:
    here = tended(log)
    id = await planted(here)
    presses = [here.execute(gardener("k"), id, water, litres=1) for _ in range(5)]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert sum(isinstance(one, Accepted) for one in outcomes) == 1
    assert [one.code for one in outcomes if isinstance(one, NotNow)] == ["idempotency-key-in-use"] * 4
    assert await held(log, id) == [1]
    assert (await here.execute(gardener("k"), id, water, litres=1)).version == 2


async def test_after_an_outcome_nobody_heard_the_same_key_finds_out(log: Log) -> None:
    broken = Broken(log.own, log.pool)
    broken.writer.start()
    repository = Repository(plants, broken, Answers(broken))
    id = await planted(tended(log))
    with pytest.raises(ConnectionResetError):
        await repository.execute(gardener("k"), id, water, litres=FULL)
    again = await tended(log).execute(gardener("k"), id, water, litres=FULL)
    assert (again.version, await held(log, id)) == (2, [FULL])
    assert (await repository.get(id)).litres == FULL  # nor does it go on from what it only believes
    await broken.writer.stop()


attempts = st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(-FULL, FULL))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@for_all(st.lists(attempts, min_size=1, max_size=30))
async def test_however_often_a_key_is_sent_and_where_it_has_one_answer_and_one_effect(
    log: Log, as_another_process: Again, story: list[tuple[int, int, int]]
) -> None:
    both = tended(log), tended(await as_another_process(log))
    id = await planted(both[0], 5)
    run = uuid4().hex
    answers: dict[int, tuple[int, object]] = {}
    for process, key, litres in story:
        act = gardener(f"{run}-{key}", fingerprint=str(litres))
        try:
            answer: object = await both[process].execute(act, id, water, litres=litres)
        except Refusal as refusal:
            answer = said(refusal)
        first, expected = answers.setdefault(key, (litres, answer))
        if first == litres:
            assert answer == expected
        else:
            assert isinstance(answer, tuple)
            assert answer[1] == "idempotency-key-reused"
    accepted = [litres for litres, answer in answers.values() if isinstance(answer, Accepted)]
    assert await held(log, id) == [5 + sum(accepted)]
