"""What others' events, and the time, make partner do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.partner import work_order
from services.partner.work_order import work_orders
from shared.contracts.deliberation import ActionAssigned, ByUnit
from shared.contracts.intake import IssueReferred, ToUnit
from shared.contracts.partner import FromAction, FromIssue, WorkCompleted, WorkOrderDeclined, WorkOrderIssued
from shared.contracts.words import IssueId
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Await, Do, Effect, Forget, Reactions

reactions = Reactions()


@reactions.on(ActionAssigned)
def order_what_was_agreed(assigned: ActionAssigned, event: Recorded, _: Any) -> Iterable[Effect]:
    """An action assigned to a unit is a work order for it."""
    if isinstance(assigned.assignee, ByUnit):
        order = {
            "community": assigned.community,
            "unit": assigned.assignee.unit,
            "origin": FromAction(consultation=assigned.consultation, action=assigned.action),
            "task": assigned.task,
            "due": assigned.due,
        }
        yield Do(work_orders, uuid5(event.id, "work-order"), work_order.issue, order, assigned.community)


@reactions.on(IssueReferred)
def order_what_was_referred(referred: IssueReferred, event: Recorded, _: Any) -> Iterable[Effect]:
    """An issue referred straight to a unit is a work order for it."""
    if isinstance(referred.referral, ToUnit):
        order = {
            "community": referred.community,
            "unit": referred.referral.unit,
            "origin": FromIssue(issue=IssueId(UUID(event.stream_id))),
            "task": referred.matter,
            "due": None,
        }
        yield Do(work_orders, uuid5(event.id, "work-order"), work_order.issue, order, referred.community)


@reactions.on(WorkOrderIssued)
def await_it(issued: WorkOrderIssued, event: Recorded, _: Any) -> Iterable[Effect]:
    """A work order may have a time."""
    if issued.due:
        yield Await("work-order-overdue", event.stream_id, issued.due)


@reactions.on(WorkCompleted, WorkOrderDeclined)
def it_came(_: WorkCompleted | WorkOrderDeclined, event: Recorded, __: Any) -> Iterable[Effect]:
    """Done in time; or nothing that this unit will do."""
    yield Forget("work-order-overdue", event.stream_id)


@reactions.when_due("work-order-overdue")
def say_it_is_overdue(id: str, due: datetime) -> Do:
    """Its time is up."""
    return Do(work_orders, UUID(id), work_order.miss, {"due": due})
