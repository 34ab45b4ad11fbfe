"""Problem lists over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from uuid_utils.compat import uuid7

from services.intake.issues.own import require_own
from services.intake.problems import problem_list
from services.intake.problems.problem_list import problem_lists
from services.intake.problems.views import ProblemListRow, ProblemLists
from shared.contracts.words import CommunityId, IssueId, Line, ProblemListId
from shared.deciding.answers import Accepted
from shared.web.app import Here
from shared.web.audience import Public, Secretary
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)


class DrawUp(Body):
    """The issues that belong on one list."""

    community: CommunityId
    title: Line
    issues: Annotated[tuple[IssueId, ...], Field(min_length=1, max_length=500)]


@router.post("/problem-lists", status_code=202)
async def draw_up_problem_list(body: DrawUp, secretary: Secretary, intake: Here) -> Accepted:
    """汇总问题清单"""
    await require_own(intake, body.community, body.issues)
    return await intake.create(
        secretary,
        problem_lists,
        uuid7(),
        body.community,
        problem_list.draw_up,
        community=body.community,
        by=secretary.person,
        title=body.title,
        issues=body.issues,
    )


@router.post("/problem-lists/{list_id}/publish", status_code=202)
async def publish_problem_list(list_id: ProblemListId, secretary: Secretary, intake: Here) -> Accepted:
    """公布问题清单"""
    return await intake.execute(
        secretary, problem_lists, list_id, problem_list.publish, by=secretary.person, id=list_id
    )


@router.get("/problem-lists", response_model=Page[ProblemListRow])
async def list_problem_lists(public: Public, read: Read, part: Paging, community: CommunityId) -> Response:
    """Published problem lists, newest first"""
    return await read.list(public, ProblemLists, part, community=community, published=True)
