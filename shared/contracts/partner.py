"""What partner publishes: partner units 共建单位 and their work orders 工单."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Event
from shared.contracts.words import (
    ActionId,
    CommunityId,
    ConsultationId,
    IssueId,
    Line,
    PersonId,
    Text,
    Time,
    UnitId,
    Value,
)


class FromAction(Value, frozen=True):
    """The order carries out what a consultation agreed on."""

    kind: Literal["action"] = "action"
    consultation: ConsultationId
    action: ActionId


class FromIssue(Value, frozen=True):
    """The order comes straight from an issue."""

    kind: Literal["issue"] = "issue"
    issue: IssueId


Origin = Annotated[FromAction | FromIssue, Field(discriminator="kind")]


class PartnerUnitRegistered(Event, name="partner-unit-registered"):
    """A unit takes part in the sub-district's work. 登记共建单位"""

    unit: UnitId
    name: Line
    field: Line


class OperatorAppointed(Event, name="operator-appointed"):
    """A person acts for the unit. 指定经办人"""

    unit: UnitId
    person: PersonId


class ApiKeyIssued(Event, name="api-key-issued"):
    """An application may speak to a community with a key, of which only the SHA-256 is known here. 发放接口密钥"""

    community: CommunityId
    by: PersonId
    application: Line
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ApiKeyRevoked(Event, name="api-key-revoked"):
    """The key is good no longer. 吊销接口密钥"""

    by: PersonId


class WorkOrderIssued(Event, name="work-order-issued"):
    """A unit is asked to do something by a time. 派发工单"""

    community: CommunityId
    unit: UnitId
    origin: Origin
    task: Text
    due: Time | None


class WorkOrderAccepted(Event, name="work-order-accepted"):
    """The unit takes it on. 接单"""

    by: PersonId


class WorkOrderDeclined(Event, name="work-order-declined"):
    """The unit does not take it on, and says why. 拒单"""

    by: PersonId
    origin: Origin
    reason: Text


class SiteSurveyed(Event, name="site-surveyed"):
    """The unit has been to look; any number of times. 实地考察"""

    by: PersonId
    findings: Text


class WorkStarted(Event, name="work-started"):
    """Under way. 开工"""

    by: PersonId


class WorkCompleted(Event, name="work-completed"):
    """The unit says that it is done. 完工"""

    by: PersonId
    origin: Origin
    report: Text


class WorkVerified(Event, name="work-verified"):
    """Somebody of the community has seen that it is done. 验收"""

    by: PersonId
    origin: Origin
    report: Text


class WorkReturned(Event, name="work-returned"):
    """It is not done: back to the unit. 退回整改"""

    by: PersonId
    origin: Origin
    reason: Text


class WorkOrderOverdue(Event, name="work-order-overdue"):
    """Its time is up and the unit has not said that it is done. 工单超期"""

    unit: UnitId
    due: Time
