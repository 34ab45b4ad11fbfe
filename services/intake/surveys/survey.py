"""A survey 问卷: questions to the people of a community, which each answers once while it is open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.contracts.event import Event
from shared.contracts.intake import Question, QuestionKind, Reply, SurveyAnswered, SurveyPublished
from shared.contracts.words import PersonId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotNow, NotValid

SCALE = range(1, 6)
CHOSEN = frozenset({QuestionKind.ONE, QuestionKind.SEVERAL})


@dataclass(frozen=True, slots=True)
class Survey:
    """What is asked, until when, and who has answered."""

    community: str
    questions: tuple[Question, ...]
    closes: datetime
    answered_by: frozenset[PersonId] = frozenset()


def evolve(survey: Survey | None, event: Event) -> Survey | None:
    """What an event makes of a survey."""
    match survey, event:
        case None, SurveyPublished(community=community, questions=questions, closes=closes):
            return Survey(community, questions, closes)
        case Survey(), SurveyAnswered(by=by):
            return replace(survey, answered_by=survey.answered_by | {by})
        case _:
            return survey


def publish(
    *,
    community: str,
    by: PersonId,
    title: str,
    about: str | None,
    questions: tuple[Question, ...],
    closes: datetime,
    at: datetime,
) -> SurveyPublished:
    """It is open for some time, and its questions can be answered."""
    if closes <= at:
        raise NotValid("closes-before-it-opens", "截止时间须晚于现在。", "A survey closes after it is published.")
    wrong = [number for number, one in enumerate(questions) if not _askable(one)]
    if wrong:
        raise NotValid(
            "questions-wrong",
            "单选、多选题须有 2 个以上不重复的选项，其余题型没有选项；请修改 questions 所列各题（从 0 数起）。",
            "A question that is answered by options needs two or more, all different, and no other has any: change "
            "those that `questions` lists, counted from 0.",
            questions=wrong,
        )
    return SurveyPublished(community=community, by=by, title=title, about=about, questions=questions, closes=closes)


def _askable(question: Question) -> bool:
    options = question.options
    return len(options) > 1 and len(set(options)) == len(options) if question.kind in CHOSEN else not options


def answer(
    survey: Survey, *, by: PersonId, recorded_by: PersonId | None, replies: Sequence[Reply], at: datetime
) -> SurveyAnswered:
    """Once a person, to every question that has to be answered, each in its kind."""
    if at >= survey.closes:
        raise NotNow("survey-closed", "问卷已截止。", "This survey is closed.", closes=survey.closes.isoformat())
    if by in survey.answered_by:
        raise NotNow("survey-already-answered", "此人已答过这份问卷。", "This person has answered this survey before.")
    if wrong := sorted(set(_wrong(survey.questions, replies))):
        raise NotValid(
            "replies-wrong",
            "请修改 questions 所列各题的回答（从 0 数起）：必答题要答，每题答一次，按题型作答。",
            "Change the replies to those that `questions` lists, counted from 0: each that is required is answered, "
            "each once, and in its kind.",
            questions=wrong,
        )
    return SurveyAnswered(by=by, recorded_by=recorded_by, replies=tuple(sorted(replies, key=lambda one: one.question)))


def _wrong(questions: Sequence[Question], replies: Sequence[Reply]) -> Iterator[int]:
    asked = [one.question for one in replies]
    yield from (number for number, one in enumerate(questions) if one.required and number not in asked)
    yield from (number for number in asked if asked.count(number) > 1 or not 0 <= number < len(questions))
    for one in replies:
        if 0 <= one.question < len(questions) and not _answers(questions[one.question], one):
            yield one.question


def _answers(question: Question, reply: Reply) -> bool:
    said = (bool(reply.options), reply.scale is not None, reply.words is not None)
    match question.kind:
        case QuestionKind.SCALE:
            return said == (False, True, False) and reply.scale in SCALE
        case QuestionKind.WORDS:
            return said == (False, False, True)
        case _:
            chosen = reply.options
            there = all(0 <= one < len(question.options) for one in chosen) and len(set(chosen)) == len(chosen)
            few = len(chosen) == 1 or question.kind is QuestionKind.SEVERAL
            return said == (True, False, False) and there and few


surveys = Aggregate("survey", evolve)
