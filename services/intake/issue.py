"""An issue 诉求: from first word to rating."""

from dataclasses import dataclass, replace
from enum import StrEnum

from shared.contracts.event import Event
from shared.contracts.intake import (
    IssueAcknowledged,
    IssueAnswered,
    IssueClassified,
    IssueClosed,
    IssueEscalated,
    IssueMerged,
    IssueRaised,
    IssueRated,
    IssueReferred,
    IssueReopened,
    IssueReturned,
    IssueSeconded,
    IssueWithdrawn,
    Kind,
    Referral,
    ToCommunity,
    ToUnit,
    Urgency,
    Where,
)
from shared.contracts.words import Channel, IssueId, PersonId, Role
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotAllowed, NotNow, NotValid

BAD_RATINGS_TO_ESCALATE = 2


class Status(StrEnum):
    """How far an issue is."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    REFERRED = "referred"
    MERGED = "merged"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


RECORDERS = (Role.GRID_WORKER, Role.BUILDING_CONTACT, Role.SECRETARY)
"""Who writes down what somebody else says."""
OPEN = frozenset({Status.RAISED, Status.ACKNOWLEDGED, Status.REFERRED})


@dataclass(frozen=True, slots=True)
class Issue:
    """What the commands below need to know; `voices` are the raiser and all who seconded."""

    community: str
    status: Status
    raised_by: PersonId
    voices: frozenset[PersonId]
    matter: str
    place: str | None = None
    category: str | None = None
    referral: Referral | None = None
    rated: bool = False
    bad_ratings: int = 0


def evolve(issue: Issue | None, event: Event) -> Issue | None:
    """What an event makes of an issue."""
    match issue, event:
        case None, IssueRaised(by=by, community=community, text=text, where=where):
            return Issue(community, Status.RAISED, by, frozenset({by}), text, where.place)
        case Issue(), IssueSeconded(by=by):
            return replace(issue, voices=issue.voices | {by})
        case Issue(), IssueAcknowledged() | IssueReturned() | IssueReopened():
            return replace(issue, status=Status.ACKNOWLEDGED)
        case Issue(), IssueClassified(category=category):
            return replace(issue, category=category)
        case Issue(), IssueMerged():
            return replace(issue, status=Status.MERGED)
        case Issue(), IssueReferred(referral=referral):
            return replace(issue, status=Status.REFERRED, referral=referral)
        case Issue(), IssueClosed():
            return replace(issue, status=Status.CLOSED, rated=False)
        case Issue(), IssueRated(solved=solved, satisfied=satisfied):
            bad = 0 if solved and satisfied else 1
            return replace(issue, rated=True, bad_ratings=issue.bad_ratings + bad)
        case Issue(), IssueWithdrawn():
            return replace(issue, status=Status.WITHDRAWN)
        case _:
            return issue


def raise_issue(
    *, community: str, by: PersonId, recorded_by: PersonId | None, channel: Channel, text: str, where: Where
) -> IssueRaised:
    """Somebody speaks up, by themselves or through who writes it down for them."""
    return IssueRaised(community=community, by=by, recorded_by=recorded_by, channel=channel, text=text, where=where)


def second(issue: Issue, *, by: PersonId) -> IssueSeconded:
    """Everybody counts once, the raiser included."""
    _require_open(issue)
    if by in issue.voices:
        raise NotNow("already-seconded", "您已提出或附议过这件诉求。", "You have raised or seconded this already.")
    return IssueSeconded(by=by)


def acknowledge(issue: Issue, *, by: PersonId) -> IssueAcknowledged:
    """Taken up, once."""
    if issue.status is not Status.RAISED:
        raise NotNow(
            "issue-already-acknowledged", "这件诉求已受理。", "This issue was acknowledged before.", state=issue.status
        )
    return IssueAcknowledged(by=by)


def classify(issue: Issue, *, by: PersonId, category: str, urgency: Urgency, kind: Kind) -> IssueClassified:
    """May be done again while the issue is open."""
    _require_open(issue)
    return IssueClassified(by=by, category=category, urgency=urgency, kind=kind)


def merge(
    duplicate: Issue, into: Issue, *, by: PersonId, duplicate_id: IssueId, into_id: IssueId
) -> tuple[IssueMerged, list[IssueSeconded]]:
    """The duplicate ends, and each of its voices that the other issue has not heard yet counts there."""
    if duplicate_id == into_id:
        raise NotValid("merge-into-itself", "不能合并到自身，请选另一件。", "An issue can't be merged into itself.")
    if duplicate.community != into.community:
        raise NotValid("other-community", "只能合并同一社区的诉求。", "Only issues of one community can be merged.")
    _require_open(duplicate)
    _require_open(into)
    new = sorted(duplicate.voices - into.voices, key=str)
    return (
        IssueMerged(by=by, into=into_id),
        [IssueSeconded(by=voice, merged_from=duplicate_id) for voice in new],
    )


def refer(issue: Issue, *, by: PersonId, referral: Referral) -> IssueReferred:
    """To a consultation, straight to a unit, or kept by the community."""
    if issue.status is not Status.ACKNOWLEDGED:
        raise NotNow(
            "issue-not-acknowledged",
            "请先受理再转办；已转办的无需再转。",
            "Acknowledge the issue before referring it, and refer it once.",
            state=issue.status,
        )
    return IssueReferred(
        community=issue.community, by=by, matter=issue.matter[:200], category=issue.category, referral=referral
    )


def return_(issue: Issue, *, reason: str) -> list[IssueReturned]:
    """The unit that was to do it does not: somebody else may be asked. Said once; later it is no news."""
    if issue.status is not Status.REFERRED or not isinstance(issue.referral, ToUnit):
        return []
    return [IssueReturned(unit=issue.referral.unit, reason=reason)]


def answer(issue: Issue, *, by: PersonId, answer: str) -> list[IssueAnswered | IssueClosed]:
    """What the community deals with itself is closed by what it says of it."""
    if issue.status is not Status.REFERRED or not isinstance(issue.referral, ToCommunity):
        raise NotNow(
            "not-with-the-community",
            "只有转由社区自办的诉求才在此答复办结。",
            "Only an issue that was referred to the community is answered by it.",
            state=issue.status,
        )
    return [IssueAnswered(by=by, answer=answer), IssueClosed(outcome=answer)]


def close(issue: Issue, *, outcome: str) -> IssueClosed:
    """Done and verified."""
    _require_open(issue)
    return IssueClosed(outcome=outcome)


def rate(
    issue: Issue, *, by: PersonId, solved: bool, satisfied: bool, comment: str | None
) -> list[IssueRated | IssueReopened | IssueEscalated]:
    """The raiser's word, once each time it is closed. A bad one reopens, the second escalates."""
    if by != issue.raised_by:
        raise NotAllowed("not-the-raiser", "只有提出人可以评价。", "Only who raised the issue may rate it.")
    if issue.status is not Status.CLOSED or issue.rated:
        raise NotNow("nothing-to-rate", "办结后可评价一次。", "An issue is rated once, after it is closed.")
    rated = IssueRated(by=by, solved=solved, satisfied=satisfied, comment=comment)
    if solved and satisfied:
        return [rated]
    if issue.bad_ratings + 1 >= BAD_RATINGS_TO_ESCALATE:
        return [rated, IssueEscalated(reason="提出人再次评价未解决或不满意")]
    return [rated, IssueReopened(reason="提出人评价未解决或不满意")]


def withdraw(issue: Issue, *, by: PersonId, reason: str | None) -> IssueWithdrawn:
    """The raiser takes it back while nobody has been sent to do it."""
    if by != issue.raised_by:
        raise NotAllowed("not-the-raiser", "只有提出人可以撤回。", "Only who raised the issue may withdraw it.")
    if issue.status not in (Status.RAISED, Status.ACKNOWLEDGED):
        raise NotNow("too-late-to-withdraw", "已转办的诉求不能撤回。", "An issue that was referred can't be withdrawn.")
    return IssueWithdrawn(by=by, reason=reason)


def _require_open(issue: Issue) -> None:
    if issue.status not in OPEN:
        raise NotNow(
            "issue-not-open",
            "这件诉求已合并、撤回或办结，不能再办。",
            "This issue was merged, withdrawn or closed.",
            state=issue.status,
        )


def _place(issue: Issue) -> str | None:
    return issue.place


issues = Aggregate("issue", evolve, place=_place)
