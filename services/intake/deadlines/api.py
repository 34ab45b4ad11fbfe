"""The time that issues are given, over HTTP: a sub-district's policy, and what a secretary makes of one issue's."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from services.intake.deadlines import policy, timing
from services.intake.deadlines.asking import terms_of
from services.intake.deadlines.policy import OFFICE, RULES, policies
from services.intake.deadlines.views import DeadlinePolicies, PolicyRow
from services.intake.issues import issue
from services.intake.issues.issue import issues
from shared.contracts.intake import DeadlineRule, OfficeHours, Step
from shared.contracts.words import IssueId, SubDistrictId, Text
from shared.deciding.answers import Accepted
from shared.web.app import Here
from shared.web.audience import Keeper, Officer, Public, Secretary
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Read

router = APIRouter(route_class=CommandRoute)


class SetPolicy(Body):
    """A day's office hours, one after the other, and a rule for each step that is not to have the usual time."""

    office: Annotated[tuple[OfficeHours, ...], Field(min_length=1, max_length=6)] = OFFICE
    rules: Annotated[tuple[DeadlineRule, ...], Field(max_length=500)] = RULES


class Because(Body):
    """Why."""

    reason: Text


class Extend(Body):
    """How many working hours more a step gets, and why."""

    step: Step
    hours: Annotated[float, Field(gt=0, le=timing.LONGEST)]
    reason: Text


@router.post("/deadline-policies/{sub_district}", status_code=202)
async def set_deadline_policy(sub_district: SubDistrictId, body: SetPolicy, officer: Officer, intake: Here) -> Accepted:
    """设定办理时限"""
    officer.require_sub_district(sub_district)
    set_policy = partial(
        policy.set_policy, sub_district=sub_district, by=officer.person, office=body.office, rules=body.rules
    )
    act = officer.anywhere()
    if await intake.find(policies, sub_district) is None:
        return await intake.create(act, policies, sub_district, sub_district, set_policy)
    return await intake.execute(act, policies, sub_district, lambda _: set_policy())


@router.get("/deadline-policies/{sub_district}", response_model=PolicyRow)
async def show_deadline_policy(sub_district: SubDistrictId, public: Public, read: Read) -> Response:
    """How long each step may take in a sub-district that has said so"""
    return await read.one(public, DeadlinePolicies, sub_district, "deadline-policy")


@router.post("/issues/{issue_id}/suspend", status_code=202)
async def suspend_issue(issue_id: IssueId, body: Because, secretary: Secretary, intake: Here) -> Accepted:
    """挂起: the clock stands still"""
    terms = await terms_of(intake, issue_id)
    suspend = partial(timing.suspend, by=secretary.person, reason=body.reason, terms=terms, at=secretary.at)
    return await intake.execute(secretary, issues, issue_id, suspend)


@router.post("/issues/{issue_id}/resume", status_code=202)
async def resume_issue(issue_id: IssueId, secretary: Secretary, intake: Here) -> Accepted:
    """恢复办理"""
    terms = await terms_of(intake, issue_id)
    return await intake.execute(
        secretary, issues, issue_id, timing.resume, by=secretary.person, terms=terms, at=secretary.at
    )


@router.post("/issues/{issue_id}/extend", status_code=202)
async def extend_deadline(issue_id: IssueId, body: Extend, secretary: Secretary, intake: Here) -> Accepted:
    """延期"""
    return await intake.execute(
        secretary,
        issues,
        issue_id,
        timing.extend,
        by=secretary.person,
        step=body.step,
        hours=body.hours,
        reason=body.reason,
        terms=await terms_of(intake, issue_id),
    )


@router.post("/issues/{issue_id}/escalate", status_code=202)
async def escalate_issue(issue_id: IssueId, body: Because, keeper: Keeper, intake: Here) -> Accepted:
    """上报街道"""
    return await intake.execute(keeper, issues, issue_id, issue.escalate, by=keeper.person, reason=body.reason)
