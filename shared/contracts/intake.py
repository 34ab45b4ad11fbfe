"""What intake publishes: issues 诉求, problem lists 问题清单 and home visits 入户走访."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Event, JsonObject, upcasts
from shared.contracts.words import (
    Channel,
    CommunityId,
    IssueId,
    Line,
    PersonId,
    PlaceId,
    ProblemListId,
    Text,
    UnitId,
    Value,
)


class Urgency(StrEnum):
    """How soon a matter wants doing."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Kind(StrEnum):
    """Whether a matter is one household's or many people's."""

    PERSONAL = "personal"
    COMMON = "common"


class Where(Value, frozen=True):
    """The spot a matter is about: a registered place, words that describe it, or both."""

    place: PlaceId | None = None
    detail: Line | None = None


class ToConsultation(Value, frozen=True):
    """The matter is to be talked over."""

    to: Literal["consultation"] = "consultation"


class ToUnit(Value, frozen=True):
    """The matter goes straight to a partner unit."""

    to: Literal["unit"] = "unit"
    unit: UnitId


class ToCommunity(Value, frozen=True):
    """The community deals with the matter itself."""

    to: Literal["community"] = "community"


Referral = Annotated[ToConsultation | ToUnit | ToCommunity, Field(discriminator="to")]


class IssueRaised(Event, name="issue-raised", version=2):
    """A resident has spoken up; `recorded_by` is who wrote it down for them, if anybody. 提出诉求"""

    community: CommunityId
    by: PersonId
    recorded_by: PersonId | None = None
    channel: Channel
    text: Text
    where: Where


@upcasts(IssueRaised, version=1)
def _place_was_free_text(data: JsonObject) -> JsonObject:
    return {**data, "where": {"detail": data["place"]}}


class IssueSeconded(Event, name="issue-seconded"):
    """One more person wants it; `merged_from` names the issue whose voice was carried over. 附议"""

    by: PersonId
    merged_from: IssueId | None = None


class IssueAcknowledged(Event, name="issue-acknowledged"):
    """A grid worker or secretary has taken the issue up. 受理"""

    by: PersonId


class IssueClassified(Event, name="issue-classified"):
    """What it is about, how soon, and whose. 分类"""

    by: PersonId
    category: Line
    urgency: Urgency
    kind: Kind


class IssueMerged(Event, name="issue-merged"):
    """The same matter as another issue, which goes on for both; its voices count there. 合并"""

    by: PersonId
    into: IssueId


class IssueReferred(Event, name="issue-referred"):
    """Who is to deal with it; `matter` says what it is about in one line. 分流转办"""

    community: CommunityId
    by: PersonId
    matter: Line
    category: Line | None
    referral: Referral


class IssueReturned(Event, name="issue-returned"):
    """The unit that it was referred to does not take it on: it is to be referred anew. 退回"""

    unit: UnitId
    reason: Text


class IssueAnswered(Event, name="issue-answered"):
    """What the community says that it has done about it, or why it does nothing. 答复"""

    by: PersonId
    answer: Text


class IssueClosed(Event, name="issue-closed"):
    """Done and verified: the raiser is asked to rate. 办结"""

    outcome: Text


class IssueRated(Event, name="issue-rated"):
    """What the raiser says of it: solved, satisfied. 回访评价"""

    by: PersonId
    solved: bool
    satisfied: bool
    comment: Text | None = None


class IssueReopened(Event, name="issue-reopened"):
    """The first bad rating opens it again. 重办"""

    reason: Line


class IssueEscalated(Event, name="issue-escalated"):
    """The second bad rating takes it to the sub-district. 上报街道"""

    reason: Line


class IssueWithdrawn(Event, name="issue-withdrawn"):
    """The raiser takes it back. 撤回"""

    by: PersonId
    reason: Line | None = None


class ProblemListDrawnUp(Event, name="problem-list-drawn-up"):
    """The common problems of a while, chosen from the issues. 汇总问题清单"""

    community: CommunityId
    by: PersonId
    title: Line
    issues: tuple[IssueId, ...]


class ProblemListPublished(Event, name="problem-list-published"):
    """Everyone may read the list. 公布问题清单"""

    by: PersonId
    problem_list: ProblemListId
    issues: tuple[IssueId, ...]


class VisitRecorded(Event, name="visit-recorded"):
    """A grid worker has called on households of a place, with or without issues. 入户走访"""

    community: CommunityId
    by: PersonId
    households: tuple[Line, ...]
    notes: Text | None = None
    issues: tuple[IssueId, ...] = ()
    place: PlaceId | None = None
