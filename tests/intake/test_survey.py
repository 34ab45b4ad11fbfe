"""A survey is answered once a person, each question in its kind; and what came of it is counted."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake.surveys import survey
from services.intake.surveys.survey import surveys
from services.intake.surveys.views import SurveyResults, picture
from shared.contracts.event import Event
from shared.contracts.intake import Question, QuestionKind, Reply, SurveyAnswered, SurveyPublished
from shared.contracts.words import PersonId
from shared.eventlog.recorded import Metadata, Recorded
from tests.given import given

WHO, OTHER, SECRETARY = (PersonId(uuid.uuid4()) for _ in range(3))
AT = datetime(2024, 3, 1, tzinfo=UTC)
CLOSES = AT + timedelta(days=7)
QUESTIONS = (
    Question(text="垃圾分类点放在哪里", kind=QuestionKind.ONE, options=("东门", "西门")),
    Question(text="愿意参加哪些活动", kind=QuestionKind.SEVERAL, options=("义诊", "普法", "清洁"), required=False),
    Question(text="对物业的评价", kind=QuestionKind.SCALE),
    Question(text="还有什么建议", kind=QuestionKind.WORDS, required=False),
)
PUBLISHED = SurveyPublished(community="yaopo", by=SECRETARY, title="小区环境", questions=QUESTIONS, closes=CLOSES)
ALL = (
    Reply(question=0, options=(1,)),
    Reply(question=1, options=(0, 2)),
    Reply(question=2, scale=4),
    Reply(question=3, words="多装一盏灯"),
)
ANSWERED = SurveyAnswered(by=WHO, replies=ALL)


def answering(*replies: Reply, by: PersonId = WHO, at: datetime = AT) -> dict[str, Any]:
    return {"by": by, "recorded_by": None, "replies": replies, "at": at}


def test_a_survey_is_answered_once_a_person_until_it_closes() -> None:
    given(surveys, PUBLISHED).when(survey.answer, **answering(*reversed(ALL))).then(ANSWERED)
    given(surveys, PUBLISHED, ANSWERED).when(survey.answer, **answering(*ALL)).fails("survey-already-answered")
    given(surveys, PUBLISHED, ANSWERED).when(survey.answer, **answering(*ALL, by=OTHER)).then(
        SurveyAnswered(by=OTHER, replies=ALL)
    )
    given(surveys, PUBLISHED).when(survey.answer, **answering(*ALL, at=CLOSES)).fails("survey-closed")


@pytest.mark.parametrize(
    "replies",
    [
        (),
        (ALL[0],),
        (Reply(question=0, options=(2,)), ALL[2]),
        (Reply(question=0, options=(0, 1)), ALL[2]),
        (Reply(question=0, options=(-1,)), ALL[2]),
        (Reply(question=0, words="东门"), ALL[2]),
        (Reply(question=0, options=(0,), words="东门"), ALL[2]),
        (ALL[0], ALL[0], ALL[2]),
        (ALL[0], ALL[2], Reply(question=1, options=(1, 1))),
        (ALL[0], Reply(question=2, scale=6)),
        (ALL[0], ALL[2], Reply(question=9, scale=1)),
    ],
)
def test_a_reply_that_does_not_fit_its_question_is_named(replies: tuple[Reply, ...]) -> None:
    given(surveys, PUBLISHED).when(survey.answer, **answering(*replies)).fails("replies-wrong")


def publish(_: None, **said: Any) -> SurveyPublished:
    return survey.publish(**said)


@pytest.mark.parametrize(
    "question",
    [
        Question(text="?", kind=QuestionKind.ONE, options=("东门",)),
        Question(text="?", kind=QuestionKind.SEVERAL, options=("东门", "东门")),
        Question(text="?", kind=QuestionKind.SCALE, options=("好", "坏")),
    ],
)
def test_a_question_that_cannot_be_answered_is_not_asked(question: Question) -> None:
    said: dict[str, Any] = {"community": "yaopo", "by": SECRETARY, "title": "?", "about": None, "closes": CLOSES}
    given(surveys).when(publish, **said, questions=(question,), at=AT).fails("questions-wrong")
    given(surveys).when(publish, **said, questions=QUESTIONS, at=CLOSES).fails("closes-before-it-opens")


def results(*events: Event) -> dict[str, Any]:
    row: dict[str, Any] | None = None
    for version, event in enumerate(events, 1):
        json, metadata = event.model_dump_json(), Metadata(uuid.UUID(int=1)).to_json()
        named = (event.event_name, event.event_version, json, metadata, "yaopo", AT)
        row = SurveyResults().fold(row, Recorded(version, uuid.uuid4(), "intake", "survey-1", version, *named))
    assert row is not None
    return row


def test_results_count_each_option_and_keep_no_word_of_who_said_it() -> None:
    other = SurveyAnswered(by=OTHER, replies=(Reply(question=0, options=(1,)), Reply(question=2, scale=1)))
    row = results(PUBLISHED, ANSWERED, other)
    assert row["answers"] == 2
    assert [one["counts"] for one in row["results"]] == [[0, 2], [1, 0, 1], [1, 0, 0, 1, 0], []]
    assert row["results"][3]["words"] == ["多装一盏灯"]
    assert str(WHO) not in str(row)


@for_all(st.lists(st.tuples(st.sets(st.integers(0, 2)), st.integers(1, 5)), max_size=20))
def test_what_is_counted_is_what_was_answered(said: list[tuple[set[int], int]]) -> None:
    answers = [
        SurveyAnswered(
            by=PersonId(uuid.uuid4()),
            replies=(Reply(question=1, options=tuple(chosen)), Reply(question=2, scale=scale)),
        )
        for chosen, scale in said
    ]
    row = results(PUBLISHED, *answers)
    assert row["answers"] == len(said)
    assert row["results"][1]["counts"] == [sum(place in chosen for chosen, _ in said) for place in range(3)]
    assert sum(row["results"][2]["counts"]) == len(said)


def test_a_picture_has_a_bar_for_each_option_as_long_as_its_share_and_escapes_what_people_wrote() -> None:
    told = PUBLISHED.model_copy(update={"title": "<script>&"})
    root = ElementTree.fromstring(picture(results(told, ANSWERED)))  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    widths = [int(one.attrib["width"]) for one in root.iter(f"{space}rect")]
    assert widths == [0, 400, 400, 0, 400, 0, 0, 0, 400, 0]
    assert root.findtext(f"{space}title") == "<script>&"
    assert picture(results(PUBLISHED)).count("<rect") == 10
