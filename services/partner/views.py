"""Partner's read models."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from shared.contracts.partner import (
    ApiKeyIssued,
    ApiKeyRevoked,
    OperatorAppointed,
    PartnerUnitRegistered,
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
from shared.eventlog.recorded import Recorded
from shared.projecting import PUBLIC, Row, Said, Scoped, Slice, View, several


class WorkOrderRow(TypedDict):
    """A work order and how it went. Times are RFC 3339, in UTC."""

    id: str
    community: str
    unit: str
    status: str
    task: str
    origin: dict[str, str]
    due: str | None
    issued_at: str
    surveys: list[dict[str, str]]
    report: str | None
    reason: str | None
    overdue: bool


OF_UNIT = Said((WorkOrderIssued,), ("unit",))


class WorkOrders(
    View,
    number=2,
    scope=Scoped(community="community", overseen="community", unit="unit"),
    events=(
        WorkOrderIssued,
        WorkOrderAccepted,
        WorkOrderDeclined,
        SiteSurveyed,
        WorkStarted,
        WorkCompleted,
        WorkVerified,
        WorkReturned,
        WorkOrderOverdue,
    ),
    columns={"community": "text", "unit": "text", "issued_at": "timestamptz"},
    order="issued_at",
    finds=(OF_UNIT,),
):
    """One row a work order."""

    @classmethod
    def behind_list(cls, where: Mapping[str, Any]) -> Sequence[Slice]:
        return (OF_UNIT.streams(*several(where["unit"])),) if "unit" in where else super().behind_list(where)

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case WorkOrderIssued() as issued:
                return _issued(issued, event)
            case _ if row is None:
                return None
            case WorkOrderAccepted():
                return row | {"status": "accepted"}
            case WorkOrderDeclined(reason=reason):
                return row | {"status": "declined", "reason": reason}
            case SiteSurveyed(findings=findings):
                survey: dict[str, Any] = {"at": event.at, "findings": findings}
                return row | {"surveys": [*row["surveys"], survey]}
            case WorkStarted():
                return row | {"status": "started"}
            case WorkCompleted(report=report):
                return row | {"status": "completed", "report": report}
            case WorkVerified():
                return row | {"status": "verified"}
            case WorkReturned(reason=reason):
                return row | {"status": "started", "reason": reason}
            case WorkOrderOverdue():
                return row | {"overdue": True}
            case _:
                return row


def _issued(issued: WorkOrderIssued, event: Recorded) -> Row:
    return {
        "id": event.stream_id,
        "community": issued.community,
        "unit": issued.unit,
        "status": "issued",
        "task": issued.task,
        "origin": issued.origin.model_dump(mode="json"),
        "due": issued.due,
        "issued_at": event.at,
        "surveys": [],
        "report": None,
        "reason": None,
        "overdue": False,
    }


class UnitRow(TypedDict):
    """A partner unit."""

    id: str
    name: str
    field: str
    operators: int


class Units(
    View,
    number=1,
    scope=PUBLIC,
    events=(PartnerUnitRegistered, OperatorAppointed),
    columns={"name": "text"},
    order="name",
    lists=((),),
):
    """One row a partner unit."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case PartnerUnitRegistered(unit=unit, name=name, field=field):
                return {"id": unit, "name": name, "field": field, "operators": 0}
            case OperatorAppointed() if row is not None:
                return row | {"operators": row["operators"] + 1}
            case _:
                return row


class ApiKeyRow(TypedDict):
    """An application's key; `revoked_at` is null while it is good. Times are RFC 3339, in UTC."""

    id: str
    community: str
    application: str
    issued_by: str
    issued_at: str
    revoked_at: str | None


class ApiKeys(
    View,
    number=1,
    scope=Scoped(community="community", overseen="community"),
    events=(ApiKeyIssued, ApiKeyRevoked),
    columns={"community": "text", "issued_at": "timestamptz"},
    order="issued_at",
):
    """One row a key."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case ApiKeyIssued(community=community, by=by, application=application):
                return {
                    "id": event.stream_id,
                    "community": community,
                    "application": application,
                    "issued_by": by,
                    "issued_at": event.at,
                    "revoked_at": None,
                }
            case ApiKeyRevoked() if row is not None:
                return row | {"revoked_at": event.at}
            case _:
                return row
