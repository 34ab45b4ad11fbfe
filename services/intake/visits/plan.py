"""A visit plan 走访计划: which places of a grid are to be called on, from when to when."""

from dataclasses import dataclass, replace
from datetime import date

from shared.contracts.event import Event
from shared.contracts.intake import VisitPlanClosed, VisitPlanDrawnUp
from shared.contracts.words import CommunityId, PersonId, PlaceId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotNow, NotValid


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """Whose it is, and where it leads."""

    community: str
    grid: str
    places: frozenset[PlaceId]
    closed: bool = False


def evolve(plan: VisitPlan | None, event: Event) -> VisitPlan | None:
    """What an event makes of a plan."""
    match plan, event:
        case None, VisitPlanDrawnUp(community=community, grid=grid, places=places):
            return VisitPlan(community, grid, frozenset(places))
        case VisitPlan(), VisitPlanClosed():
            return replace(plan, closed=True)
        case _:
            return plan


def draw_up(
    *,
    community: CommunityId,
    by: PersonId,
    grid: PlaceId,
    title: str,
    purpose: str | None,
    places: tuple[PlaceId, ...],
    first: date,
    last: date,
) -> VisitPlanDrawnUp:
    """Each place is named once, and the last day doesn't come before the first."""
    if last < first:
        raise NotValid("plan-ends-first", "last 不能早于 first。", "The plan's last day comes before its first.")
    return VisitPlanDrawnUp(
        community=community,
        by=by,
        grid=grid,
        title=title,
        purpose=purpose,
        places=tuple(dict.fromkeys(places)),
        first=first,
        last=last,
    )


def close(plan: VisitPlan, *, by: PersonId, reason: str | None) -> VisitPlanClosed:
    """Once. What was recorded on the way and is sent later counts all the same."""
    if plan.closed:
        raise NotNow("plan-closed", "走访计划已结束。", "This visit plan is closed already.")
    return VisitPlanClosed(by=by, reason=reason)


def require_planned(plan: VisitPlan, community: CommunityId, place: PlaceId | None) -> None:
    """Raises NotValid unless the plan is the community's and leads to the place."""
    if plan.community != community or place not in plan.places:
        raise NotValid(
            "place-not-planned",
            "走访计划不含此处：请改 place，或不填 plan。",
            "The visit plan does not lead there: change `place`, or leave `plan` out.",
            place=place,
        )


visit_plans = Aggregate("visit_plan", evolve, place=lambda plan: plan.grid)
