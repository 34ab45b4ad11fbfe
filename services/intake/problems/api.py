"""Problem lists over HTTP, and what could be on them."""

from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Response
from pydantic import Field
from typing_extensions import TypedDict
from uuid_utils.compat import uuid7

from services.intake.issues.issue import OPEN
from services.intake.issues.own import require_own
from services.intake.issues.views import Ledger
from services.intake.problems import dismissal, problem_list
from services.intake.problems.dismissal import dismissals
from services.intake.problems.drafting import DraftRow, drafts
from services.intake.problems.problem_list import MOST, problem_lists
from services.intake.problems.views import Dismissals, ProblemListRow, ProblemLists
from shared.contracts.words import CommunityId, IssueId, Line, ProblemListId
from shared.deciding.answers import Accepted
from shared.projecting.reading import Between, OneOf
from shared.web.app import Here
from shared.web.audience import Public, Secretary
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Part, Read

router = APIRouter(route_class=CommandRoute)

Some = Annotated[tuple[IssueId, ...], Field(min_length=1, max_length=MOST)]
LATELY = timedelta(days=180)
"""How far back issues are looked at for what they have in common."""
READ = 1_000
"""Of them, at most; and of lists and dismissals."""


class DrawUp(Body):
    """The issues that belong on one list."""

    community: CommunityId
    title: Line
    issues: Some


class EditList(Body):
    """What is put right; what is left out stays."""

    title: Line | None = None
    add: Annotated[tuple[IssueId, ...], Field(max_length=MOST)] = ()
    remove: Annotated[tuple[IssueId, ...], Field(max_length=MOST)] = ()


class DismissDraft(Body):
    """What is no common problem, as the draft said it."""

    community: CommunityId
    about: Line
    issues: Some


class Drafts(TypedDict):
    """The one with most voices first."""

    items: list[DraftRow]


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


@router.post("/problem-lists/{list_id}/edit", status_code=202)
async def edit_problem_list(list_id: ProblemListId, body: EditList, secretary: Secretary, intake: Here) -> Accepted:
    """修改问题清单, before it is published"""
    if known := await intake.find(problem_lists, list_id):
        await require_own(intake, known.community, body.add)
    return await intake.execute(
        secretary,
        problem_lists,
        list_id,
        problem_list.edit,
        by=secretary.person,
        title=body.title,
        add=body.add,
        remove=body.remove,
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


@router.get("/problem-lists/unpublished", response_model=Page[ProblemListRow])
async def list_unpublished(secretary: Secretary, read: Read, part: Paging, community: CommunityId) -> Response:
    """Problem lists that are still being edited, newest first"""
    secretary.require(community)
    return await read.list(secretary, ProblemLists, part, community=community, published=False)


@router.get("/problem-drafts")
async def list_problem_drafts(secretary: Secretary, read: Read, community: CommunityId) -> Drafts:
    """问题线索: what open issues of the last half year have in common, none of them on a list, and none dismissed"""
    secretary.require(community)

    async def of(view: Any, **where: Any) -> list[Any]:
        page = await read.list(secretary, view, Part(None, READ), community=community, **where)
        return orjson.loads(page.body)["items"]

    since = Between(secretary.at - LATELY, secretary.at)
    rows = await of(Ledger, status=OneOf(sorted(OPEN)), raised_at=since)
    listed = frozenset(issue for one in await of(ProblemLists) for issue in one["issues"])
    dismissed = {one["about"]: one["issues"] for one in await of(Dismissals)}
    return Drafts(items=drafts(rows, listed, dismissed))


@router.post("/problem-drafts/dismiss", status_code=202)
async def dismiss_problem_draft(body: DismissDraft, secretary: Secretary, intake: Here) -> Accepted:
    """不列为共性问题: it is offered again when as many others say the same"""
    await require_own(intake, body.community, body.issues)
    return await intake.create(
        secretary,
        dismissals,
        uuid7(),
        body.community,
        dismissal.dismiss,
        community=body.community,
        by=secretary.person,
        about=body.about,
        issues=body.issues,
    )
