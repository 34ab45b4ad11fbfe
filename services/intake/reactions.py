"""What others' events make intake do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake import candidate, issue
from services.intake.candidate import candidates
from shared.contracts.deliberation import ActionVerified
from shared.contracts.intake import (
    CandidateConfirmed,
    CandidateDropped,
    CandidateFound,
    CandidateMerged,
)
from shared.contracts.partner import FromIssue, WorkOrderDeclined, WorkVerified
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Await, Do, Effect, Forget, Reactions

reactions = Reactions()

EXPIRES = "candidate-expires"


@reactions.on(ActionVerified)
def close_with_the_last_action(verified: ActionVerified, event: Recorded, _: Any) -> Iterable[Do]:
    """The last verified action closes the issues it came from."""
    if verified.remaining == 0:
        for issue_id in verified.issues:
            yield Do(issue.issues, issue_id, issue.close, _closed(verified, event))


@reactions.on(WorkVerified)
def close_with_its_work_order(verified: WorkVerified, event: Recorded, _: Any) -> Iterable[Do]:
    """An issue that went straight to a unit is done when that unit's work is."""
    if isinstance(verified.origin, FromIssue):
        yield Do(issue.issues, verified.origin.issue, issue.close, _closed(verified, event))


def _closed(verified: ActionVerified | WorkVerified, event: Recorded) -> dict[str, Any]:
    return {"outcome": verified.report, "within": event.community}


@reactions.on(WorkOrderDeclined)
def take_back_what_was_declined(declined: WorkOrderDeclined, _: Recorded, __: Any) -> Iterable[Do]:
    """An issue that went straight to a unit comes back when the unit does not take it on."""
    if isinstance(declined.origin, FromIssue):
        yield Do(issue.issues, declined.origin.issue, issue.return_, {"reason": declined.reason})


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
    id = UUID(event.stream_id)
    yield Do(issue.issues, id, candidate.raised, {"confirmed": confirmed}, confirmed.community)


@reactions.when_due(EXPIRES)
def let_it_expire(id: str, due: datetime) -> Do:
    """Its time is up."""
    return Do(candidates, id, candidate.expire, {"due": due})
