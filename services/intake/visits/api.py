"""Home visits over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from uuid_utils.compat import uuid7

from services.intake.issues.own import require_own
from services.intake.visits import visit
from services.intake.visits.views import VisitRow, Visits
from services.intake.visits.visit import visits
from shared.contracts.words import CommunityId, IssueId, Line, PlaceId, Text
from shared.deciding.answers import Accepted
from shared.web.app import Here
from shared.web.audience import Worker
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)


class RecordVisit(Body):
    """Households are described (`独居老人`), never named. `place`: the building they are in, or another place."""

    community: CommunityId
    households: Annotated[tuple[Line, ...], Field(min_length=1, max_length=200)]
    place: PlaceId | None = None
    notes: Text | None = None
    issues: Annotated[tuple[IssueId, ...], Field(max_length=200)] = ()


@router.post("/visits", status_code=202)
async def record_visit(body: RecordVisit, worker: Worker, intake: Here) -> Accepted:
    """入户走访"""
    worker.require(body.community, place=body.place)
    await require_own(intake, body.community, body.issues)
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
    )


@router.get("/visits", response_model=Page[VisitRow])
async def list_visits(
    worker: Worker, read: Read, part: Paging, community: CommunityId, place: PlaceId | None = None
) -> Response:
    """Home visits, newest first; to one place, where it is named, as who reaches some places only has to"""
    worker.require_list(community, place)
    return await read.list(worker, Visits, part, community=community, place=place)
