"""A draft of a problem dismissed: a fact that nothing changes afterwards."""

from dataclasses import dataclass

from shared.contracts.event import Event
from shared.contracts.intake import ProblemDraftDismissed
from shared.contracts.words import IssueId, PersonId
from shared.deciding.aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class Dismissal:
    """What was no common problem."""

    about: str


def evolve(dismissal: Dismissal | None, event: Event) -> Dismissal | None:
    """What an event makes of a dismissal."""
    return Dismissal(event.about) if isinstance(event, ProblemDraftDismissed) else dismissal


def dismiss(*, community: str, by: PersonId, about: str, issues: tuple[IssueId, ...]) -> ProblemDraftDismissed:
    """It is not offered for now; each issue counts once."""
    return ProblemDraftDismissed(community=community, by=by, about=about, issues=tuple(dict.fromkeys(issues)))


dismissals = Aggregate("problem_dismissal", evolve)
