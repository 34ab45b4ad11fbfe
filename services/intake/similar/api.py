"""Similar matters over HTTP: before an issue is raised, and on the desk."""

from typing import Annotated

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from services.intake.issues.views import Ledger, LedgerRow
from services.intake.searching.words import words
from services.intake.similar.looking import Likened, like
from shared.contracts.intake import Kind
from shared.contracts.words import CommunityId, IssueId, Line, PlaceId
from shared.web.audience import Anyone, Worker
from shared.web.command import CommandRoute
from shared.web.reading import ReadNow

router = APIRouter(route_class=CommandRoute)


class SimilarIssue(TypedDict):
    """What a neighbour is told of an issue: enough to second it, nothing of what was said and by whom. `about` are the
    senses that it shares with what was asked."""

    id: str
    about: list[str]
    place: str | None
    category: str | None
    status: str
    seconds: int
    raised_on: str


class SimilarIssues(TypedDict):
    """The most alike first."""

    items: list[SimilarIssue]


class LikeIssue(TypedDict):
    """An issue, and how much it is like the one on the desk."""

    issue: LedgerRow
    score: float
    about: list[str]


class LikeIssues(TypedDict):
    """The most alike first."""

    items: list[LikeIssue]


@router.get("/issues/similar")
async def list_similar_issues(
    caller: Anyone,
    read: ReadNow,
    community: CommunityId,
    text: Annotated[Line, Query(description="What is about to be raised")],
    place: PlaceId | None = None,
) -> SimilarIssues:
    """相似诉求: before one is raised, those like it that are no one household's, to be seconded"""
    caller.require(community)
    found = await like(
        read.reader, community, words((text,)), place, caller.at, neighbour=True, read_after=read.read_after
    )
    return SimilarIssues(items=[_told(one) for one in found if one.row["kind"] != Kind.PERSONAL])


@router.get("/issues/{issue_id}/similar")
async def list_issues_like_one(issue_id: IssueId, worker: Worker, read: ReadNow) -> LikeIssues:
    """相似诉求: those like the one on the desk, to be merged into it or it into them"""
    row = await read.row(worker, Ledger, issue_id, "issue")
    said = words((row["text"], row["where"]["detail"]))
    found = await like(
        read.reader, row["community"], said, row["place"], worker.at, read_after=read.read_after, besides=(row["id"],)
    )
    seen = [one for one in found if Ledger.scope.permits(worker.scope, dict(one.row))]
    return LikeIssues(items=[_shown(one) for one in seen])


def _told(one: Likened) -> SimilarIssue:
    row = one.row
    return SimilarIssue(
        id=row["id"],
        about=list(one.alike.senses),
        place=row["place"],
        category=row["category"],
        status=row["status"],
        seconds=row["seconds"],
        raised_on=row["raised_at"][:10],
    )


def _shown(one: Likened) -> LikeIssue:
    return LikeIssue(issue=one.row, score=round(one.alike.score, 2), about=list(one.alike.senses))
