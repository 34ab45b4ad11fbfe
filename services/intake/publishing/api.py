"""Publishing over HTTP: by the secretary, for everybody, and for mirrors."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.intake.chats.gazetteer import gazetteer
from services.intake.issues.issue import issues
from services.intake.publishing import publishing
from services.intake.publishing.views import ChangeRow, Changes, MatterRow, Matters, place_in_order
from shared.contracts.words import CommunityId, IssueId, Line, PlaceId, Text
from shared.deciding.answers import Accepted
from shared.projecting.reading import Between
from shared.web.app import Here
from shared.web.audience import Public, Secretary
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.etags import tagged
from shared.web.reading import Page, Paging, Part, ReadNow

router = APIRouter(route_class=CommandRoute)

BEYOND = "~"
"""After every position."""


class Publish(Body):
    """The community's own words: no name, no number, no address finer than the compound, whose code `place` may be.
    `outcome` is what came of it."""

    title: Line
    text: Text
    outcome: Text | None = None
    place: PlaceId | None = None


class Unpublish(Body):
    """Why."""

    reason: Line


class ChangesPage(BaseModel):
    """Changes, oldest first. `next` is the cursor to go on from, on the last page too: nothing is `more` there yet."""

    items: list[ChangeRow]
    next: str
    more: bool


@router.post("/issues/{issue_id}/publish", status_code=202)
async def publish_issue(issue_id: IssueId, body: Publish, secretary: Secretary, intake: Here) -> Accepted:
    """公示; again, to mend the words or to add what came of it"""
    stream = await intake.log.stream(issues.stream(issue_id))
    names = await gazetteer(intake.reader, stream[0].community) if stream else None
    places: list[dict[str, Any]] = names["places"] if names else []
    return await intake.execute(
        secretary,
        issues,
        issue_id,
        publishing.publish,
        by=secretary.person,
        title=body.title,
        text=body.text,
        outcome=body.outcome,
        place=body.place,
        compounds={one["place"] for one in places if one["compound"] is None},
        raised_at=stream[0].at if stream else secretary.at,
    )


@router.post("/issues/{issue_id}/unpublish", status_code=202)
async def unpublish_issue(issue_id: IssueId, body: Unpublish, secretary: Secretary, intake: Here) -> Accepted:
    """撤下公示"""
    return await intake.execute(
        secretary, issues, issue_id, publishing.unpublish, by=secretary.person, reason=body.reason
    )


@router.get("/matters", response_model=Page[MatterRow])
async def list_matters(
    public: Public,
    read: ReadNow,
    part: Paging,
    community: CommunityId,
    state: Literal["open", "closed"] | None = None,
    service: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """公示的诉求, newest first"""
    return await read.list(public, Matters, part, community=community, state=state, service=service)


@router.get("/matters/{issue_id}", response_model=MatterRow)
async def show_matter(issue_id: IssueId, public: Public, read: ReadNow) -> Response:
    """One of them"""
    return await read.one(public, Matters, issue_id, "matter")


@router.get("/changes", response_model=ChangesPage)
async def list_changes(
    public: Public,
    read: ReadNow,
    request: Request,
    community: CommunityId | None = None,
    after: Annotated[str, Query(pattern=r"^[0-9]{1,20}$", description="`next` of the answer before")] = "0",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Response:
    """公示的变动, oldest first, each matter at its newest change: for mirrors. Answers 304 to a known ETag"""
    beyond = Between(place_in_order(int(after) + 1), BEYOND)
    page = orjson.loads(
        (await read.list(public, Changes, Part(None, limit), community=community, position=beyond)).body
    )
    items = page["items"]
    last = items[-1]["position"] if items else place_in_order(int(after))
    said = orjson.dumps({"items": items, "next": last, "more": page["next"] is not None})
    return tagged(request, said, "application/json")
