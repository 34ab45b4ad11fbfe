"""What becomes of an issue's deadlines: which begin with what is decided, and what time itself, the secretary and a
new calendar make of them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from services.intake.deadlines.deadline import Stage
from services.intake.deadlines.terms import Terms
from services.intake.issues.issue import Issue, Status, evolve, require_open
from shared.contracts.event import Event
from shared.contracts.intake import (
    DeadlineExtended,
    DeadlineNear,
    DeadlinesRecalculated,
    IssueAcknowledged,
    IssueClassified,
    IssueClosed,
    IssueEscalated,
    IssueOverdue,
    IssueRaised,
    IssueReferred,
    IssueReopened,
    IssueResumed,
    IssueReturned,
    IssueSplit,
    IssueSuspended,
    Step,
    ToCommunity,
)
from shared.contracts.words import PersonId
from shared.deciding.refusals import NotNow, NotValid

E = TypeVar("E", bound=Event)
P = ParamSpec("P")
BY_STATUS = {
    Status.RAISED: (Step.ACKNOWLEDGE,),
    Status.ACKNOWLEDGED: (Step.REFER, Step.FINISH),
    Status.REFERRED: (Step.FINISH,),
}
"""What is to be done with an issue that stands there."""
NAMES = {
    Step.ACKNOWLEDGE: "受理",
    Step.REFER: "转办",
    Step.ACCEPT: "接办",
    Step.FINISH: "办结",
    Step.FOLLOW_UP: "回访",
}
LONGEST = 2000
"""Working hours, a year of them."""


def timed(
    terms: Terms, at: datetime, command: Callable[P, Event | Sequence[Event]]
) -> Callable[P, Event | Sequence[Event]]:
    """The command on one issue, its events saying which deadlines begin with them at that time."""

    def decide(*args: P.args, **kwargs: P.kwargs) -> Event | Sequence[Event]:
        state = next((one for one in args if isinstance(one, Issue)), None)
        decided = command(*args, **kwargs)
        if isinstance(decided, Event):
            return begin(state, decided, terms, at)
        events: list[Event] = []
        for event in decided:
            events.append(begin(state, event, terms, at))
            state = evolve(state, events[-1])
        return events

    return decide


def on_terms(
    *issue: Issue, command: Callable[..., Event | Sequence[Event]], at: datetime, terms: Terms, **said: Any
) -> Event | Sequence[Event]:
    """The same for a reaction, which hears of the terms when it is carried out; without an issue, one is raised."""
    return timed(terms, at, command)(*issue, **said)


def begin(issue: Issue | None, event: E, terms: Terms, at: datetime) -> E:
    """The event, with the deadlines that begin with it."""
    if isinstance(event, IssueClassified):
        return _classified(issue, event, terms)
    steps = _begun_by(issue, event)
    if not steps:
        return event
    of = (issue.category, issue.urgency) if issue else (None, None)
    return event.model_copy(update={"deadlines": tuple(terms.deadline(step, at, *of) for step in steps)})


def _begun_by(issue: Issue | None, event: Event) -> tuple[Step, ...]:
    match event:
        case IssueRaised():
            return (Step.ACKNOWLEDGE,)
        case IssueAcknowledged() | IssueReopened():
            return (Step.REFER, Step.FINISH)
        case IssueReturned():
            return (Step.REFER,)
        case IssueReferred(referral=referral):
            return () if isinstance(referral, ToCommunity) else (Step.ACCEPT,)
        case IssueClosed():
            return (Step.FOLLOW_UP,)
        case IssueSplit() if issue is not None and issue.merged_when is not None:
            return BY_STATUS[issue.merged_when]
        case _:
            return ()


def _classified(issue: Issue | None, event: IssueClassified, terms: Terms) -> IssueClassified:
    """What runs and is not overdue has from its beginning the time that such an issue has."""
    running = [] if issue is None else [one for one in issue.clocks.running.values() if not one.missed]
    anew = (terms.deadline(one.deadline.step, one.deadline.since, event.category, event.urgency) for one in running)
    return event.model_copy(update={"deadlines": tuple(anew)})


def ring(issue: Issue, *, step: Step, at: datetime) -> list[DeadlineNear | IssueOverdue | IssueEscalated]:
    """The time of a step is nearly up, up, or long up: each said once, and only the newest of what is late to say."""
    clock = issue.clocks.running.get(step)
    if clock is None:
        return []
    deadline = clock.deadline
    if not clock.missed and at >= deadline.due:
        return [IssueOverdue(step=step, due=deadline.due)]
    if clock.stage is Stage.RUNNING and at >= deadline.warn_at:
        return [DeadlineNear(step=step, due=deadline.due)]
    if clock.stage is Stage.OVERDUE and at >= deadline.escalate_at:
        return [IssueEscalated(reason=f"{NAMES[step]}超期仍未办理", step=step)]
    return []


def suspend(issue: Issue, *, by: PersonId, reason: str, terms: Terms, at: datetime) -> IssueSuspended:
    """What is not overdue stands still, with what is left of it."""
    require_open(issue)
    if issue.suspended:
        raise NotNow("already-suspended", "这件诉求已挂起。", "This issue is suspended already.")
    running = [clock.deadline for clock in issue.clocks.running.values() if not clock.missed]
    if not running:
        raise NotNow("nothing-to-suspend", "没有尚未超期的时限。", "No deadline runs that is not overdue.")
    return IssueSuspended(by=by, reason=reason, left=tuple(terms.left(deadline, at) for deadline in running))


def resume(issue: Issue, *, by: PersonId, terms: Terms, at: datetime) -> IssueResumed:
    """What stood still has what was left of it."""
    if not issue.suspended:
        raise NotNow("not-suspended", "这件诉求没有挂起。", "This issue is not suspended.")
    left = issue.clocks.left.values()
    anew = (terms.within(one.step, at, one.hours, one.warn, one.escalate) for one in left)
    return IssueResumed(by=by, deadlines=tuple(anew))


def extend(issue: Issue, *, by: PersonId, step: Step, hours: float, reason: str, terms: Terms) -> DeadlineExtended:
    """More time for what is not overdue yet."""
    clock = issue.clocks.running.get(step)
    if clock is None:
        raise NotNow("deadline-not-running", "该环节没有计时。", "No deadline of that step runs.", step=step)
    if clock.missed:
        raise NotNow(
            "deadline-passed", "该环节已超期，不能再延期。", "It is overdue: it can't be extended any more.", step=step
        )
    if clock.deadline.hours + hours > LONGEST:
        raise NotValid(
            "deadline-too-long",
            "时限累计不能超过 longest 个工时。",
            "A step may take `longest` working hours in all.",
            longest=LONGEST,
        )
    anew = terms.anew(clock.deadline, more=hours)
    return DeadlineExtended(by=by, step=step, hours=hours, reason=reason, deadlines=(anew,))


def recalculate(issue: Issue, *, terms: Terms) -> list[DeadlinesRecalculated]:
    """What was provisional and is not overdue, as far as the calendar knows its year by now."""
    provisional = [one.deadline for one in issue.clocks.running.values() if one.deadline.provisional and not one.missed]
    anew = [one for one in map(terms.anew, provisional) if not one.provisional]
    return [DeadlinesRecalculated(deadlines=tuple(anew))] if anew else []
