"""Deliberation over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from uuid_utils.compat import uuid7

from services.deliberation import consultation
from services.deliberation.consultation import consultations
from services.deliberation.views import ConsultationRow, Consultations
from shared.contracts.deliberation import Assignee, Capacity, InvitedPerson, Invitee, Way
from shared.contracts.words import (
    ActionId,
    CommunityId,
    ConsultationId,
    IssueId,
    Line,
    PlaceId,
    Text,
    Time,
    UnitId,
)
from shared.deciding.answers import Accepted
from shared.web.app import Here
from shared.web.audience import Anyone, Operator, Secretary, Worker
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)


class Propose(Body):
    """A matter that nobody raised as an issue, or several issues at once."""

    community: CommunityId
    matter: Line
    issues: Annotated[tuple[IssueId, ...], Field(max_length=100)] = ()


class Invite(Body):
    """Who is asked, as what."""

    invitee: Invitee
    capacity: Capacity


class Schedule(Body):
    """Where and when, about what, with whom."""

    venue: PlaceId
    starts_at: Time
    agenda: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    invites: Annotated[tuple[Invite, ...], Field(max_length=500)] = ()


class AnswerInvitation(Body):
    """Whether they come."""

    coming: bool


class AnswerForUnit(Body):
    """Whether the unit comes; which one, if several of the caller's are invited."""

    coming: bool
    unit: UnitId | None = None


class Hold(Body):
    """How it went."""

    attendance: Annotated[int, Field(ge=1, le=100_000)]
    way: Way
    outcome: Text
    minutes: Text


class Assign(Body):
    """Who does what by when."""

    assignee: Assignee
    task: Text
    due: Time


class Report(Body):
    """What was done, or seen to be done."""

    report: Text


@router.post("/consultations", status_code=202)
async def propose_consultation(body: Propose, secretary: Secretary, deliberation: Here) -> Accepted:
    """提出议题"""
    return await deliberation.create(
        secretary,
        consultations,
        uuid7(),
        body.community,
        consultation.propose,
        community=body.community,
        matter=body.matter,
        issues=body.issues,
    )


@router.post("/consultations/{consultation_id}/schedule", status_code=202)
async def schedule_consultation(
    consultation_id: ConsultationId, body: Schedule, secretary: Secretary, deliberation: Here
) -> Accepted:
    """确定时间地点并邀请"""
    return await deliberation.execute(
        secretary,
        consultations,
        consultation_id,
        consultation.schedule,
        by=secretary.person,
        venue=body.venue,
        starts_at=body.starts_at,
        agenda=body.agenda,
        invites=tuple((invite.invitee, invite.capacity) for invite in body.invites),
    )


@router.post("/consultations/{consultation_id}/answer", status_code=202)
async def answer_invitation(
    consultation_id: ConsultationId, body: AnswerInvitation, caller: Anyone, deliberation: Here
) -> Accepted:
    """回复邀请"""
    return await deliberation.execute(
        caller,
        consultations,
        consultation_id,
        consultation.answer_invitation,
        by=caller.person,
        invitee=InvitedPerson(person=caller.person),
        coming=body.coming,
    )


@router.post("/consultations/{consultation_id}/answer-for-unit", status_code=202)
async def answer_invitation_for_unit(
    consultation_id: ConsultationId, body: AnswerForUnit, operator: Operator, deliberation: Here
) -> Accepted:
    """共建单位回复邀请"""
    return await deliberation.execute(
        operator.anywhere(),
        consultations,
        consultation_id,
        consultation.answer_for_unit,
        by=operator.person,
        units=operator.units(body.unit),
        coming=body.coming,
    )


@router.post("/consultations/{consultation_id}/hold", status_code=202)
async def hold_consultation(
    consultation_id: ConsultationId, body: Hold, secretary: Secretary, deliberation: Here
) -> Accepted:
    """召开协商会"""
    return await deliberation.execute(
        secretary,
        consultations,
        consultation_id,
        consultation.hold,
        by=secretary.person,
        attendance=body.attendance,
        way=body.way,
        outcome=body.outcome,
        minutes=body.minutes,
    )


@router.post("/consultations/{consultation_id}/actions", status_code=202)
async def assign_action(
    consultation_id: ConsultationId, body: Assign, secretary: Secretary, deliberation: Here
) -> Accepted:
    """分派任务"""
    return await deliberation.execute(
        secretary,
        consultations,
        consultation_id,
        consultation.assign,
        by=secretary.person,
        id=consultation_id,
        action=ActionId(uuid7()),
        assignee=body.assignee,
        task=body.task,
        due=body.due,
    )


@router.post("/consultations/{consultation_id}/actions/{action_id}/assign", status_code=202)
async def assign_action_anew(
    consultation_id: ConsultationId, action_id: ActionId, body: Assign, secretary: Secretary, deliberation: Here
) -> Accepted:
    """另行分派 (what was given back)"""
    return await deliberation.execute(
        secretary,
        consultations,
        consultation_id,
        consultation.assign_anew,
        by=secretary.person,
        id=consultation_id,
        action=action_id,
        assignee=body.assignee,
        task=body.task,
        due=body.due,
    )


@router.post("/consultations/{consultation_id}/actions/{action_id}/complete", status_code=202)
async def complete_action(
    consultation_id: ConsultationId, action_id: ActionId, body: Report, worker: Worker, deliberation: Here
) -> Accepted:
    """完成任务 (the community's or the residents')"""
    return await deliberation.execute(
        worker, consultations, consultation_id, consultation.complete_own, action=action_id, report=body.report
    )


@router.post("/consultations/{consultation_id}/actions/{action_id}/verify", status_code=202)
async def verify_action(
    consultation_id: ConsultationId, action_id: ActionId, body: Report, worker: Worker, deliberation: Here
) -> Accepted:
    """核验任务 (the community's or the residents')"""
    return await deliberation.execute(
        worker, consultations, consultation_id, consultation.verify_own, action=action_id, report=body.report
    )


@router.get("/consultations", response_model=Page[ConsultationRow])
async def list_consultations(
    worker: Worker, read: Read, part: Paging, community: CommunityId, issue: IssueId | None = None
) -> Response:
    """A community's consultations, newest first; of one issue, where it is given"""
    worker.require(community)
    return await read.list(worker, Consultations, part, community=community, issue=issue and str(issue))


@router.get("/consultations/{consultation_id}", response_model=ConsultationRow)
async def show_consultation(consultation_id: ConsultationId, worker: Worker, read: Read) -> Response:
    """One consultation"""
    return await read.one(worker, Consultations, consultation_id, "consultation")
