"""A problem list 问题清单: the common problems of a while, drawn up from issues and published."""

from dataclasses import dataclass, replace

from shared.contracts.event import Event
from shared.contracts.intake import ProblemListDrawnUp, ProblemListPublished
from shared.contracts.words import IssueId, PersonId, ProblemListId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotNow


@dataclass(frozen=True, slots=True)
class ProblemList:
    """The issues on it, and whether everyone may read it."""

    issues: tuple[IssueId, ...]
    published: bool = False


def evolve(problem_list: ProblemList | None, event: Event) -> ProblemList | None:
    """What an event makes of a problem list."""
    match problem_list, event:
        case None, ProblemListDrawnUp(issues=issues):
            return ProblemList(issues)
        case ProblemList(), ProblemListPublished():
            return replace(problem_list, published=True)
        case _:
            return problem_list


def draw_up(*, community: str, by: PersonId, title: str, issues: tuple[IssueId, ...]) -> ProblemListDrawnUp:
    """An issue stands on it once."""
    return ProblemListDrawnUp(community=community, by=by, title=title, issues=tuple(dict.fromkeys(issues)))


def publish(problem_list: ProblemList, *, by: PersonId, id: ProblemListId) -> ProblemListPublished:
    """Once."""
    if problem_list.published:
        raise NotNow("list-already-published", "清单已公布。", "This list was published before.")
    return ProblemListPublished(by=by, problem_list=id, issues=problem_list.issues)


problem_lists = Aggregate("problem_list", evolve)
