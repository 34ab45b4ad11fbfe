"""What others' events, and the time, make intake do."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.chats import candidate
from services.intake.chats.candidate import candidates
from services.intake.deadlines import deadline
from services.intake.deadlines.deadline import Clock
from services.intake.deadlines.terms import TERMS
from services.intake.deadlines.timing import on_terms, ring
from services.intake.issues import issue
from services.intake.issues.issue import issues
from services.intake.visits.visit import raised
from shared.contracts.deliberation import ActionVerified, ConsultationProposed, ConsultationScheduled
from shared.contracts.event import Event
from shared.contracts.intake import (
    CandidateConfirmed,
    CandidateDropped,
    CandidateFound,
    CandidateMerged,
    DeadlineExtended,
    DeadlineNear,
    DeadlinesRecalculated,
    IssueClassified,
    IssueEscalated,
    IssueOverdue,
    IssueRaised,
    IssueResumed,
    IssueSplit,
    IssueSuspended,
    Step,
    VisitRecorded,
)
from shared.contracts.partner import FromIssue, WorkOrderAccepted, WorkOrderDeclined, WorkOrderIssued, WorkVerified
from shared.contracts.words import ConsultationId, IssueId, WorkOrderId
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Await, Do, Effect, Forget, Reactions, newest

reactions = Reactions()

RINGS = "deadline"
EXPIRES = "candidate-expires"


@reactions.on(ActionVerified)
def close_with_the_last_action(verified: ActionVerified, event: Recorded, _: Any) -> Iterable[Do]:
    """The last verified action closes the issues it came from."""
    if verified.remaining == 0:
        for issue_id in verified.issues:
            yield _timed(event, issue_id, issue.close, outcome=verified.report, within=event.community)


@reactions.on(WorkVerified)
def close_with_its_work_order(verified: WorkVerified, event: Recorded, _: Any) -> Iterable[Do]:
    """An issue that went straight to a unit is done when that unit's work is."""
    if isinstance(verified.origin, FromIssue):
        yield _timed(event, verified.origin.issue, issue.close, outcome=verified.report, within=event.community)


@reactions.on(WorkOrderDeclined)
def take_back_what_was_declined(declined: WorkOrderDeclined, event: Recorded, __: Any) -> Iterable[Do]:
    """An issue that went straight to a unit comes back when the unit does not take it on."""
    if isinstance(declined.origin, FromIssue):
        yield _timed(event, declined.origin.issue, issue.return_, reason=declined.reason)


@reactions.on(WorkOrderAccepted)
def accept_with_its_work_order(_: WorkOrderAccepted, event: Recorded, order: list[Recorded]) -> Iterable[Do]:
    """An issue that went straight to a unit is taken on with its work order."""
    issued = newest(WorkOrderIssued, order)
    if issued and isinstance(issued.origin, FromIssue):
        said = {"work_order": WorkOrderId(UUID(event.stream_id)), "within": event.community}
        yield Do(issues, issued.origin.issue, issue.accept, said)


@reactions.on(ConsultationScheduled)
def accept_with_its_consultation(_: ConsultationScheduled, event: Recorded, talk: list[Recorded]) -> Iterable[Do]:
    """An issue that is to be talked over is taken on when it is known when and where."""
    proposed = newest(ConsultationProposed, talk)
    for issue_id in proposed.issues if proposed else ():
        said = {"consultation": ConsultationId(UUID(event.stream_id)), "within": event.community}
        yield Do(issues, issue_id, issue.accept, said)


@reactions.on(
    *dict.fromkeys((*deadline.MEETS, *deadline.DROPS)),
    IssueRaised,
    IssueClassified,
    IssueSplit,
    IssueSuspended,
    IssueResumed,
    IssueEscalated,
    IssueOverdue,
    DeadlineNear,
    DeadlineExtended,
    DeadlinesRecalculated,
)
def set_the_clocks(_: Event, event: Recorded, stream: list[Recorded]) -> Iterable[Effect]:
    """One timer for each deadline that runs: it rings when something is to be said of it."""
    before, after = (_running(stream[:-1]), _running(stream))
    for step in sorted(before.keys() | after.keys()):
        if before.get(step) != after.get(step):
            rings_at = after[step].rings_at if step in after else None
            of = f"{event.stream_id}/{step}"
            yield Await(RINGS, of, rings_at) if rings_at else Forget(RINGS, of)


@reactions.when_due(RINGS)
def say_what_time_it_is(of: str, due: datetime) -> Do:
    """Near, overdue, or for the sub-district."""
    id, _, step = of.partition("/")
    return Do(issues, UUID(id), ring, {"step": Step(step), "at": due})


@reactions.on(CandidateFound)
def await_its_end(found: CandidateFound, event: Recorded, _: Any) -> Iterable[Effect]:
    """A candidate that nobody settles expires."""
    yield Await(EXPIRES, event.stream_id, found.expires)


@reactions.on(CandidateConfirmed, CandidateMerged, CandidateDropped)
def await_nothing_more(_: Any, event: Recorded, __: Any) -> Iterable[Effect]:
    """A candidate that is settled does not."""
    yield Forget(EXPIRES, event.stream_id)


@reactions.on(CandidateConfirmed)
def raise_what_was_confirmed(confirmed: CandidateConfirmed, event: Recorded, _: Any) -> Iterable[Effect]:
    """A confirmed candidate is an issue under the same id."""
    yield _raised(event, IssueId(UUID(event.stream_id)), candidate.raised, confirmed=confirmed)


@reactions.on(VisitRecorded)
def raise_what_was_found(visit: VisitRecorded, event: Recorded, _: Any) -> Iterable[Effect]:
    """What somebody spoke up about when they were called on is an issue, and a matter of its own."""
    for found in visit.found:
        yield _raised(event, found.id, raised, visit=visit, found=found)


@reactions.when_due(EXPIRES)
def let_it_expire(id: str, due: datetime) -> Do:
    """Its time is up."""
    return Do(candidates, id, candidate.expire, {"due": due})


def _running(stream: list[Recorded]) -> Mapping[Step, Clock]:
    found = issues.fold(one.data for one in stream)
    return found.clocks.running if found else {}


def _timed(event: Recorded, id: IssueId, command: Callable[..., Any], **said: Any) -> Do:
    """The command, with the deadlines that begin with what it decides."""
    arguments = {"command": command, "at": event.at, **said}
    return Do(issues, id, on_terms, arguments, looked_up={"terms": (TERMS, event.community)})


def _raised(event: Recorded, id: IssueId, command: Callable[..., Any], **said: Any) -> Do:
    """The same for a command that raises an issue."""
    return replace(_timed(event, id, command, **said), community=event.community, matter=True)
