"""What deliberation publishes: consultations 协商 and the actions 任务 that come of them."""

from enum import StrEnum
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
    PlaceId,
    Text,
    Time,
    UnitId,
    Value,
)


class Capacity(StrEnum):
    """As what somebody sits at the table."""

    RESIDENT_REPRESENTATIVE = "resident-representative"
    PARTY_MEMBER = "party-member"
    CPPCC_MEMBER = "cppcc-member"
    PARTNER_UNIT = "partner-unit"
    LAWYER = "lawyer"
    PROPERTY_MANAGER = "property-manager"


class InvitedPerson(Value, frozen=True):
    """A person at the table."""

    kind: Literal["person"] = "person"
    person: PersonId


class InvitedUnit(Value, frozen=True):
    """A partner unit at the table; it sends whom it likes."""

    kind: Literal["unit"] = "unit"
    unit: UnitId


Invitee = Annotated[InvitedPerson | InvitedUnit, Field(discriminator="kind")]


class ByUnit(Value, frozen=True):
    """A partner unit does it, by a work order."""

    kind: Literal["unit"] = "unit"
    unit: UnitId


class ByCommunity(Value, frozen=True):
    """The community does it."""

    kind: Literal["community"] = "community"


class ByResidents(Value, frozen=True):
    """The residents do it themselves."""

    kind: Literal["residents"] = "residents"


Assignee = Annotated[ByUnit | ByCommunity | ByResidents, Field(discriminator="kind")]


class Way(StrEnum):
    """How the table decided."""

    CONSENSUS = "consensus"
    SHOW_OF_HANDS = "show-of-hands"


class ConsultationProposed(Event, name="consultation-proposed"):
    """A matter is to be talked over. 提出议题"""

    community: CommunityId
    matter: Line
    issues: tuple[IssueId, ...]


class ConsultationScheduled(Event, name="consultation-scheduled"):
    """Where and when. 确定协商时间地点"""

    by: PersonId
    venue: PlaceId
    starts_at: Time
    agenda: tuple[Line, ...]


class ParticipantInvited(Event, name="participant-invited"):
    """Somebody is asked to the table, in a capacity. 邀请"""

    community: CommunityId
    invitee: Invitee
    capacity: Capacity
    matter: Line
    venue: PlaceId
    starts_at: Time


class InvitationAnswered(Event, name="invitation-answered"):
    """Who was asked says whether they come. 回复邀请"""

    by: PersonId
    invitee: Invitee
    coming: bool


class ConsultationHeld(Event, name="consultation-held"):
    """It was talked over: how many sat there, what was said and agreed. 召开协商会"""

    by: PersonId
    attendance: int
    way: Way
    outcome: Text
    minutes: Text


class ActionAssigned(Event, name="action-assigned"):
    """Who does what by when. 分派任务"""

    community: CommunityId
    by: PersonId
    action: ActionId
    consultation: ConsultationId
    assignee: Assignee
    task: Text
    due: Time


class ActionCompleted(Event, name="action-completed"):
    """Whoever had it says that it is done. 完成任务"""

    action: ActionId
    report: Text


class ActionVerified(Event, name="action-verified"):
    """Somebody of the community has seen that it is done; `remaining` actions are not yet. 核验任务"""

    action: ActionId
    report: Text
    issues: tuple[IssueId, ...]
    remaining: int


class ActionReturned(Event, name="action-returned"):
    """It is not done: back to whoever has it; where it is `given_back`, to be assigned anew. 退回任务"""

    action: ActionId
    reason: Text
    given_back: bool = False


class ActionOverdue(Event, name="action-overdue"):
    """Its time is up and it is not done. 任务超期"""

    action: ActionId
    due: Time
