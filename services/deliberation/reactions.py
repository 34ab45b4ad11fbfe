"""What others' events, and the time, make deliberation do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.deliberation import consultation
from services.deliberation.consultation import consultations
from shared.contracts.deliberation import ActionAssigned, ActionCompleted
from shared.contracts.intake import IssueReferred, ToConsultation
from shared.contracts.partner import FromAction, WorkCompleted, WorkOrderDeclined, WorkReturned, WorkVerified
from shared.contracts.words import IssueId
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Await, Do, Effect, Forget, Reactions

reactions = Reactions()


@reactions.on(IssueReferred)
def propose_what_was_referred(referred: IssueReferred, event: Recorded, _: Any) -> Iterable[Effect]:
    """A matter referred to a consultation is put before one."""
    if isinstance(referred.referral, ToConsultation):
        issue = IssueId(UUID(event.stream_id))
        proposed = {"community": referred.community, "matter": referred.matter, "issues": (issue,)}
        yield Do(consultations, uuid5(event.id, "consultation"), consultation.propose, proposed, referred.community)


@reactions.on(WorkCompleted)
def complete_with_the_work(completed: WorkCompleted, _: Recorded, __: Any) -> Iterable[Effect]:
    """A unit's work done is its action done."""
    if isinstance(completed.origin, FromAction):
        said = {"action": completed.origin.action, "report": completed.report}
        yield Do(consultations, completed.origin.consultation, consultation.complete, said)


@reactions.on(WorkVerified)
def verify_with_the_work(verified: WorkVerified, _: Recorded, __: Any) -> Iterable[Effect]:
    """A unit's work verified is its action verified."""
    if isinstance(verified.origin, FromAction):
        said = {"action": verified.origin.action, "report": verified.report}
        yield Do(consultations, verified.origin.consultation, consultation.verify, said)


@reactions.on(WorkReturned)
def return_with_the_work(returned: WorkReturned, _: Recorded, __: Any) -> Iterable[Effect]:
    """A unit's work returned is its action returned."""
    if isinstance(returned.origin, FromAction):
        said = {"action": returned.origin.action, "reason": returned.reason}
        yield Do(consultations, returned.origin.consultation, consultation.return_, said)


@reactions.on(WorkOrderDeclined)
def give_back_what_was_declined(declined: WorkOrderDeclined, _: Recorded, __: Any) -> Iterable[Effect]:
    """A unit that does not take the work on has given its action back."""
    if isinstance(declined.origin, FromAction):
        said = {"action": declined.origin.action, "reason": declined.reason}
        yield Do(consultations, declined.origin.consultation, consultation.give_back, said)


@reactions.on(ActionAssigned)
def await_it(assigned: ActionAssigned, event: Recorded, _: Any) -> Iterable[Effect]:
    """An action has a time."""
    yield Await("action-overdue", f"{event.stream_id}/{assigned.action}", assigned.due)


@reactions.on(ActionCompleted)
def it_came(completed: ActionCompleted, event: Recorded, _: Any) -> Iterable[Effect]:
    """Done in time."""
    yield Forget("action-overdue", f"{event.stream_id}/{completed.action}")


@reactions.when_due("action-overdue")
def say_it_is_overdue(id: str, due: datetime) -> Do:
    """Its time is up."""
    of, _, action = id.partition("/")
    return Do(consultations, UUID(of), consultation.miss, {"action": UUID(action), "due": due})
