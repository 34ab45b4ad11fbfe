"""The rules of home visits and their plans."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.intake.reactions import reactions
from services.intake.visits import plan, visit
from services.intake.visits.plan import VisitPlan, require_planned, visit_plans
from services.intake.visits.views import VisitPlans
from services.intake.visits.visit import visits
from services.volunteer.reactions import reactions as of_volunteer
from services.volunteer.wish import wishes
from shared.contracts.event import Event
from shared.contracts.intake import (
    FoundIssue,
    FoundWish,
    IssueRaised,
    VisitPlanClosed,
    VisitPlanDrawnUp,
    VisitRecorded,
    Where,
)
from shared.contracts.volunteer import WishRegistered
from shared.contracts.words import Channel, IssueId, PersonId, VisitPlanId, WishId
from shared.deciding.refusals import NotValid
from shared.eventlog.recorded import Metadata, Recorded
from shared.projecting import Row
from shared.reacting.reactions import Do
from tests.given import follows, given

WORKER, RESIDENT, OLD = (PersonId(UUID(int=n)) for n in (1, 2, 3))
PLAN = VisitPlanId(UUID(int=4))
AT = datetime(2024, 3, 1, tzinfo=UTC)
DRAWN_UP: dict[str, Any] = {
    "community": "yaopo",
    "by": WORKER,
    "grid": "grid-1",
    "title": "冬季入户",
    "purpose": None,
    "places": ("ruyi-1", "ruyi-2"),
    "first": date(2024, 3, 1),
    "last": date(2024, 3, 31),
}
LIGHT = FoundIssue(id=IssueId(UUID(int=5)), by=RESIDENT, text="楼道灯不亮", where=Where(place="ruyi-1"))
STICK = FoundWish(id=WishId(UUID(int=6)), beneficiary=OLD, item="拐杖")


def called_on(place: str = "ruyi-1", **more: Any) -> VisitRecorded:
    return VisitRecorded(community="yaopo", by=WORKER, households=("独居老人",), place=place, plan=PLAN, **more)


def drawn_up(_: None, **said: Any) -> VisitPlanDrawnUp:
    return plan.draw_up(**said)


def recorded(_: None, **said: Any) -> VisitRecorded:
    return visit.record(community="yaopo", by=WORKER, **said)


def test_a_plan_names_each_place_once_and_ends_after_it_begins() -> None:
    drawn = given(visit_plans).when(drawn_up, **{**DRAWN_UP, "places": ("a-1", "a-1")})
    drawn.then(VisitPlanDrawnUp(**DRAWN_UP).model_copy(update={"places": ("a-1",)}))
    late = {**DRAWN_UP, "first": date(2024, 4, 1)}
    given(visit_plans).when(drawn_up, **late).fails("plan-ends-first")


def test_a_plan_is_closed_once() -> None:
    drawn, closed = VisitPlanDrawnUp(**DRAWN_UP), VisitPlanClosed(by=WORKER, reason=None)
    given(visit_plans, drawn).when(plan.close, by=WORKER, reason=None).then(closed)
    given(visit_plans, drawn, closed).when(plan.close, by=WORKER, reason=None).fails("plan-closed")


@pytest.mark.parametrize(("community", "place"), [("xishan", "ruyi-1"), ("yaopo", "ruyi-3"), ("yaopo", None)])
def test_a_visit_counts_for_a_plan_that_leads_there(community: str, place: str | None) -> None:
    drawn = VisitPlan("yaopo", "grid-1", frozenset({"ruyi-1", "ruyi-2"}))
    require_planned(drawn, "yaopo", "ruyi-1")
    with pytest.raises(NotValid, match="place-not-planned"):
        require_planned(drawn, community, place)


def test_where_nobody_was_met_nobody_has_said_anything() -> None:
    vain = {"households": ("3 户",), "place": None, "notes": None, "issues": (), "met": False}
    given(visits).when(recorded, **vain).then(
        VisitRecorded(community="yaopo", by=WORKER, households=("3 户",), met=False)
    )
    given(visits).when(recorded, **vain, found=(LIGHT,)).fails("nobody-was-met")


def test_what_came_of_a_visit_are_an_issue_and_a_wish_each_a_matter_of_its_own() -> None:
    told = called_on(found=(LIGHT,), wishes=(STICK,))
    [issue] = [one for one in follows(reactions, told) if isinstance(one, Do)]
    assert (issue.id, issue.community, issue.matter) == (LIGHT.id, "yaopo", True)
    raised = IssueRaised(
        community="yaopo",
        by=RESIDENT,
        recorded_by=WORKER,
        channel=Channel.HOME_VISIT,
        text="楼道灯不亮",
        where=LIGHT.where,
    )
    assert visit.raised(visit=told, found=LIGHT) == raised
    [wish] = [one for one in follows(of_volunteer, told) if isinstance(one, Do)]
    assert (wish.aggregate, wish.id, wish.community, wish.matter) == (wishes, STICK.id, "yaopo", True)
    registered = WishRegistered(community="yaopo", by=WORKER, beneficiary=OLD, item="拐杖", units=1, place="ruyi-1")
    assert wish.command(**wish.arguments) == registered


def test_a_plan_shows_where_somebody_was_met_and_where_nobody_was() -> None:
    row = folded(
        VisitPlanDrawnUp(**DRAWN_UP),
        called_on(met=False),
        called_on(),
        called_on("ruyi-2", met=False),
        called_on("x-9"),
    )
    counted = [(one["place"], one["visits"], one["in_vain"], one["households"]) for one in row["places"]]
    assert (row["done"], counted) == (1, [("ruyi-1", 2, 1, 1), ("ruyi-2", 1, 1, 0)])
    assert (row["first"], row["closed"]) == ("2024-03-01", False)


def folded(*events: Event) -> Row:
    """The plan's row."""
    row: Row | None = None
    for nth, event in enumerate(events, 1):
        stream = "visit_plan" if isinstance(event, VisitPlanDrawnUp) else "visit"
        written = event.model_dump_json()
        told = Recorded(
            nth,
            UUID(int=nth),
            "intake",
            f"{stream}-{PLAN}",
            nth,
            event.event_name,
            event.event_version,
            written,
            Metadata(PLAN).to_json(),
            "yaopo",
            AT,
        )
        row = VisitPlans().fold(row, told)
    assert row is not None
    return row
