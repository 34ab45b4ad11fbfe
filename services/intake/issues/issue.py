"""An issue 诉求: from first word to rating."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from services.intake.deadlines import deadline
from services.intake.deadlines.deadline import Clocks
from shared.contracts.event import Event
from shared.contracts.intake import (
    IssueAccepted,
    IssueAcknowledged,
    IssueAnswered,
    IssueClassified,
    IssueClosed,
    IssueEscalated,
    IssueEvidenceAdded,
    IssueFollowedUp,
    IssueMerged,
    IssuePublished,
    IssueRaised,
    IssueRated,
    IssueReferred,
    IssueReopened,
    IssueResumed,
    IssueReturned,
    IssueSeconded,
    IssueSplit,
    IssueSplitOff,
    IssueSuspended,
    IssueTakenIn,
    IssueUnpublished,
    IssueWithdrawn,
    Kind,
    Referral,
    Step,
    ToCommunity,
    ToUnit,
    Urgency,
    Where,
)
from shared.contracts.words import Channel, ConsultationId, EvidenceId, IssueId, PersonId, WorkOrderId
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


OPEN = frozenset({Status.RAISED, Status.ACKNOWLEDGED, Status.REFERRED})


@dataclass(frozen=True, slots=True)
class Issue:
    """What commands need to know; `own` are the raiser and all who seconded, `taken_in` the voices of each issue that
    was merged into this one, `evidence` what has been added to it, each by the file that the store has."""

    community: str
    status: Status
    raised_by: PersonId
    own: frozenset[PersonId]
    matter: str
    place: str | None = None
    category: str | None = None
    urgency: Urgency | None = None
    referral: Referral | None = None
    rated: bool = False
    bad_ratings: int = 0
    escalated: bool = False
    taken_in: Mapping[IssueId, frozenset[PersonId]] = field(default_factory=dict[IssueId, frozenset[PersonId]])
    merged_into: IssueId | None = None
    merged_when: Status | None = None
    suspended: bool = False
    published: bool = False
    clocks: Clocks = deadline.NONE
    evidence: Mapping[EvidenceId, UUID] = field(default_factory=dict[EvidenceId, UUID])

    @property
    def voices(self) -> frozenset[PersonId]:
        """Everybody who wants it, each once."""
        return self.own.union(*self.taken_in.values())


def evolve(issue: Issue | None, event: Event) -> Issue | None:
    """What an event makes of an issue."""
    if issue is None:
        return _raised(event) if isinstance(event, IssueRaised) else None
    clocks = deadline.evolve(issue.clocks, event)
    changed = _changed(issue, event)
    return changed if clocks is changed.clocks else replace(changed, clocks=clocks)


def _raised(event: IssueRaised) -> Issue:
    return Issue(
        event.community,
        Status.RAISED,
        event.by,
        frozenset({event.by}),
        event.text,
        event.where.place,
        clocks=deadline.evolve(deadline.NONE, event),
    )


def _changed(issue: Issue, event: Event) -> Issue:
    """All of it but its deadlines."""
    match event:
        case IssueSeconded(by=by, merged_from=None):
            return replace(issue, own=issue.own | {by})
        case IssueSeconded(by=by, merged_from=of) if of is not None:
            return replace(issue, taken_in={**issue.taken_in, of: issue.taken_in.get(of, frozenset()) | {by}})
        case IssueEvidenceAdded(evidence=evidence, file=file):
            return replace(issue, evidence={**issue.evidence, evidence: file})
        case IssueAcknowledged() | IssueReturned() | IssueReopened():
            return replace(issue, status=Status.ACKNOWLEDGED)
        case IssueClassified(category=category, urgency=urgency):
            return replace(issue, category=category, urgency=urgency)
        case IssueMerged(into=into):
            return replace(issue, status=Status.MERGED, merged_into=into, merged_when=issue.status)
        case IssueTakenIn(issue=of, voices=voices):
            return replace(issue, taken_in={**issue.taken_in, of: frozenset(voices)})
        case IssueSplit():
            return replace(issue, status=issue.merged_when or Status.RAISED, merged_into=None, merged_when=None)
        case IssueSplitOff(issue=of):
            return replace(issue, taken_in={id: voices for id, voices in issue.taken_in.items() if id != of})
        case IssueReferred(referral=referral):
            return replace(issue, status=Status.REFERRED, referral=referral)
        case IssuePublished() | IssueUnpublished():
            return replace(issue, published=isinstance(event, IssuePublished))
        case IssueSuspended():
            return replace(issue, suspended=True)
        case IssueResumed():
            return replace(issue, suspended=False)
        case IssueClosed():
            return replace(issue, status=Status.CLOSED, rated=False, suspended=False)
        case IssueRated(solved=solved, satisfied=satisfied):
            bad = 0 if solved and satisfied else 1
            return replace(issue, rated=True, bad_ratings=issue.bad_ratings + bad)
        case IssueEscalated():
            return replace(issue, escalated=True)
        case IssueWithdrawn():
            return replace(issue, status=Status.WITHDRAWN)
        case _:
            return issue


def raise_issue(
    *,
    community: str,
    by: PersonId,
    recorded_by: PersonId | None,
    channel: Channel,
    text: str,
    where: Where,
    media_url: str | None = None,
) -> IssueRaised:
    """Somebody speaks up, by themselves or through who writes it down for them."""
    return IssueRaised(
        community=community,
        by=by,
        recorded_by=recorded_by,
        channel=channel,
        text=text,
        where=where,
        media_url=media_url,
    )


def second(issue: Issue, *, by: PersonId) -> IssueSeconded:
    """Everybody counts once, the raiser included."""
    require_open(issue)
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
    require_open(issue)
    return IssueClassified(by=by, category=category, urgency=urgency, kind=kind)


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


def accept(
    issue: Issue, *, within: str, work_order: WorkOrderId | None = None, consultation: ConsultationId | None = None
) -> list[IssueAccepted]:
    """Who it was referred to has taken it on; said once, and later it is no news."""
    require_of(issue, within)
    if issue.status is not Status.REFERRED or Step.ACCEPT not in issue.clocks.steps:
        return []
    return [IssueAccepted(work_order=work_order, consultation=consultation)]


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


def close(issue: Issue, *, outcome: str, within: str) -> IssueClosed:
    """Done and verified, by what the community `within` did: it may have named another's issue."""
    require_of(issue, within)
    require_open(issue)
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


def follow_up(issue: Issue, *, by: PersonId, note: str) -> IssueFollowedUp:
    """The raiser was asked; what they say of it for the figures is theirs to rate."""
    if issue.status is not Status.CLOSED:
        raise NotNow("nothing-to-follow-up", "办结后再回访。", "An issue is followed up after it is closed.")
    return IssueFollowedUp(by=by, note=note)


def escalate(issue: Issue, *, by: PersonId, reason: str) -> IssueEscalated:
    """To the sub-district, by somebody who says why; once."""
    require_open(issue)
    if issue.escalated:
        raise NotNow("already-escalated", "这件诉求已上报街道。", "This issue is with the sub-district already.")
    return IssueEscalated(by=by, reason=reason)


def withdraw(issue: Issue, *, by: PersonId, reason: str | None) -> IssueWithdrawn:
    """The raiser takes it back while nobody has been sent to do it."""
    if by != issue.raised_by:
        raise NotAllowed("not-the-raiser", "只有提出人可以撤回。", "Only who raised the issue may withdraw it.")
    if issue.status not in (Status.RAISED, Status.ACKNOWLEDGED):
        raise NotNow("too-late-to-withdraw", "已转办的诉求不能撤回。", "An issue that was referred can't be withdrawn.")
    return IssueWithdrawn(by=by, reason=reason)


def require_of(issue: Issue, community: str) -> None:
    """Raises NotValid where it is another community's."""
    if issue.community != community:
        raise NotValid(
            "other-community",
            "只能选本社区的诉求。",
            "Only issues of the same community can be named here.",
            community=community,
        )


def require_open(issue: Issue) -> None:
    """Raises NotNow."""
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
