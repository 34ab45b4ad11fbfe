"""By when an issue's steps are to be done, and what becomes of it in time."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake.deadlines import timing
from services.intake.deadlines.deadline import Stage
from services.intake.deadlines.policy import Policy, set_policy
from services.intake.deadlines.terms import Terms
from services.intake.issues import issue, merging
from services.intake.issues.issue import Issue, issues
from services.intake.reactions import reactions
from shared.calendar.days import Calendar, Year, read_calendar
from shared.calendar.hours import CHINA
from shared.contracts.event import Event
from shared.contracts.intake import (
    Deadline,
    DeadlineNear,
    DeadlineRule,
    IssueAccepted,
    IssueAcknowledged,
    IssueClassified,
    IssueEscalated,
    IssueFollowedUp,
    IssueOverdue,
    IssueRated,
    IssueResumed,
    IssueSplit,
    IssueSplitOff,
    IssueSuspended,
    IssueTakenIn,
    Kind,
    OfficeHours,
    Step,
    ToCommunity,
    ToConsultation,
    Urgency,
)
from shared.contracts.words import PersonId
from shared.deciding.refusals import NotValid
from shared.reacting.reactions import Await, Forget
from tests.domain.test_issue import CLOSED, NEIGHBOUR, ONE, OTHER, RAISER, WORKER, raised, referred
from tests.given import STREAM, follows, given

KNOWN = read_calendar(None)
UNTIL_2026 = Calendar({year: days for year, days in KNOWN.years.items() if year <= 2026})
TERMS = Terms(Policy(), UNTIL_2026)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)


def after(days: int, hours: int = 9) -> datetime:
    """An hour of a working day of the week that begins on MONDAY."""
    return MONDAY + timedelta(days=days, hours=hours - 9)


def timed(event: Any, state: Issue | None = None, at: datetime = MONDAY, terms: Terms = TERMS) -> Any:
    return timing.begin(state, event, terms, at)


RAISED = timed(raised())
ACKNOWLEDGED = timed(IssueAcknowledged(by=WORKER))


def due(event: Event) -> dict[Step, datetime]:
    deadlines: tuple[Deadline, ...] = getattr(event, "deadlines", ())
    return {one.step: one.due for one in deadlines}


def test_what_is_raised_is_to_be_acknowledged_within_a_working_day() -> None:
    assert due(RAISED) == {Step.ACKNOWLEDGE: after(0, 18)}
    assert RAISED.deadlines[0].warn_at == after(0, 16)
    assert RAISED.deadlines[0].escalate_at == after(1, 18)


def test_each_step_begins_with_the_one_before_and_ends_what_was_to_be_done() -> None:
    def clocks(*events: Event) -> frozenset[Step]:
        found = issues.fold(events)
        assert found is not None
        return found.clocks.steps

    assert clocks(RAISED, ACKNOWLEDGED) == {Step.REFER, Step.FINISH}
    to_talk, kept = timed(referred(ToConsultation())), timed(referred(ToCommunity()))
    assert clocks(RAISED, ACKNOWLEDGED, to_talk) == {Step.ACCEPT, Step.FINISH}
    assert clocks(RAISED, ACKNOWLEDGED, kept) == {Step.FINISH}
    assert clocks(RAISED, ACKNOWLEDGED, to_talk, IssueAccepted()) == {Step.FINISH}
    closed = timed(CLOSED)
    assert clocks(RAISED, ACKNOWLEDGED, kept, closed) == {Step.FOLLOW_UP}
    assert clocks(RAISED, ACKNOWLEDGED, kept, closed, IssueFollowedUp(by=WORKER, note="灯亮了")) == set()
    assert clocks(RAISED, ACKNOWLEDGED, kept, closed, IssueRated(by=RAISER, solved=True, satisfied=True)) == set()


def test_what_is_urgent_is_due_earlier_from_its_beginning_on() -> None:
    state = issues.fold([RAISED])
    classified = IssueClassified(by=WORKER, category="照明", urgency=Urgency.HIGH, kind=Kind.COMMON)
    assert due(timed(classified, state, after(0, 10))) == {Step.ACKNOWLEDGE: after(0, 11)}


def test_the_most_particular_rule_counts_and_everybodys_where_a_policy_says_nothing() -> None:
    def rule(hours: float, category: str | None = None, urgency: Urgency | None = None) -> DeadlineRule:
        return DeadlineRule(step=Step.FINISH, category=category, urgency=urgency, hours=hours)

    policy = Policy(rules=(rule(1), rule(2, urgency=Urgency.LOW), rule(3, "照明"), rule(4, "照明", Urgency.LOW)))
    assert policy.rule(Step.FINISH, "停车", Urgency.HIGH).hours == 1
    assert policy.rule(Step.FINISH, "停车", Urgency.LOW).hours == 2
    assert policy.rule(Step.FINISH, "照明", None).hours == 3
    assert policy.rule(Step.FINISH, "照明", Urgency.LOW).hours == 4
    assert policy.rule(Step.ACKNOWLEDGE, "照明", Urgency.LOW).hours == 16


@pytest.mark.parametrize(
    ("office", "rules", "code"),
    [
        ((("13:00", "18:00"), ("09:00", "12:00")), (), "office-hours-out-of-order"),
        ((("18:00", "09:00"),), (), "office-hours-out-of-order"),
        ((("09:00", "24:00"),), (8, 9), "deadline-rule-wrong"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(
    office: tuple[tuple[str, str], ...], rules: tuple[int, ...], code: str
) -> None:
    said: dict[str, Any] = {
        "sub_district": "nanjie",
        "by": WORKER,
        "office": tuple(OfficeHours(opens=opens, closes=closes) for opens, closes in office),
        "rules": tuple(DeadlineRule(step=Step.REFER, hours=hours) for hours in rules),
    }
    with pytest.raises(NotValid) as refused:
        set_policy(**said)
    assert refused.value.code == code


def test_time_says_near_overdue_and_escalated_each_once() -> None:
    deadline = RAISED.deadlines[0]
    near = DeadlineNear(step=Step.ACKNOWLEDGE, due=deadline.due)
    overdue = IssueOverdue(step=Step.ACKNOWLEDGE, due=deadline.due)
    escalated = IssueEscalated(reason="受理超期仍未办理", step=Step.ACKNOWLEDGE)
    said: list[Event] = [RAISED]
    for at, expected in (
        (deadline.warn_at, near),
        (deadline.warn_at, None),
        (deadline.due, overdue),
        (deadline.due, None),
        (deadline.escalate_at, escalated),
        (deadline.escalate_at, None),
    ):
        wanted = (expected,) if expected else ()
        given(issues, *said).when(timing.ring, step=Step.ACKNOWLEDGE, at=at).then(*wanted)
        said += wanted
    given(issues, RAISED).when(timing.ring, step=Step.ACKNOWLEDGE, at=deadline.escalate_at).then(overdue)
    given(issues, RAISED, ACKNOWLEDGED).when(timing.ring, step=Step.ACKNOWLEDGE, at=deadline.due).then()


def test_one_timer_runs_for_each_deadline_and_rings_when_something_is_to_be_said() -> None:
    [acknowledge], (refer, finish) = RAISED.deadlines, ACKNOWLEDGED.deadlines

    def timer(step: Step) -> str:
        return f"{STREAM}/{step}"

    assert follows(reactions, RAISED) == [Await("deadline", timer(Step.ACKNOWLEDGE), acknowledge.warn_at)]
    near = DeadlineNear(step=Step.ACKNOWLEDGE, due=acknowledge.due)
    assert follows(reactions, RAISED, near) == [Await("deadline", timer(Step.ACKNOWLEDGE), acknowledge.due)]
    assert follows(reactions, RAISED, near, ACKNOWLEDGED) == [
        Forget("deadline", timer(Step.ACKNOWLEDGE)),
        Await("deadline", timer(Step.FINISH), finish.warn_at),
        Await("deadline", timer(Step.REFER), refer.warn_at),
    ]


def test_while_suspended_no_time_passes() -> None:
    suspend: dict[str, Any] = {"by": WORKER, "reason": "等待供电公司停电计划", "terms": TERMS, "at": after(0, 11)}
    state = issues.fold([RAISED])
    assert state is not None
    suspended = timing.suspend(state, **suspend)
    assert [(one.step, one.hours) for one in suspended.left] == [(Step.ACKNOWLEDGE, 6)]
    given(issues, RAISED, suspended).when(timing.suspend, **suspend).fails("already-suspended")
    given(issues, RAISED, suspended).when(timing.ring, step=Step.ACKNOWLEDGE, at=after(4)).then()
    standing = issues.fold([RAISED, suspended])
    assert standing is not None
    resumed = timing.resume(standing, by=WORKER, terms=TERMS, at=after(2, 16))
    assert due(resumed) == {Step.ACKNOWLEDGE: after(3, 14)}
    given(issues, RAISED).when(timing.resume, by=WORKER, terms=TERMS, at=MONDAY).fails("not-suspended")


def test_what_is_done_while_suspended_is_not_to_be_done_again() -> None:
    suspended = IssueSuspended(by=WORKER, reason="等", left=(TERMS.left(RAISED.deadlines[0], MONDAY),))
    found = issues.fold([RAISED, suspended, ACKNOWLEDGED])
    assert found is not None
    assert timing.resume(found, by=WORKER, terms=TERMS, at=MONDAY) == IssueResumed(by=WORKER)


def test_a_step_gets_more_time_unless_it_is_overdue() -> None:
    said: dict[str, Any] = {
        "by": WORKER,
        "step": Step.ACKNOWLEDGE,
        "hours": 8.0,
        "reason": "找不到管线图",
        "terms": TERMS,
    }
    state = issues.fold([RAISED])
    assert state is not None
    assert due(timing.extend(state, **said)) == {Step.ACKNOWLEDGE: after(1, 18)}
    overdue = IssueOverdue(step=Step.ACKNOWLEDGE, due=RAISED.deadlines[0].due)
    given(issues, RAISED, overdue).when(timing.extend, **said).fails("deadline-passed")
    given(issues, RAISED).when(timing.extend, **{**said, "step": Step.REFER}).fails("deadline-not-running")
    given(issues, RAISED).when(timing.extend, **{**said, "hours": 1999.0}).fails("deadline-too-long")


DECEMBER = datetime(2026, 12, 31, 16, tzinfo=CHINA)


def test_a_year_that_nobody_has_published_makes_a_deadline_provisional_and_is_worked_out_anew_once() -> None:
    raised_then = timed(raised(), at=DECEMBER)
    [provisional] = raised_then.deadlines
    assert provisional.provisional
    assert provisional.due == datetime(2027, 1, 1, 16, tzinfo=CHINA)  # a Friday, and New Year's Day
    given(issues, raised_then).when(timing.recalculate, terms=TERMS).then()
    new_year = Year(frozenset({date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)}), frozenset())
    now_known = Terms(Policy(), Calendar({**UNTIL_2026.years, 2027: new_year}))
    state = issues.fold([raised_then])
    assert state is not None
    [anew] = timing.recalculate(state, terms=now_known)
    assert due(anew) == {Step.ACKNOWLEDGE: datetime(2027, 1, 4, 16, tzinfo=CHINA)}
    assert not anew.deadlines[0].provisional
    given(issues, raised_then, anew).when(timing.recalculate, terms=now_known).then()


def test_what_was_merged_is_split_again_with_its_voices_and_a_deadline() -> None:
    duplicate: list[Event] = [RAISED, ACKNOWLEDGED]
    into: list[Event] = [raised(NEIGHBOUR)]
    one, other = issues.fold(duplicate), issues.fold(into)
    assert one is not None
    assert other is not None
    ended, carried = merging.merge(one, other, by=WORKER, duplicate_id=ONE, into_id=OTHER)
    one, other = issues.fold([ended], one), issues.fold(carried, other)
    assert one is not None
    assert other is not None
    assert not one.clocks.steps
    left, back = merging.split(one, other, by=WORKER, duplicate_id=ONE, into_id=OTHER, terms=TERMS, at=after(1))
    again, alone = issues.fold([left], one), issues.fold([back], other)
    assert again is not None
    assert alone is not None
    assert (again.status, again.clocks.steps) == (issue.Status.ACKNOWLEDGED, {Step.REFER, Step.FINISH})
    assert (again.voices, alone.voices) == ({RAISER}, {NEIGHBOUR})
    assert back == IssueSplitOff(by=WORKER, issue=ONE, voices=(RAISER,))
    assert isinstance(left, IssueSplit)
    given(issues, *duplicate).when(
        merging.split, into=alone, by=WORKER, duplicate_id=ONE, into_id=OTHER, terms=TERMS, at=MONDAY
    ).fails("not-merged")


people = st.sets(st.integers(1, 6).map(lambda number: PersonId(UUID(int=number))))


@for_all(people, people, people)
def test_splitting_leaves_each_voice_where_it_was_before_and_the_other_duplicates_as_they_were(
    first: set[PersonId], second: set[PersonId], own: set[PersonId]
) -> None:
    def taking(number: int, voices: set[PersonId]) -> IssueTakenIn:
        return IssueTakenIn(by=WORKER, issue=(ONE, OTHER)[number], voices=tuple(voices))

    seconds = [issue.IssueSeconded(by=by) for by in own]
    both = issues.fold([raised(), *seconds, taking(0, first), taking(1, second)])
    assert both is not None
    assert both.voices == {RAISER} | own | first | second
    merged = issues.fold([raised(NEIGHBOUR), issue.IssueMerged(by=WORKER, into=OTHER)])
    assert merged is not None
    said: dict[str, Any] = {"by": WORKER, "duplicate_id": ONE, "into_id": OTHER, "terms": TERMS, "at": MONDAY}
    _, back = merging.split(merged, both, **said)
    rest = issues.fold([back], both)
    assert rest is not None
    assert rest.voices == {RAISER} | own | second
    assert set(back.voices) == first - rest.voices


@for_all(st.lists(st.sampled_from(["near", "overdue", "suspend", "resume", "acknowledge", "extend"]), max_size=12))
def test_whatever_happens_nothing_rings_for_what_is_done_or_stands_still(steps: list[str]) -> None:
    state = issues.fold([RAISED])
    at = MONDAY
    for step in steps:
        assert state is not None
        at += timedelta(hours=3)
        commands: dict[str, Any] = {
            "near": partial(timing.ring, step=Step.ACKNOWLEDGE, at=at),
            "overdue": partial(timing.ring, step=Step.ACKNOWLEDGE, at=RAISED.deadlines[0].due),
            "suspend": partial(timing.suspend, by=WORKER, reason="等", terms=TERMS, at=at),
            "resume": partial(timing.resume, by=WORKER, terms=TERMS, at=at),
            "acknowledge": timing.timed(TERMS, at, partial(issue.acknowledge, by=WORKER)),
            "extend": partial(timing.extend, by=WORKER, step=Step.ACKNOWLEDGE, hours=1.0, reason="等", terms=TERMS),
        }
        try:
            decided = commands[step](state)
        except issue.NotNow:
            continue
        state = issues.fold([decided] if isinstance(decided, Event) else decided, state)
        assert state is not None
        running, left = state.clocks.running, state.clocks.left
        assert not running.keys() & left.keys()
        assert all((clock.rings_at is None) == (clock.stage is Stage.ESCALATED) for clock in running.values())
        if state.status is not issue.Status.RAISED:
            assert Step.ACKNOWLEDGE not in state.clocks.steps
