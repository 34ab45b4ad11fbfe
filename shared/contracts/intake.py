"""What intake publishes: issues 诉求, problem lists 问题清单 and home visits 入户走访."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contracts.event import THE_STREAM, Event, JsonObject, upcasts
from shared.contracts.words import (
    CandidateId,
    Channel,
    ClockTime,
    CommunityId,
    ConsultationId,
    Day,
    EvidenceId,
    IssueId,
    Line,
    Link,
    PersonId,
    PlaceId,
    ProblemListId,
    SubDistrictId,
    Text,
    Time,
    UnitId,
    Value,
    VisitPlanId,
    WishId,
    WorkOrderId,
)
from shared.privacy.private import Private


class Urgency(StrEnum):
    """How soon a matter wants doing."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Kind(StrEnum):
    """Whether a matter is one household's or many people's."""

    PERSONAL = "personal"
    COMMON = "common"


class Step(StrEnum):
    """What is to be done with an issue by a time: take it up, refer it, take on what was referred, finish it, hear from
    the raiser."""

    ACKNOWLEDGE = "acknowledge"
    REFER = "refer"
    ACCEPT = "accept"
    FINISH = "finish"
    FOLLOW_UP = "follow-up"


class Deadline(Value, frozen=True):
    """By when a step is to be done: `hours` of working time after `since`. `warn_at` is `warn` working hours before it,
    `escalate_at` is `escalate` after it. It is provisional where `escalate_at` falls in a year whose holidays nobody
    had published yet."""

    step: Step
    since: Time
    hours: float
    warn: float
    escalate: float
    warn_at: Time
    due: Time
    escalate_at: Time
    provisional: bool = False


class TimeLeft(Value, frozen=True):
    """What was left of a deadline, in working hours, when the clock was stopped, with the hours of its warning and
    escalation."""

    step: Step
    hours: float
    warn: float
    escalate: float


class OfficeHours(Value, frozen=True):
    """When work begins and ends, by the clock in China."""

    opens: ClockTime
    closes: ClockTime


class DeadlineRule(Value, frozen=True):
    """Working hours that a step may take, of issues of a category or urgency, or of all. `warn` hours before it is
    due, those who see to it are told; `escalate` hours after, the sub-district."""

    step: Step
    category: Line | None = None
    urgency: Urgency | None = None
    hours: Annotated[float, Field(gt=0, le=2000)]
    warn: Annotated[float, Field(ge=0, le=2000)] = 0
    escalate: Annotated[float, Field(ge=0, le=2000)] = 8


class Point(Value, frozen=True):
    """Latitude and longitude in degrees of WGS 84, not of China's own GCJ-02."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    long: Annotated[float, Field(ge=-180, le=180)]


class EvidenceKind(StrEnum):
    """What shows a matter."""

    PHOTO = "photo"
    AUDIO = "audio"
    DOCUMENT = "document"


class Where(Value, frozen=True):
    """The spot a matter is about: a registered place, words that describe it, a point, or several of these."""

    place: PlaceId | None = None
    detail: Line | None = None
    point: Point | None = None


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
    """A resident has spoken up; `recorded_by` is who wrote it down for them, if anybody. Here and in the events below,
    `deadlines` are those that run from now on. 提出诉求"""

    community: CommunityId
    by: PersonId
    recorded_by: PersonId | None = None
    channel: Channel
    text: Text
    where: Where
    media_url: Link | None = None
    deadlines: tuple[Deadline, ...] = ()


@upcasts(IssueRaised, version=1)
def _place_was_free_text(data: JsonObject) -> JsonObject:
    return {**data, "where": {"detail": data["place"]}}


class IssueSeconded(Event, name="issue-seconded"):
    """One more person wants it; `merged_from` names the issue whose voice was carried over. 附议"""

    by: PersonId
    merged_from: IssueId | None = None


class IssueEvidenceAdded(Event, name="issue-evidence-added", subject="by"):
    """What shows the matter, given by a person; `recorded_by` took it down for them, if anybody. The store has it as
    `file`, sealed with `key` (32 bytes in hex), and so its `digest` is SHA-256 of what is sealed; `size` is that of
    what is not. `spot` is where a photo was taken, latitude and longitude in degrees (WGS 84), where the person lets
    it be known. `raised_by` and `place` are the issue's. 附上证据"""

    by: PersonId
    recorded_by: PersonId | None = None
    evidence: EvidenceId
    file: UUID
    kind: EvidenceKind
    media_type: Line
    size: Annotated[int, Field(ge=0)]
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    thumbnail: Annotated[int, Field(ge=0)] | None = None
    """Bytes of its small picture."""
    key: Private[str]
    spot: Private[str] | None = None
    raised_by: PersonId
    place: PlaceId | None = None


class IssueAcknowledged(Event, name="issue-acknowledged"):
    """A grid worker or secretary has taken the issue up. 受理"""

    by: PersonId
    deadlines: tuple[Deadline, ...] = ()


class IssueClassified(Event, name="issue-classified"):
    """What it is about, how soon, and whose. 分类"""

    by: PersonId
    category: Line
    urgency: Urgency
    kind: Kind
    deadlines: tuple[Deadline, ...] = ()


class IssueMerged(Event, name="issue-merged"):
    """The same matter as another issue, which goes on for both; its voices count there. 合并"""

    by: PersonId
    into: IssueId


class IssueTakenIn(Event, name="issue-taken-in"):
    """Another issue has been merged into this one; `voices` are all that count there, heard here before or not. 并入"""

    by: PersonId
    issue: IssueId
    voices: tuple[PersonId, ...]


class IssueSplit(Event, name="issue-split"):
    """It is a matter of its own after all: it leaves the issue it was merged into, and goes on where it stood. 拆分"""

    by: PersonId
    out_of: IssueId
    deadlines: tuple[Deadline, ...] = ()


class IssueSplitOff(Event, name="issue-split-off"):
    """An issue that was merged into this one has left; `voices` are those that count here no longer. 拆出"""

    by: PersonId
    issue: IssueId
    voices: tuple[PersonId, ...]


class IssueReferred(Event, name="issue-referred"):
    """Who is to deal with it; `matter` says what it is about in one line. 分流转办"""

    community: CommunityId
    by: PersonId
    matter: Line
    category: Line | None
    referral: Referral
    deadlines: tuple[Deadline, ...] = ()


class IssueReturned(Event, name="issue-returned"):
    """The unit that it was referred to does not take it on: it is to be referred anew. 退回"""

    unit: UnitId
    reason: Text
    deadlines: tuple[Deadline, ...] = ()


class IssueAccepted(Event, name="issue-accepted"):
    """Who it was referred to has taken it on: the unit by its work order, or the community by a consultation. 接办"""

    work_order: WorkOrderId | None = None
    consultation: ConsultationId | None = None


class IssueAnswered(Event, name="issue-answered"):
    """What the community says that it has done about it, or why it does nothing. 答复"""

    by: PersonId
    answer: Text


class IssueClosed(Event, name="issue-closed"):
    """Done and verified: the raiser is asked to rate. 办结"""

    outcome: Text
    deadlines: tuple[Deadline, ...] = ()


class IssueRated(Event, name="issue-rated"):
    """What the raiser says of it: solved, satisfied. 回访评价"""

    by: PersonId
    solved: bool
    satisfied: bool
    comment: Text | None = None


class IssueFollowedUp(Event, name="issue-followed-up"):
    """Somebody of the community has asked the raiser whether it helped, and notes what they heard. It is no rating:
    that is the raiser's own. 回访"""

    by: PersonId
    note: Text


class IssueReopened(Event, name="issue-reopened"):
    """The first bad rating opens it again. 重办"""

    reason: Line
    deadlines: tuple[Deadline, ...] = ()


class IssueEscalated(Event, name="issue-escalated"):
    """It goes to the sub-district: by the second bad rating, by somebody who says why, or because a step is long
    overdue. 上报街道"""

    reason: Line
    by: PersonId | None = None
    step: Step | None = None


class IssueWithdrawn(Event, name="issue-withdrawn"):
    """The raiser takes it back. 撤回"""

    by: PersonId
    reason: Line | None = None


class IssuePublished(Event, name="issue-published"):
    """Everybody may read of it, in these words of the community's and never in the raiser's; they take the place of
    what was published of it before. `status`, `category` and `raised_at` are as they stand by then. 公示"""

    community: CommunityId
    by: PersonId
    title: Line
    text: Text
    outcome: Text | None = None
    place: PlaceId | None = None
    status: Line
    category: Line | None
    raised_at: Time


class IssueUnpublished(Event, name="issue-unpublished"):
    """Nobody is to read of it any more. 撤下公示"""

    by: PersonId
    reason: Line


class DeadlineNear(Event, name="deadline-near"):
    """A step is to be done soon. 临期预警"""

    step: Step
    due: Time


class IssueOverdue(Event, name="issue-overdue"):
    """A step was not done in time. 超期"""

    step: Step
    due: Time


class IssueSuspended(Event, name="issue-suspended"):
    """Nobody can go on just now: the clock stands still, with so much left of each deadline. 挂起"""

    by: PersonId
    reason: Text
    left: tuple[TimeLeft, ...]


class IssueResumed(Event, name="issue-resumed"):
    """The clock goes on. 恢复办理"""

    by: PersonId
    deadlines: tuple[Deadline, ...] = ()


class DeadlineExtended(Event, name="deadline-extended"):
    """A step gets `hours` more of working time. 延期"""

    by: PersonId
    step: Step
    hours: float
    reason: Text
    deadlines: tuple[Deadline, ...]


class DeadlinesRecalculated(Event, name="deadlines-recalculated"):
    """The holidays of a year have become known: what was provisional is worked out anew. 重新计算时限"""

    deadlines: tuple[Deadline, ...]


class DeadlinePolicySet(Event, name="deadline-policy-set"):
    """The sub-district says how long each step may take, and in which office hours. It counts for what begins from now
    on. 设定办理时限"""

    sub_district: SubDistrictId
    by: PersonId
    office: tuple[OfficeHours, ...]
    rules: tuple[DeadlineRule, ...]


class ProblemListDrawnUp(Event, name="problem-list-drawn-up"):
    """The common problems of a while, chosen from the issues. 汇总问题清单"""

    community: CommunityId
    by: PersonId
    title: Line
    issues: tuple[IssueId, ...]


class ProblemListEdited(Event, name="problem-list-edited"):
    """Before it is published, a list gets another title, or other issues: these are all that are on it now.
    修改问题清单"""

    by: PersonId
    title: Line | None = None
    issues: tuple[IssueId, ...]


class ProblemListPublished(Event, name="problem-list-published"):
    """Everyone may read the list. 公布问题清单"""

    by: PersonId
    problem_list: ProblemListId
    issues: tuple[IssueId, ...]


class ProblemDraftDismissed(Event, name="problem-draft-dismissed"):
    """What these issues are about is no common problem: it is not offered again until twice as many say it.
    不列为共性问题"""

    community: CommunityId
    by: PersonId
    about: Line
    issues: tuple[IssueId, ...]


Fingerprint = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16}$")]
"""A message's keyed hash: that it is the same is seen, what it says is not."""
Confidence = Annotated[int, Field(ge=0, le=100)]
"""How sure a guess is, in per cent: 0 is not at all."""


class KeptMessage(Value, frozen=True):
    """A message of a chat, and the candidate that it is in."""

    message: Fingerprint
    candidate: CandidateId


class ChatImported(Event, name="chat-imported"):
    """A WeChat group's chat has been read: of its `messages` those `kept` were new, each in a candidate. 导入群聊"""

    by: PersonId
    group: Line
    messages: int
    kept: tuple[KeptMessage, ...] = ()


class CandidateFound(Event, name="candidate-found", subject=THE_STREAM):
    """What people say in a group may be a matter for the community; where, and what it is about, is a guess. It and its
    messages are sealed with a key of its own, which is destroyed once it is settled, and at `expires`. 发现候选诉求"""

    community: CommunityId
    group: Line
    text: Private[str]
    category: Line | None = None
    category_confidence: Confidence = 0
    place: PlaceId | None = None
    place_confidence: Confidence = 0
    expires: Time


class CandidateHeard(Event, name="candidate-heard", subject=THE_STREAM):
    """A message of the group that belongs to the candidate; `said_at` is None where the chat does not say when.
    群聊消息归入"""

    kind: Line
    said_at: Time | None
    speaker: Private[str]
    text: Private[str]
    quotes: Private[str] | None = None


class CandidateEdited(Event, name="candidate-edited", subject=THE_STREAM):
    """A person has put it right; what is left out is as it was. 修改候选诉求"""

    by: PersonId
    text: Private[str] | None = None
    category: Line | None = None
    place: PlaceId | None = None


class CandidateMerged(Event, name="candidate-merged"):
    """The same matter as another candidate, which has its messages from now on. 合并候选诉求"""

    by: PersonId
    into: CandidateId


class CandidateDropped(Event, name="candidate-dropped"):
    """No matter for the community: its key is destroyed. 舍弃候选诉求"""

    by: PersonId


class CandidateExpired(Event, name="candidate-expired"):
    """Nobody has settled it in time: its key is destroyed. 候选诉求过期"""


class CandidateConfirmed(Event, name="candidate-confirmed"):
    """A person stands for it: it is raised as an issue of the same id, in these words, on behalf of somebody, and its
    own key is destroyed. 确认为诉求"""

    community: CommunityId
    by: PersonId
    on_behalf_of: PersonId
    text: Text
    where: Where
    category: Line | None = None
    urgency: Urgency
    kind: Kind


class LedgerImported(Event, name="ledger-imported"):
    """A ledger of so many lines has been checked whole; from now on they are raised as issues. 导入台账"""

    community: CommunityId
    by: PersonId
    lines: int


class LedgerRaised(Event, name="ledger-raised"):
    """All its lines are issues: so many were `raised`, and so many `known` before. 台账导入完成"""

    raised: int
    known: int


class QuestionKind(StrEnum):
    """How a question is answered: by one of its options, by several, by a number from 1 to 5, or in words."""

    ONE = "one"
    SEVERAL = "several"
    SCALE = "scale"
    WORDS = "words"


class Question(Value, frozen=True):
    """A question of a survey; its options are known by their places, from 0."""

    text: Line
    kind: QuestionKind
    options: tuple[Line, ...] = ()
    required: bool = True


class Reply(Value, frozen=True):
    """What somebody says to one question, by its place in the survey, from 0."""

    question: int
    options: tuple[int, ...] = ()
    scale: int | None = None
    words: Text | None = None


class SurveyPublished(Event, name="survey-published"):
    """The people of the community are asked, until it closes. 发布问卷"""

    community: CommunityId
    by: PersonId
    title: Line
    about: Text | None = None
    questions: tuple[Question, ...]
    closes: Time


class SurveyAnswered(Event, name="survey-answered"):
    """Somebody has answered; `recorded_by` is who wrote it down for them, if anybody. 回答问卷"""

    by: PersonId
    recorded_by: PersonId | None = None
    replies: tuple[Reply, ...]


class FoundIssue(Value, frozen=True):
    """What somebody spoke up about when they were called on; it is raised under this id."""

    id: IssueId
    by: PersonId
    text: Text
    where: Where


class FoundWish(Value, frozen=True):
    """What somebody in need wished for when they were called on; volunteer registers it under this id."""

    id: WishId
    beneficiary: PersonId
    item: Line
    units: int = 1


class VisitRecorded(Event, name="visit-recorded"):
    """A worker has called on households of a place and `met` somebody, or nobody. `issues` were raised before, `found`
    and `wishes` are what came of it; it counts for a plan where it names one. 入户走访"""

    community: CommunityId
    by: PersonId
    households: tuple[Line, ...]
    notes: Text | None = None
    issues: tuple[IssueId, ...] = ()
    place: PlaceId | None = None
    plan: VisitPlanId | None = None
    met: bool = True
    found: tuple[FoundIssue, ...] = ()
    wishes: tuple[FoundWish, ...] = ()


class VisitPlanDrawnUp(Event, name="visit-plan-drawn-up"):
    """Places of a grid are to be visited from the `first` day to the `last`, in China's time. 走访计划"""

    community: CommunityId
    by: PersonId
    grid: PlaceId
    title: Line
    purpose: Text | None = None
    places: tuple[PlaceId, ...]
    first: Day
    last: Day


class VisitPlanClosed(Event, name="visit-plan-closed"):
    """No more visits are to be made for it, all done or not. 走访计划结束"""

    by: PersonId
    reason: Line | None = None
