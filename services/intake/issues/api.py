"""Issues over HTTP."""

from collections.abc import Callable
from typing import ParamSpec

from fastapi import APIRouter, Response
from pydantic import BaseModel
from uuid_utils.compat import uuid7

from services.intake.deadlines.asking import terms_of
from services.intake.deadlines.terms import TERMS
from services.intake.deadlines.timing import timed
from services.intake.issues import issue, merging
from services.intake.issues.issue import issues
from services.intake.issues.views import Counts, CountsRow, Ledger, LedgerRow
from shared.contracts.intake import Kind, Referral, Urgency, Where
from shared.contracts.words import Channel, CommunityId, IssueId, Line, PersonId, PlaceId, Text
from shared.deciding.act import WORKERS, Act
from shared.deciding.answers import Accepted
from shared.deciding.repository import Events
from shared.projecting.suppressing import published
from shared.service import Running
from shared.web.app import Here
from shared.web.audience import Anyone, Overseer, Public, Resident, Secretary, Worker
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)
P = ParamSpec("P")


class RaiseIssue(Body):
    """`by` is who speaks, where a worker writes it down for them; else it is the caller."""

    community: CommunityId
    channel: Channel
    text: Text
    where: Where = Where()
    by: PersonId | None = None


class Classify(Body):
    """What an issue is about, how soon it wants doing, and whose it is."""

    category: Line
    urgency: Urgency
    kind: Kind


class Merge(Body):
    """The issue that goes on for both."""

    into: IssueId


class Refer(Body):
    """Who is to deal with it."""

    referral: Referral


class Answer(Body):
    """What was done about it, as the raiser is to read it."""

    answer: Text


class RateIssue(Body):
    """The raiser's word on it."""

    solved: bool
    satisfied: bool
    comment: Text | None = None


class FollowUp(Body):
    """What the raiser said when they were asked."""

    note: Text


class PublishedCounts(BaseModel):
    """How many issues of a community stand where. Null is withheld: fewer than five, or what would tell of those."""

    community: CommunityId
    total: int | None
    by_status: dict[str, int | None]


class Withdraw(Body):
    """Why, if they care to say."""

    reason: Line | None = None


@router.post("/issues", status_code=202)
async def raise_issue(body: RaiseIssue, caller: Anyone, intake: Here) -> Accepted:
    """提出诉求"""
    by = body.by or caller.person
    if by == caller.person:
        recorded_by = None
    else:
        caller.require_role(body.community, *WORKERS, place=body.where.place)
        recorded_by = caller.person
    return await intake.create(
        caller,
        issues,
        uuid7(),
        body.community,
        timed(await intake.look_up(TERMS, body.community), caller.at, issue.raise_issue),
        community=body.community,
        by=by,
        recorded_by=recorded_by,
        channel=body.channel,
        text=body.text,
        where=body.where,
    )


@router.post("/issues/{issue_id}/second", status_code=202)
async def second_issue(issue_id: IssueId, resident: Resident, intake: Here) -> Accepted:
    """附议"""
    return await intake.execute(resident, issues, issue_id, issue.second, by=resident.person)


@router.post("/issues/{issue_id}/acknowledge", status_code=202)
async def acknowledge_issue(issue_id: IssueId, worker: Worker, intake: Here) -> Accepted:
    """受理"""
    command = await _timed(intake, worker, issue_id, issue.acknowledge)
    return await intake.execute(worker, issues, issue_id, command, by=worker.person)


@router.post("/issues/{issue_id}/classify", status_code=202)
async def classify_issue(issue_id: IssueId, body: Classify, worker: Worker, intake: Here) -> Accepted:
    """分类"""
    return await intake.execute(
        worker,
        issues,
        issue_id,
        await _timed(intake, worker, issue_id, issue.classify),
        by=worker.person,
        category=body.category,
        urgency=body.urgency,
        kind=body.kind,
    )


@router.post("/issues/{issue_id}/merge", status_code=202)
async def merge_issue(issue_id: IssueId, body: Merge, secretary: Secretary, intake: Here) -> Accepted:
    """合并"""
    return await intake.execute_across(
        secretary,
        issues,
        (issue_id, body.into),
        merging.merge,
        by=secretary.person,
        duplicate_id=issue_id,
        into_id=body.into,
    )


@router.post("/issues/{issue_id}/split", status_code=202)
async def split_issue(issue_id: IssueId, secretary: Secretary, intake: Here) -> Accepted:
    """拆分: out of the issue it was merged into"""
    found = await intake.find(issues, issue_id)
    into = (found and found.merged_into) or issue_id
    return await intake.execute_across(
        secretary,
        issues,
        (issue_id, into),
        merging.split,
        by=secretary.person,
        duplicate_id=issue_id,
        into_id=into,
        terms=await terms_of(intake, issue_id),
        at=secretary.at,
    )


@router.post("/issues/{issue_id}/refer", status_code=202)
async def refer_issue(issue_id: IssueId, body: Refer, secretary: Secretary, intake: Here) -> Accepted:
    """分流转办"""
    command = await _timed(intake, secretary, issue_id, issue.refer)
    return await intake.execute(secretary, issues, issue_id, command, by=secretary.person, referral=body.referral)


@router.post("/issues/{issue_id}/answer", status_code=202)
async def answer_issue(issue_id: IssueId, body: Answer, worker: Worker, intake: Here) -> Accepted:
    """答复办结 (what was referred to the community)"""
    command = await _timed(intake, worker, issue_id, issue.answer)
    return await intake.execute(worker, issues, issue_id, command, by=worker.person, answer=body.answer)


@router.post("/issues/{issue_id}/rate", status_code=202)
async def rate_issue(issue_id: IssueId, body: RateIssue, resident: Resident, intake: Here) -> Accepted:
    """评价"""
    return await intake.execute(
        resident,
        issues,
        issue_id,
        await _timed(intake, resident, issue_id, issue.rate),
        by=resident.person,
        solved=body.solved,
        satisfied=body.satisfied,
        comment=body.comment,
    )


@router.post("/issues/{issue_id}/withdraw", status_code=202)
async def withdraw_issue(issue_id: IssueId, body: Withdraw, resident: Resident, intake: Here) -> Accepted:
    """撤回"""
    return await intake.execute(resident, issues, issue_id, issue.withdraw, by=resident.person, reason=body.reason)


@router.post("/issues/{issue_id}/follow-up", status_code=202)
async def follow_up_issue(issue_id: IssueId, body: FollowUp, worker: Worker, intake: Here) -> Accepted:
    """回访"""
    return await intake.execute(worker, issues, issue_id, issue.follow_up, by=worker.person, note=body.note)


@router.get("/issues", response_model=Page[LedgerRow])
async def list_issues(
    worker: Worker,
    read: Read,
    part: Paging,
    community: CommunityId,
    place: PlaceId | None = None,
    status: issue.Status | None = None,
    overdue: bool | None = None,
) -> Response:
    """台账, newest first; of one place, where it is named, as who reaches some places only has to"""
    worker.require_list(community, place)
    return await read.list(worker, Ledger, part, community=community, place=place, status=status, overdue=overdue)


@router.get("/issues/{issue_id}", response_model=LedgerRow)
async def show_issue(issue_id: IssueId, caller: Anyone, read: Read) -> Response:
    """One issue, for who raised it and for the community's workers"""
    return await read.one(caller, Ledger, issue_id, "issue")


@router.get("/counts/{community}")
async def count_issues(community: CommunityId, public: Public, read: Read) -> PublishedCounts:
    """How many issues stand where, for everybody: small numbers are withheld"""
    exact = await read.row(public.anywhere(), Counts, community, "community")
    total, by_status = published(exact["by_status"])
    return PublishedCounts(community=community, total=total, by_status=by_status)


@router.get("/counts/{community}/exact", response_model=CountsRow)
async def count_issues_exactly(community: CommunityId, overseer: Overseer, read: Read) -> Response:
    """How many issues stand where, to the last one: for the community's workers and its sub-district"""
    return await read.one(overseer, Counts, community, "community")


async def _timed(intake: Running, act: Act, issue_id: IssueId, command: Callable[P, Events]) -> Callable[P, Events]:
    """The command on the community's terms."""
    return timed(await terms_of(intake, issue_id), act.at, command)
