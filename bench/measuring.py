"""How things are timed: many callers at once, alternating rounds, percentiles."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of calls took: calls a second, and seconds at the median and the 99th percentile."""

    per_second: float
    p50: float
    p99: float


async def seconds(call: Call) -> float:
    """How long one call takes."""
    began = perf_counter()
    await call()
    return perf_counter() - began


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def one_round(call: Call, *, callers: int, calls: int) -> Round:
    """`calls` calls by `callers` that each begin the next when the last is answered."""
    taken: list[float] = []
    left = calls

    async def caller() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            began = perf_counter()
            await call()
            taken.append(perf_counter() - began)

    began = perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return Round(len(taken) / (perf_counter() - began), percentile(taken, 0.5), percentile(taken, 0.99))


async def side_by_side(ours: Call, theirs: Call, *, callers: int, calls: int, rounds: int) -> tuple[Round, Round]:
    """Both in turn, A B A B …, after a round that doesn't count; of each figure its median over the rounds."""
    pairs = [
        (await one_round(ours, callers=callers, calls=calls), await one_round(theirs, callers=callers, calls=calls))
        for _ in range(rounds + 1)
    ][1:]
    return middle([one for one, _ in pairs]), middle([other for _, other in pairs])


def middle(rounds: Sequence[Round]) -> Round:
    """Each figure's median."""
    return Round(
        statistics.median(one.per_second for one in rounds),
        statistics.median(one.p50 for one in rounds),
        statistics.median(one.p99 for one in rounds),
    )
