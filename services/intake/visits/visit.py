"""A home visit 入户走访: a fact that nothing changes afterwards."""

from dataclasses import dataclass

from shared.contracts.event import Event
from shared.contracts.intake import VisitRecorded
from shared.contracts.words import IssueId, PersonId
from shared.deciding.aggregate import Aggregate


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
) -> VisitRecorded:
    """Households are described, never named."""
    return VisitRecorded(community=community, by=by, households=households, place=place, notes=notes, issues=issues)


visits = Aggregate("visit", evolve, place=lambda visit: visit.place)
