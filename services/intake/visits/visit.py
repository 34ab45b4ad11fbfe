"""A home visit 入户走访: a fact that nothing changes afterwards."""

from dataclasses import dataclass

from shared.contracts.event import Event
from shared.contracts.intake import FoundIssue, FoundWish, IssueRaised, VisitRecorded
from shared.contracts.words import Channel, IssueId, PersonId, VisitPlanId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotValid


@dataclass(frozen=True, slots=True)
class Visit:
    """Who called on somebody, and where."""

    by: PersonId
    place: str | None = None


def evolve(visit: Visit | None, event: Event) -> Visit | None:
    """What an event makes of a visit."""
    return Visit(event.by, event.place) if isinstance(event, VisitRecorded) else visit


def record(
    *,
    community: str,
    by: PersonId,
    households: tuple[str, ...],
    place: str | None,
    notes: str | None,
    issues: tuple[IssueId, ...],
    plan: VisitPlanId | None = None,
    met: bool = True,
    found: tuple[FoundIssue, ...] = (),
    wishes: tuple[FoundWish, ...] = (),
) -> VisitRecorded:
    """Households are described, never named. Where nobody was met, nobody has said anything."""
    if not met and (found or wishes):
        raise NotValid(
            "nobody-was-met",
            "未见到人（met 为 false）时不能登记诉求或心愿。",
            "Where nobody was met (`met` is false), there is no issue or wish to record.",
        )
    return VisitRecorded(
        community=community,
        by=by,
        households=households,
        place=place,
        notes=notes,
        issues=issues,
        plan=plan,
        met=met,
        found=found,
        wishes=wishes,
    )


def raised(*, visit: VisitRecorded, found: FoundIssue) -> IssueRaised:
    """The issue that somebody spoke up about, written down by who called on them."""
    return IssueRaised(
        community=visit.community,
        by=found.by,
        recorded_by=None if found.by == visit.by else visit.by,
        channel=Channel.HOME_VISIT,
        text=found.text,
        where=found.where,
    )


visits = Aggregate("visit", evolve, place=lambda visit: visit.place)
