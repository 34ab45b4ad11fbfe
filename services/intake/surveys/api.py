"""Surveys 问卷 over HTTP: published, answered, and what came of them."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from uuid_utils.compat import uuid7

from services.intake.surveys import survey
from services.intake.surveys.survey import surveys
from services.intake.surveys.views import SurveyResultRow, SurveyResults, SurveyRow, Surveys, picture
from shared.contracts.intake import Question, QuestionKind, Reply
from shared.contracts.words import CommunityId, Line, PersonId, SurveyId, Text, Time
from shared.deciding.act import WORKERS
from shared.deciding.answers import Accepted
from shared.web.app import Here
from shared.web.audience import Anyone, Public, Secretary, Worker
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)

SVG = "image/svg+xml"


class Ask(Body):
    """A question; only those answered by options have some."""

    text: Line
    kind: QuestionKind
    options: Annotated[tuple[Line, ...], Field(max_length=30)] = ()
    required: bool = True


class PublishSurvey(Body):
    """What is asked, and until when."""

    community: CommunityId
    title: Line
    about: Text | None = None
    questions: Annotated[tuple[Ask, ...], Field(min_length=1, max_length=50)]
    closes: Time


class Say(Body):
    """A reply to the question at a place, from 0: one of options, scale (1 to 5) and words."""

    question: Annotated[int, Field(ge=0, le=49)]
    options: Annotated[tuple[Annotated[int, Field(ge=0, le=29)], ...], Field(max_length=30)] = ()
    scale: Annotated[int, Field(ge=1, le=5)] | None = None
    words: Text | None = None


class AnswerSurvey(Body):
    """`by` is who answers, where a worker writes it down for them; else it is the caller."""

    replies: Annotated[tuple[Say, ...], Field(max_length=50)]
    by: PersonId | None = None


@router.post("/surveys", status_code=202)
async def publish_survey(body: PublishSurvey, secretary: Secretary, intake: Here) -> Accepted:
    """发布问卷"""
    return await intake.create(
        secretary,
        surveys,
        uuid7(),
        body.community,
        survey.publish,
        community=body.community,
        by=secretary.person,
        title=body.title,
        about=body.about,
        questions=tuple(Question(**one.model_dump()) for one in body.questions),
        closes=body.closes,
        at=secretary.at,
    )


@router.post("/surveys/{survey_id}/answer", status_code=202)
async def answer_survey(survey_id: SurveyId, body: AnswerSurvey, caller: Anyone, intake: Here) -> Accepted:
    """回答问卷; once a person"""
    by = body.by or caller.person
    known = await intake.find(surveys, survey_id)
    if known is not None and by != caller.person:
        caller.require_role(known.community, *WORKERS)
    return await intake.execute(
        caller,
        surveys,
        survey_id,
        survey.answer,
        by=by,
        recorded_by=None if by == caller.person else caller.person,
        replies=tuple(Reply(**one.model_dump()) for one in body.replies),
        at=caller.at,
    )


@router.get("/surveys", response_model=Page[SurveyRow])
async def list_surveys(public: Public, read: Read, part: Paging, community: CommunityId) -> Response:
    """Surveys, newest first"""
    return await read.list(public, Surveys, part, community=community)


@router.get("/surveys/{survey_id}", response_model=SurveyRow)
async def show_survey(survey_id: SurveyId, public: Public, read: Read) -> Response:
    """One survey with its questions"""
    return await read.one(public, Surveys, survey_id, "survey")


@router.get("/surveys/{survey_id}/results", response_model=SurveyResultRow)
async def show_results(survey_id: SurveyId, worker: Worker, read: Read) -> Response:
    """问卷结果, as a table: how many said what"""
    return await read.one(worker, SurveyResults, survey_id, "survey")


@router.get(
    "/surveys/{survey_id}/picture",
    response_class=Response,
    responses={200: {"content": {SVG: {"schema": {"type": "string"}}}}},
)
async def show_picture(survey_id: SurveyId, worker: Worker, read: Read) -> Response:
    """问卷结果, as a picture: bars, one an option"""
    return Response(picture(await read.row(worker, SurveyResults, survey_id, "survey")), media_type=SVG)
