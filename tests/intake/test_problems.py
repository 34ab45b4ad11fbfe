"""A problem list is edited until it is published; and what many say surfaces as a draft of one."""

from typing import Any
from uuid import uuid4

import pytest

from services.intake.issues.views import LedgerRow
from services.intake.problems import problem_list
from services.intake.problems.drafting import FEWEST, drafts
from services.intake.problems.problem_list import problem_lists
from services.intake.searching.words import words
from services.intake.similar.senses import leading
from shared.contracts.intake import ProblemListDrawnUp, ProblemListEdited, ProblemListPublished
from shared.contracts.words import IssueId, PersonId, ProblemListId
from tests.given import given

SECRETARY = PersonId(uuid4())
FIRST, SECOND, THIRD = (IssueId(uuid4()) for _ in range(3))
DRAWN_UP = ProblemListDrawnUp(community="yaopo", by=SECRETARY, title="清单", issues=(FIRST, SECOND))
PUBLISHED = ProblemListPublished(by=SECRETARY, problem_list=ProblemListId(uuid4()), issues=(FIRST, SECOND))


def test_issues_come_onto_a_list_and_go_off_it() -> None:
    given(problem_lists, DRAWN_UP).when(
        problem_list.edit, by=SECRETARY, title="照明", add=(THIRD, FIRST), remove=(SECOND,)
    ).then(ProblemListEdited(by=SECRETARY, title="照明", issues=(FIRST, THIRD)))


def test_what_was_edited_is_what_is_published() -> None:
    edited = ProblemListEdited(by=SECRETARY, issues=(THIRD,))
    id = ProblemListId(uuid4())
    given(problem_lists, DRAWN_UP, edited).when(problem_list.publish, by=SECRETARY, id=id).then(
        ProblemListPublished(by=SECRETARY, problem_list=id, issues=(THIRD,))
    )


def test_a_published_list_stays_as_it_is() -> None:
    given(problem_lists, DRAWN_UP, PUBLISHED).when(problem_list.edit, by=SECRETARY, add=(THIRD,)).fails(
        "list-already-published"
    )


def test_a_list_is_never_empty() -> None:
    given(problem_lists, DRAWN_UP).when(problem_list.edit, by=SECRETARY, remove=(FIRST, SECOND)).fails(
        "list-empty-or-too-long"
    )


def row(text: str, seconds: int = 0, place: str | None = None, day: int = 1) -> LedgerRow:
    """What drafts look at of an issue."""
    known: dict[str, Any] = {
        "id": str(uuid4()),
        "text": text,
        "seconds": seconds,
        "place": place,
        "category": None,
        "raised_at": f"2026-03-{day:02}T08:00:00Z",
    }
    return LedgerRow(**known)


LIGHTS = [row("楼道灯不亮", 2, "ruyi", 3), row("单元里黑灯瞎火", 0, "weixiao", 1), row("声控灯坏了", 4, "ruyi", 2)]
LIFT = [row("电梯停运"), row("8号楼电梯又趴窝")]


def test_what_three_are_about_surfaces_with_all_its_voices() -> None:
    [draft] = drafts([*LIGHTS, *LIFT], frozenset(), {})
    assert (draft["about"], draft["title"], draft["voices"]) == ("照明", "照明：3 件", 9)
    assert draft["issues"] == [LIGHTS[2]["id"], LIGHTS[0]["id"], LIGHTS[1]["id"]]
    assert draft["places"] == {"ruyi": 2, "weixiao": 1}
    assert (draft["first"], draft["last"]) == ("2026-03-01T08:00:00Z", "2026-03-03T08:00:00Z")


def test_what_is_on_a_list_is_in_no_draft() -> None:
    assert drafts(LIGHTS, frozenset({LIGHTS[0]["id"]}), {}) == []


@pytest.mark.parametrize(("more", "offered"), [(FEWEST - 1, 0), (FEWEST, 1)])
def test_what_was_dismissed_comes_back_when_twice_as_many_say_it(more: int, offered: int) -> None:
    dismissed = {"照明": [one["id"] for one in LIGHTS]}
    rows = [*LIGHTS, *(row("楼道灯坏了") for _ in range(more))]
    assert len(drafts(rows, frozenset(), dismissed)) == offered


def test_a_text_is_about_what_most_of_its_words_say() -> None:
    assert leading(words(("楼道灯不亮，老人看不见",))) == "照明"
    assert leading(words(("给老人办个食堂，吃饭方便",))) == "老人"
    assert leading(words(("用不了",))) is None  # a trouble, with nothing said of what
