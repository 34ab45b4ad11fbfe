"""The figures 三率 against a recount of the events, one by one, that knows nothing of the ledger."""

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake.deadlines import timing
from services.intake.deadlines.policy import Policy
from services.intake.deadlines.terms import Terms
from services.intake.issues import issue
from services.intake.issues.issue import issues
from services.intake.issues.views import Ledger
from services.intake.rates.rates import NUMBERS, Asked, Counted, Figure, rates
from shared.calendar.days import read_calendar
from shared.calendar.hours import CHINA
from shared.contracts.event import Event
from shared.contracts.intake import (
    IssueAcknowledged,
    IssueClassified,
    IssueMerged,
    IssueOverdue,
    IssueRaised,
    IssueRated,
    Kind,
    Step,
    ToCommunity,
    Urgency,
    Where,
)
from shared.contracts.words import Channel, IssueId, PersonId
from shared.deciding.act import EVERYTHING
from shared.deciding.refusals import Refusal
from shared.eventlog.log import Log
from shared.eventlog.recorded import Metadata, NewEvent
from shared.projecting.reader import scoped
from shared.projecting.reading import page_sql, tally_sql
from tests.conftest import NewLog
from tests.projecting.test_views import Whole, following

TERMS = Terms(Policy(), read_calendar(None))
RAISER, WORKER = PersonId(UUID(int=1)), PersonId(UUID(int=2))
MARCH = datetime(2026, 3, 2, 1, tzinfo=UTC)
PLACES, CATEGORIES = ("ruyi", "weixiao"), ("照明", "停车")
communities = (f"community-{number}" for number in count())
Told = tuple[datetime, Event]
History = list[Told]

steps = st.sampled_from(
    ["acknowledge", "classify", "urgent", "time", "refer", "answer", "good", "bad", "half", "withdraw", "merge"]
)


@st.composite
def histories(draw: st.DrawFn) -> dict[UUID, History]:
    """Some issues, each as the real commands make it, at times that pass."""
    return {uuid4(): draw(st.builds(history, st.lists(steps, max_size=12), moments, places)) for _ in range(6)}


moments = st.lists(st.integers(0, 30), min_size=13, max_size=13)
places = st.sampled_from([None, *PLACES])


def history(wanted: list[str], hours: list[int], place: str | None) -> History:
    """What happens, as far as it is not refused."""
    at, state, told = MARCH + timedelta(hours=hours[0]), None, list[Told]()
    for step, passes in zip(["raise", *wanted], hours, strict=False):
        at += timedelta(hours=passes)
        try:
            decided = timing.timed(TERMS, at, command(step, place, at))(*([state] if state else []))
        except Refusal:
            continue
        for event in [decided] if isinstance(decided, Event) else decided:
            state = issues.evolve(state, event)
            told.append((at, event))
    return told


def merged(_: Any) -> IssueMerged:
    return IssueMerged(by=WORKER, into=IssueId(UUID(int=9)))


def command(step: str, place: str | None, at: datetime) -> Any:
    classify = partial(issue.classify, by=WORKER, kind=Kind.COMMON)
    rate = partial(issue.rate, by=RAISER, comment=None)
    raised: dict[str, Any] = {
        "community": "yaopo",
        "by": RAISER,
        "recorded_by": None,
        "channel": Channel.WEB,
        "text": "灯",
    }
    return {
        "raise": partial(issue.raise_issue, **raised, where=Where(place=place)),
        "acknowledge": partial(issue.acknowledge, by=WORKER),
        "classify": partial(classify, category=CATEGORIES[0], urgency=Urgency.NORMAL),
        "urgent": partial(classify, category=CATEGORIES[1], urgency=Urgency.HIGH),
        "time": partial(timing.ring, step=Step.ACKNOWLEDGE, at=at),
        "refer": partial(issue.refer, by=WORKER, referral=ToCommunity()),
        "answer": partial(issue.answer, by=WORKER, answer="换了灯泡"),
        "good": partial(rate, solved=True, satisfied=True),
        "bad": partial(rate, solved=False, satisfied=False),
        "half": partial(rate, solved=True, satisfied=False),
        "withdraw": partial(issue.withdraw, by=RAISER, reason=None),
        "merge": merged,
    }[step]


def counts(told: History, figure: Figure) -> bool | None:
    """Whether an issue counts for a figure, and well: by its events alone."""
    if figure is not Figure.RESPONSE:
        ratings = [event for _, event in told if isinstance(event, IssueRated)]
        newest = ratings[-1] if ratings else None
        return newest and (newest.solved if figure is Figure.RESOLUTION else newest.satisfied)
    due: datetime | None = None
    answer: bool | None = None
    for at, event in told:
        for deadline in getattr(event, "deadlines", ()):
            due = deadline.due if deadline.step is Step.ACKNOWLEDGE else due
        match event:
            case IssueOverdue(step=Step.ACKNOWLEDGE):
                answer = False
            case IssueAcknowledged():
                assert due is not None
                answer = at <= due
            case _:
                pass
    return answer


def is_asked(told: History, asked: Asked) -> bool:
    (at, raised), *_ = told
    assert isinstance(raised, IssueRaised)
    classified = [event.category for _, event in told if isinstance(event, IssueClassified)]
    return (
        asked.first <= at.astimezone(CHINA).date() <= asked.last
        and (not asked.places or raised.where.place in asked.places)
        and (asked.category is None or classified[-1:] == [asked.category])
    )


async def written(log: Log, community: str, made: dict[UUID, History]) -> None:
    for id, told in made.items():
        metadata = Metadata(id)
        for version, (at, event) in enumerate(told, 1):
            said = event.model_copy(update={"community": community}) if isinstance(event, IssueRaised) else event
            await log.append([NewEvent(uuid4(), f"issue-{id}", version, said, metadata, community, at)])


days = st.integers(-1, 3).map(lambda passed: date(2026, 3, 2) + timedelta(days=passed))
questions = st.tuples(days, days, st.sets(st.sampled_from(PLACES)), st.sampled_from([None, *CATEGORIES]))


Kept = tuple[Log, Whole]


@pytest.fixture
async def kept(new_log: NewLog) -> AsyncGenerator[Kept]:
    log = await new_log("intake")
    async with following(log, Ledger) as views:
        yield log, views


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@for_all(histories(), st.lists(questions, min_size=3, max_size=3))
async def test_each_rate_is_what_a_recount_says_and_opens_to_just_the_issues_behind_it(
    kept: Kept, made: dict[UUID, History], asking: list[Any]
) -> None:
    log, views = kept
    community = next(communities)
    await written(log, community, made)
    await views.get(Ledger, "", read_after=await log.head())
    for one, other, places, category in [*asking, (date(2026, 3, 1), date(2026, 3, 9), set[str](), None)]:
        asked = Asked(community, min(one, other), max(one, other), tuple(places), category)
        told = rates(await views.reader.tally(EVERYTHING, Ledger, asked.where(), NUMBERS))
        for figure in Figure:
            counted = {str(id): counts(events, figure) for id, events in made.items() if is_asked(events, asked)}
            expected = {
                Counted.NUMERATOR: {id for id, good in counted.items() if good},
                Counted.DENOMINATOR: {id for id, good in counted.items() if good is not None},
            }
            for number, behind in expected.items():
                assert getattr(getattr(told, figure), number) == len(behind)
                page = await views.list(Ledger, asked.behind(figure, number), limit=200)
                assert {row["id"] for row in orjson.loads(page)["items"]} == behind


async def test_the_issues_of_a_period_are_read_by_an_index(kept: Kept) -> None:
    log, views = kept
    for n in range(4):
        made = {uuid4(): history(["acknowledge"], [n] * 13, None) for _ in range(40)}
        await written(log, f"north-{n}", made)
    await views.get(Ledger, "", read_after=await log.head())
    asked = Asked("north-2", date(2026, 3, 1), date(2026, 3, 9), (), "照明")
    for sql, values in (
        tally_sql(Ledger, asked.where(), NUMBERS),
        page_sql(Ledger, asked.behind(Figure.RESPONSE, Counted.NUMERATOR), None, 20),
    ):
        async with scoped(views.reader.pool, EVERYTHING) as connection:
            await connection.execute("set local enable_seqscan = off")
            plan = "\n".join(row[0] for row in await connection.fetch(f"explain {sql}", *values))
        index = next(line for line in plan.splitlines() if "Index Cond" in line)
        assert "community = " in index
        assert "raised_at >= " in index
