"""Home visits 入户走访 and their plans over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from uuid_utils.compat import uuid7

from services.intake.issues.own import require_own
from services.intake.visits import plan, visit
from services.intake.visits.plan import visit_plans
from services.intake.visits.views import VisitPlanRow, VisitPlans, VisitRow, Visits
from services.intake.visits.visit import visits
from shared.contracts.intake import FoundIssue, FoundWish, Where
from shared.contracts.words import (
    CommunityId,
    Day,
    IssueId,
    Line,
    PersonId,
    PlaceId,
    Text,
    VisitId,
    VisitPlanId,
    WishId,
)
from shared.deciding.act import Act
from shared.deciding.answers import Accepted
from shared.web.app import Here
from shared.web.audience import Worker
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)


class Found(Body):
    """An issue that somebody spoke up about; `by` is who, else the caller has seen it for themselves. Without a `place`
    it is where the visit was."""

    text: Text
    by: PersonId | None = None
    where: Where = Where()


class Wished(Body):
    """A micro-wish of somebody in need: `beneficiary` is their pseudonym."""

    beneficiary: PersonId
    item: Line
    units: Annotated[int, Field(ge=1, le=1000)] = 1


class RecordVisit(Body):
    """Households are described (`独居老人`), never named. `place`: the building they are in, or another place. `issues`
    are known already; those `found`, and the `wishes`, are raised and registered by this. It may be sent long after:
    `Occurred-At` says when it was, and under one `Idempotency-Key` it is recorded once, however often it is sent."""

    community: CommunityId
    households: Annotated[tuple[Line, ...], Field(min_length=1, max_length=200)]
    place: PlaceId | None = None
    notes: Text | None = None
    issues: Annotated[tuple[IssueId, ...], Field(max_length=200)] = ()
    plan: VisitPlanId | None = None
    met: bool = True
    found: Annotated[tuple[Found, ...], Field(max_length=50)] = ()
    wishes: Annotated[tuple[Wished, ...], Field(max_length=50)] = ()


class DrawUpPlan(Body):
    """Which of a grid's places are to be called on, and what for; `last` is the last day, in China's time."""

    community: CommunityId
    grid: PlaceId
    title: Line
    purpose: Text | None = None
    places: Annotated[tuple[PlaceId, ...], Field(min_length=1, max_length=500)]
    first: Day
    last: Day


class ClosePlan(Body):
    """Why, if it was not all done."""

    reason: Line | None = None


@router.post("/visits", status_code=202)
async def record_visit(body: RecordVisit, worker: Worker, intake: Here) -> Accepted:
    """入户走访, with the issues and wishes that came of it"""
    worker.require(body.community, place=body.place)
    await require_own(intake, body.community, body.issues)
    if body.plan is not None:
        plan.require_planned(await intake.state(visit_plans, body.plan), body.community, body.place)
    return await intake.create(
        worker,
        visits,
        uuid7(),
        body.community,
        visit.record,
        community=body.community,
        by=worker.person,
        households=body.households,
        place=body.place,
        notes=body.notes,
        issues=body.issues,
        plan=body.plan,
        met=body.met,
        found=tuple(_found(worker, body, one) for one in body.found),
        wishes=tuple(FoundWish(id=WishId(uuid7()), **one.model_dump()) for one in body.wishes),
    )


@router.get("/visits", response_model=Page[VisitRow])
async def list_visits(
    worker: Worker, read: Read, part: Paging, community: CommunityId, place: PlaceId | None = None
) -> Response:
    """Home visits, newest first; to one place, where it is named, as who reaches some places only has to"""
    worker.require_list(community, place)
    return await read.list(worker, Visits, part, community=community, place=place)


@router.get("/visits/{visit_id}", response_model=VisitRow)
async def show_visit(visit_id: VisitId, worker: Worker, read: Read) -> Response:
    """One home visit, and what came of it"""
    return await read.one(worker, Visits, visit_id, "visit")


@router.post("/visit-plans", status_code=202)
async def draw_up_visit_plan(body: DrawUpPlan, worker: Worker, intake: Here) -> Accepted:
    """制定走访计划"""
    for place in (body.grid, *body.places):
        worker.require(body.community, place=place)
    return await intake.create(
        worker,
        visit_plans,
        uuid7(),
        body.community,
        plan.draw_up,
        community=body.community,
        by=worker.person,
        grid=body.grid,
        title=body.title,
        purpose=body.purpose,
        places=body.places,
        first=body.first,
        last=body.last,
    )


@router.post("/visit-plans/{plan_id}/close", status_code=202)
async def close_visit_plan(plan_id: VisitPlanId, body: ClosePlan, worker: Worker, intake: Here) -> Accepted:
    """结束走访计划"""
    return await intake.execute(worker, visit_plans, plan_id, plan.close, by=worker.person, reason=body.reason)


@router.get("/visit-plans", response_model=Page[VisitPlanRow])
async def list_visit_plans(
    worker: Worker, read: Read, part: Paging, community: CommunityId, grid: PlaceId | None = None
) -> Response:
    """Visit plans, newest first, and how far they are; of one grid, as who reaches one only has to name it"""
    worker.require_list(community, grid)
    return await read.list(worker, VisitPlans, part, community=community, grid=grid)


@router.get("/visit-plans/{plan_id}", response_model=VisitPlanRow)
async def show_visit_plan(plan_id: VisitPlanId, worker: Worker, read: Read) -> Response:
    """One visit plan: which of its places were called on, and which are left"""
    return await read.one(worker, VisitPlans, plan_id, "visit-plan")


def _found(worker: Act, visit: RecordVisit, found: Found) -> FoundIssue:
    """With an id of its own. Raises NotAllowed where the caller's role does not reach its place."""
    where = found.where if found.where.place else found.where.model_copy(update={"place": visit.place})
    worker.require(visit.community, place=where.place)
    return FoundIssue(id=IssueId(uuid7()), by=found.by or worker.person, text=found.text, where=where)
