"""Rebuilding a view, and what reading and appending cost, in a log of 5 million events against a small one."""

import statistics
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.filling import COMMUNITIES, fill
from bench.logs import database_for, opened, raised
from bench.measuring import Call, one_round
from bench.result import Result
from bench.standing import Followed, following
from services.intake.issues.views import Ledger
from shared.deciding.scope import Scope
from shared.eventlog.log import Log


@dataclass(frozen=True, slots=True)
class Filled:
    """A log of some size, and its ledger as this process keeps it up."""

    log: Log
    ledger: Followed
    events: int

    @property
    def per_second(self) -> float:
        """Events a second that the rebuild took in."""
        return self.events / self.ledger.seconds


@asynccontextmanager
async def filled(server: str, events: int) -> AsyncGenerator[Filled]:
    """A log of so many events; its ledger built from nothing, by the runtime that a service has, and timed."""
    async with database_for(server, "intake") as (uri, own):
        await fill(uri, events)
        async with opened(uri, own, "intake") as log, following(uri, own, log, [Ledger]) as followed:
            yield Filled(log, followed, events)


async def growth(small: Call, large: Call, calls: int, rounds: int) -> tuple[float, float, float]:
    """The ratio of the medians of a call on a large log and on a small one, in turn; and both medians, seconds."""
    pairs = [
        (
            (await one_round(small, callers=1, calls=calls)).p50,
            (await one_round(large, callers=1, calls=calls)).p50,
        )
        for _ in range(rounds + 1)
    ][1:]
    return (
        statistics.median(after / before for before, after in pairs),
        statistics.median(before for before, _ in pairs),
        statistics.median(after for _, after in pairs),
    )


async def rebuild_and_growth(server: str, small: int, medium: int, large: int, calls: int, rounds: int) -> list[Result]:
    """How fast a view is built anew, and how little a log's size matters: to that, to an append, to a page."""
    async with filled(server, medium) as middling:
        pass
    async with filled(server, small) as little, filled(server, large) as big:

        def append(to: Filled) -> Call:
            return lambda: to.log.append((raised(),))

        def page(of: Filled) -> Call:
            turn = iter(range(10**9))

            def call() -> Awaitable[bytes]:
                community = f"c-{next(turn) % COMMUNITIES}"
                secretary = Scope(communities=frozenset({community}))
                return of.ledger.reader.list(secretary, Ledger, {"community": community}, limit=20)

            return call

        appended = await growth(append(little), append(big), calls, rounds)
        listed = await growth(page(little), page(big), calls, rounds)
    per_event = middling.per_second / big.per_second
    return [
        Result(
            "rebuild_events_per_s",
            big.per_second,
            60_000,
            "higher",
            {"events": big.events, "s": big.ledger.seconds, "CPU s of this process": big.ledger.cpu},
            unit="events/s",
        ),
        Result(
            "rebuild_growth",
            per_event,
            1.2,
            "lower",
            {f"events/s of {one.events:,}": one.per_second for one in (middling, big)},
        ),
        _grown("append_growth", appended),
        _grown("list_growth", listed),
    ]


def _grown(name: str, growth: tuple[float, float, float]) -> Result:
    ratio, small, large = growth
    return Result(name, ratio, 1.3, "lower", {"small p50 ms": small * 1e3, "large p50 ms": large * 1e3})
