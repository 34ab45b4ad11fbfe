"""A work order 工单: what a partner unit is asked to do, from issued to verified."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.contracts.event import Event
from shared.contracts.partner import (
    Origin,
    SiteSurveyed,
    WorkCompleted,
    WorkOrderAccepted,
    WorkOrderDeclined,
    WorkOrderIssued,
    WorkOrderOverdue,
    WorkReturned,
    WorkStarted,
    WorkVerified,
)
from shared.contracts.words import PersonId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotNow


class Status(StrEnum):
    """How far a work order is."""

    ISSUED = "issued"
    ACCEPTED = "accepted"
    STARTED = "started"
    COMPLETED = "completed"
    VERIFIED = "verified"
    DECLINED = "declined"


UNDER_WAY = frozenset({Status.ACCEPTED, Status.STARTED})


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """What the commands below need to know."""

    unit: str
    status: Status
    origin: Origin
    overdue: bool = False


def evolve(order: WorkOrder | None, event: Event) -> WorkOrder | None:
    """What an event makes of a work order."""
    match order, event:
        case None, WorkOrderIssued(unit=unit, origin=origin):
            return WorkOrder(unit, Status.ISSUED, origin)
        case WorkOrder(), WorkOrderAccepted():
            return replace(order, status=Status.ACCEPTED)
        case WorkOrder(), WorkOrderDeclined():
            return replace(order, status=Status.DECLINED)
        case WorkOrder(), WorkStarted() | WorkReturned():
            return replace(order, status=Status.STARTED)
        case WorkOrder(), WorkCompleted():
            return replace(order, status=Status.COMPLETED)
        case WorkOrder(), WorkVerified():
            return replace(order, status=Status.VERIFIED)
        case WorkOrder(), WorkOrderOverdue():
            return replace(order, overdue=True)
        case _:
            return order


def issue(*, community: str, unit: str, origin: Origin, task: str, due: datetime | None) -> WorkOrderIssued:
    """A unit is asked."""
    return WorkOrderIssued(community=community, unit=unit, origin=origin, task=task, due=due)


def accept(order: WorkOrder, *, by: PersonId) -> WorkOrderAccepted:
    """The unit takes it on."""
    _require(order, Status.ISSUED)
    return WorkOrderAccepted(by=by)


def decline(order: WorkOrder, *, by: PersonId, reason: str) -> WorkOrderDeclined:
    """The unit does not, and says why."""
    _require(order, Status.ISSUED)
    return WorkOrderDeclined(by=by, origin=order.origin, reason=reason)


def survey(order: WorkOrder, *, by: PersonId, findings: str) -> SiteSurveyed:
    """Any number of times."""
    _require(order, *UNDER_WAY)
    return SiteSurveyed(by=by, findings=findings)


def start(order: WorkOrder, *, by: PersonId) -> WorkStarted:
    """Under way."""
    _require(order, Status.ACCEPTED)
    return WorkStarted(by=by)


def complete(order: WorkOrder, *, by: PersonId, report: str) -> WorkCompleted:
    """The unit says that it is done."""
    _require(order, *UNDER_WAY)
    return WorkCompleted(by=by, origin=order.origin, report=report)


def verify(order: WorkOrder, *, by: PersonId, report: str) -> WorkVerified:
    """Somebody of the community has seen that it is."""
    _require(order, Status.COMPLETED)
    return WorkVerified(by=by, origin=order.origin, report=report)


def return_(order: WorkOrder, *, by: PersonId, reason: str) -> WorkReturned:
    """Somebody of the community has seen that it is not."""
    _require(order, Status.COMPLETED)
    return WorkReturned(by=by, origin=order.origin, reason=reason)


def miss(order: WorkOrder, *, due: datetime) -> list[WorkOrderOverdue]:
    """Its time is up: said once, and only if it is not done."""
    if order.overdue or order.status in (Status.COMPLETED, Status.VERIFIED, Status.DECLINED):
        return []
    return [WorkOrderOverdue(unit=order.unit, due=due)]


def _require(order: WorkOrder, *statuses: Status) -> None:
    if order.status not in statuses:
        raise NotNow(
            "work-order-not-there",
            "工单目前的状态不能这样办，请先看 state。",
            "The work order is not at that point: see `state`.",
            state=order.status,
        )


work_orders = Aggregate("work_order", evolve, unit=lambda order: order.unit)
