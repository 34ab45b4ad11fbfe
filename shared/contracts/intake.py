"""What intake publishes: issues 诉求, problem lists 问题清单 and home visits 入户走访."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import THE_STREAM, Event, JsonObject, upcasts
from shared.contracts.words import (
    CandidateId,
    Channel,
    CommunityId,
    IssueId,
    Line,
    PersonId,
    PlaceId,
    ProblemListId,
    Text,
    Time,
    UnitId,
    Value,
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


class VisitRecorded(Event, name="visit-recorded"):
    """A grid worker has called on households of a place, with or without issues. 入户走访"""

    community: CommunityId
    by: PersonId
    households: tuple[Line, ...]
    notes: Text | None = None
    issues: tuple[IssueId, ...] = ()
    place: PlaceId | None = None
