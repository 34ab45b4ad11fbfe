"""A problem list 问题清单: the common problems of a while, drawn up from issues and published."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.contracts.event import Event
from shared.contracts.intake import ProblemListDrawnUp, ProblemListEdited, ProblemListPublished
from shared.contracts.words import IssueId, PersonId, ProblemListId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotNow, NotValid

MOST = 500
"""Issues on one list."""


@dataclass(frozen=True, slots=True)
class ProblemList:
    """The issues on it, and whether everyone may read it."""

    community: str
    issues: tuple[IssueId, ...]
    published: bool = False


def evolve(problem_list: ProblemList | None, event: Event) -> ProblemList | None:
    """What an event makes of a problem list."""
    match problem_list, event:
        case None, ProblemListDrawnUp(community=community, issues=issues):
            return ProblemList(community, issues)
        case ProblemList(), ProblemListEdited(issues=issues):
            return replace(problem_list, issues=issues)
        case ProblemList(), ProblemListPublished():
            return replace(problem_list, published=True)
        case _:
            return problem_list


def draw_up(*, community: str, by: PersonId, title: str, issues: tuple[IssueId, ...]) -> ProblemListDrawnUp:
    """An issue stands on it once."""
    return ProblemListDrawnUp(community=community, by=by, title=title, issues=tuple(dict.fromkeys(issues)))


def edit(
    problem_list: ProblemList,
    *,
    by: PersonId,
    title: str | None = None,
    add: Sequence[IssueId] = (),
    remove: Sequence[IssueId] = (),
) -> ProblemListEdited:
    """Until it is published; something stays on it, and not more than MOST."""
    _require_unpublished(problem_list)
    issues = tuple(one for one in dict.fromkeys((*problem_list.issues, *add)) if one not in remove)
    if not 1 <= len(issues) <= MOST:
        raise NotValid(
            "list-empty-or-too-long",
            "清单上须有 1 至 500 件诉求。",
            "A list has 1 to 500 issues on it.",
            issues=len(issues),
        )
    return ProblemListEdited(by=by, title=title, issues=issues)


def publish(problem_list: ProblemList, *, by: PersonId, id: ProblemListId) -> ProblemListPublished:
    """Once."""
    _require_unpublished(problem_list)
    return ProblemListPublished(by=by, problem_list=id, issues=problem_list.issues)


def _require_unpublished(problem_list: ProblemList) -> None:
    if problem_list.published:
        raise NotNow("list-already-published", "清单已公布。", "This list was published before.")


problem_lists = Aggregate("problem_list", evolve)
