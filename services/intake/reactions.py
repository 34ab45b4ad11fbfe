"""What others' events make intake do."""

from collections.abc import Iterable
from typing import Any

from services.intake import issue
from shared.contracts.deliberation import ActionVerified
from shared.contracts.partner import FromIssue, WorkOrderDeclined, WorkVerified
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Do, Reactions

reactions = Reactions()


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
