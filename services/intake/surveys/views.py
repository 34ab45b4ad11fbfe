"""Surveys as everybody sees them, and their results as the community's workers do: a table, and a picture of it."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from typing_extensions import TypedDict

from services.intake.surveys.survey import SCALE
from shared.contracts.intake import Question, QuestionKind, Reply, SurveyAnswered, SurveyPublished
from shared.eventlog.recorded import Recorded
from shared.projecting import PUBLIC, Row, Scoped, View

MOST_WORDS = 1_000
"""Answers in words that a result keeps of a question: the newest."""
WIDTH, LABEL, BAR, LINE = 720, 220, 400, 26
"""Of a picture: pixels."""


class SurveyRow(TypedDict):
    """A survey. Times are RFC 3339, in UTC."""

    id: str
    community: str
    title: str
    about: str | None
    questions: list[dict[str, Any]]
    published_at: str
    closes: str


class Surveys(
    View,
    number=1,
    scope=PUBLIC,
    events=(SurveyPublished,),
    columns={"community": "text", "published_at": "timestamptz"},
    order="published_at",
):
    """One row a survey."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case SurveyPublished() as told:
                asked = told.model_dump(mode="json", include={"community", "title", "about", "questions", "closes"})
                return {"id": event.stream_id, **asked, "published_at": event.at}
            case _:
                return row


class ResultRow(TypedDict):
    """What people say to one question: to each of its `labels` so many, or in words."""

    text: str
    kind: str
    labels: list[str]
    counts: list[int]
    words: list[str]


class SurveyResultRow(TypedDict):
    """A survey's results: so many people have answered."""

    id: str
    community: str
    title: str
    answers: int
    results: list[ResultRow]
    published_at: str


class SurveyResults(
    View,
    number=1,
    scope=Scoped(community="community"),
    events=(SurveyPublished, SurveyAnswered),
    columns={"community": "text", "published_at": "timestamptz"},
    order="published_at",
):
    """One row a survey: who said what, it does not know."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case SurveyPublished(community=community, title=title, questions=questions):
                return {
                    "id": event.stream_id,
                    "community": community,
                    "title": title,
                    "answers": 0,
                    "results": [_unanswered(one) for one in questions],
                    "published_at": event.at,
                }
            case SurveyAnswered(replies=replies) if row is not None:
                said = {one.question: one for one in replies}
                results = [_counted(one, said.get(number)) for number, one in enumerate(row["results"])]
                return row | {"answers": row["answers"] + 1, "results": results}
            case _:
                return row


def _unanswered(question: Question) -> Row:
    labels = [str(number) for number in SCALE] if question.kind is QuestionKind.SCALE else list(question.options)
    counts = [0] * len(labels)
    return {"text": question.text, "kind": question.kind, "labels": labels, "counts": counts, "words": []}


def _counted(result: Row, reply: Reply | None) -> Row:
    if reply is None:
        return result
    chosen = {reply.scale - SCALE[0]} if reply.scale is not None else set(reply.options)
    counts = [count + (place in chosen) for place, count in enumerate(result["counts"])]
    words = [*result["words"], reply.words][-MOST_WORDS:] if reply.words else result["words"]
    return result | {"counts": counts, "words": words}


def picture(row: Row) -> str:
    """The counts as bars, an SVG 1.1 image: each bar is the share of those who answered the survey."""
    lines: list[str] = [_text(0, 18, f"{row['title']}（{row['answers']} 人作答）", bold=True)]
    y = 2 * LINE
    for number, result in enumerate(row["results"], 1):
        lines.append(_text(0, y, f"{number}. {result['text']}", bold=True))
        y += LINE
        if result["kind"] == QuestionKind.WORDS:
            lines.append(_text(12, y, f"文字回答 {len(result['words'])} 条"))
            y += LINE
        for label, count in zip(result["labels"], result["counts"], strict=True):
            lines += _bar(y, label, count, row["answers"])
            y += LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 -4 {WIDTH} {y}" role="img" '
        f'font-family="sans-serif" font-size="14"><title>{escape(row["title"])}</title>{"".join(lines)}</svg>'
    )


def _bar(y: int, label: str, count: int, answers: int) -> Sequence[str]:
    share = count / answers if answers else 0.0
    width = round(BAR * share)
    return (
        _text(12, y, label if len(label) <= 14 else f"{label[:13]}…"),
        f'<rect x="{LABEL}" y="{y - 13}" width="{width}" height="16" fill="#0b6b8a"/>',
        _text(LABEL + width + 6, y, f"{count}（{share:.0%}）"),
    )


def _text(x: int, y: int, said: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}"{weight}>{escape(said)}</text>'
