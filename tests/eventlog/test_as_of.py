"""A past time is one place in the log, and stays it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.eventlog.log import Log, NotPast
from tests.conftest import NewLog, uri_of
from tests.garden import Planted, new

BEGAN = datetime(2024, 2, 29, tzinfo=UTC)


async def planted(log: Log, number: int) -> list[tuple[int, datetime]]:
    """Position and time of each of some events, appended one by one."""
    first = await log.head()
    for nth in range(number):
        await log.append([new(f"plant-{first}-{nth}", 1, Planted(bed="north"))])
    rows = await log.pool.fetch("select position, recorded_at from log where position > $1 order by position", first)
    return [(row["position"], row["recorded_at"]) for row in rows]


async def test_a_time_names_the_last_event_recorded_by_then(log: Log) -> None:
    found = await planted(log, 9)
    for nth, (position, at) in enumerate(found):
        before = found[nth - 1][0] if nth else 0
        assert await log.position_at(at) == position
        assert await log.position_at(at - timedelta(microseconds=1)) == before


async def test_before_there_was_anything_it_is_nothing_and_the_future_is_not_known(log: Log) -> None:
    assert await log.position_at(datetime.now(UTC)) == 0
    await planted(log, 1)
    assert await log.position_at(BEGAN) == 0
    with pytest.raises(NotPast):
        await log.position_at(datetime.now(UTC) + timedelta(seconds=5))


steps = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=25)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@for_all(steps)
async def test_wherever_positions_have_gaps_and_times_are_the_same(
    new_log: NewLog, story: Sequence[tuple[int, int]]
) -> None:
    log = await new_log("garden")
    position, at = 0, BEGAN
    known: list[tuple[int, datetime]] = []
    owner = await asyncpg.connect(uri_of(log))
    for gap, seconds in story:
        position, at = position + gap, at + timedelta(seconds=seconds)
        known.append((position, at))
        await owner.execute(
            "insert into log overriding system value values"
            " ($1, gen_random_uuid(), 'garden', $2, 1, 'planted', 1, '{}', '{}', 'north', $3, $3)",
            position,
            f"plant-{position}",
            at,
        )
    await owner.close()
    for half_seconds in range(-1, 2 * int((at - BEGAN).total_seconds()) + 2):
        asked = BEGAN + timedelta(seconds=half_seconds / 2)
        assert await log.position_at(asked) == max([0, *(one for one, then in known if then <= asked)])


async def test_a_clock_that_is_set_back_does_not_move_what_was_recorded_by_then(log: Log) -> None:
    await planted(log, 2)
    ahead = datetime.now(UTC) + timedelta(seconds=2)  # where the clock stood when this was recorded
    owner = await asyncpg.connect(uri_of(log))
    await owner.execute("update log set recorded_at = $1 where position = (select max(position) from log)", ahead)
    await owner.close()
    later = await planted(log, 2)
    assert [at for _, at in later] == [ahead, ahead]
    assert await log.position_at(datetime.now(UTC) - timedelta(seconds=0.001)) == later[0][0] - 2
    await asyncio.sleep(2.1)
    assert await log.position_at(ahead) == later[-1][0]


async def test_what_is_appended_together_is_recorded_at_once(log: Log) -> None:
    await log.append([new(f"plant-p{nth}", 1, Planted(bed="north")) for nth in range(50)])
    assert await log.pool.fetchval("select count(distinct recorded_at) from log") == 1


async def test_what_is_being_appended_is_waited_for(log: Log) -> None:
    await planted(log, 1)
    async with log.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        position = await log.append_in(connection, [new("plant-slow", 1, Planted(bed="north"))])
        at = await connection.fetchval("select recorded_at from log where position = $1", position)
        asking = asyncio.create_task(log.position_at(at))
        await asyncio.sleep(0.2)
        assert not asking.done()
        await transaction.commit()
    assert await asking == position
    await planted(log, 1)
    assert await log.position_at(at) == position
