"""The log: what is appended is in it once, in one order."""

import asyncio
import random
from collections import defaultdict

import asyncpg
import pytest

from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded
from shared.eventlog.writer import Answer, Conflict, KeyAnswered
from tests.garden import Planted, Watered, new

EVENTS = 100_000
WRITERS = 16
STREAMS = 40
PER_APPEND = 25


async def test_a_stream_goes_on_from_its_newest_version_only(log: Log) -> None:
    await log.append([new("plant-1", 1, Planted(bed="north"))])
    await log.append([new("plant-1", 2, Watered(litres=1)), new("plant-1", 3, Watered(litres=2))])
    with pytest.raises(Conflict):
        await log.append([new("plant-1", 3, Watered(litres=9))])
    with pytest.raises(Conflict):
        await log.append([new("plant-1", 5, Watered(litres=9)), new("plant-1", 6, Watered(litres=9))])
    assert [event.version for event in await log.stream("plant-1")] == [1, 2, 3]


async def test_of_many_at_once_each_goes_in_wholly_or_not_at_all(log: Log) -> None:
    await log.append([new("plant-0", 1, Planted(bed="north"))])
    good = [log.append([new(f"plant-{n}", 1, Planted(bed="north"))]) for n in range(1, 60)]
    bad = log.append([new("plant-60", 1, Planted(bed="north")), new("plant-0", 1, Planted(bed="north"))])
    *positions, refused = await asyncio.gather(*good, bad, return_exceptions=True)
    assert isinstance(refused, Conflict)
    assert len(set(positions)) == 59
    assert await log.stream("plant-60") == []


async def test_two_at_once_on_one_stream_one_wins(log: Log) -> None:
    outcomes = await asyncio.gather(
        *(log.append([new("plant-1", 1, Planted(bed=str(n)))]) for n in range(20)), return_exceptions=True
    )
    assert sum(isinstance(one, int) for one in outcomes) == 1
    assert sum(isinstance(one, Conflict) for one in outcomes) == 19


async def test_a_key_lets_one_append_through_and_remembers_its_answer(log: Log) -> None:
    key = Answer("gardener", "k1", "f", '{"accepted":{}}')
    outcomes = await asyncio.gather(
        *(log.append([new(f"plant-{n}", 1, Planted(bed="north"))], key) for n in range(10)), return_exceptions=True
    )
    [position] = [one for one in outcomes if isinstance(one, int)]
    assert sum(isinstance(one, KeyAnswered) for one in outcomes) == 9
    assert await log.answered("gardener", "k1") == ("f", '{"accepted":{}}', position)
    assert await log.head() == position


async def test_the_service_may_add_to_its_log_but_never_change_it(log: Log) -> None:
    await log.append([new("plant-1", 1, Planted(bed="north"))])
    for sql in ("update log set community = 'south'", "delete from log", "truncate log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await log.pool.execute(sql)


async def test_readers_miss_nothing_while_sixteen_write_pause_and_roll_back(log: Log) -> None:
    written: set[str] = set()
    done = asyncio.Event()
    versions: dict[str, int] = defaultdict(int)

    async def write(seed: int) -> None:
        chance = random.Random(seed)
        async with log.pool.acquire() as connection:
            while len(written) < EVENTS:
                stream = f"plant-{chance.randrange(STREAMS)}"
                after = versions[stream]
                events = [new(stream, after + n, Watered(litres=n)) for n in range(1, PER_APPEND + 1)]
                transaction = connection.transaction()
                await transaction.start()
                try:
                    await log.append_in(connection, events)
                except Conflict:
                    await transaction.rollback()
                    versions[stream] = max(versions[stream], (await log.stream(stream))[-1].version)
                    continue
                if chance.random() < 0.05:
                    await asyncio.sleep(chance.random() * 0.004)
                if chance.random() < 0.1:
                    await transaction.rollback()
                    continue
                await transaction.commit()
                versions[stream] = max(versions[stream], events[-1].version)
                written.update(str(event.id) for event in events)

    async def read() -> list[Recorded]:
        seen: list[Recorded] = []
        while True:
            finished = done.is_set()
            events = await log.read(seen[-1].position if seen else 0, limit=2_000)
            seen += events
            if finished and not events:
                return seen
            await asyncio.sleep(0)

    readers = [asyncio.create_task(read()) for _ in range(2)]
    await asyncio.gather(*(write(seed) for seed in range(WRITERS)))
    done.set()
    for seen in await asyncio.gather(*readers):
        assert {str(event.id) for event in seen} == written
        at: dict[str, int] = defaultdict(int)
        for event in seen:
            assert event.version == at[event.stream] + 1
            at[event.stream] = event.version
    assert len(written) >= EVENTS
