"""Portal's read models, over everybody's events."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from shared.contracts import deliberation, intake, partner, volunteer
from shared.contracts.event import Event, published_events
from shared.contracts.words import IssueId
from shared.eventlog.recorded import Recorded
from shared.projecting import MATTERS, OfCommunities, OfMatter, Row, Said, Scoped, Slice, View, several

TOLD = (
    "text",
    "matter",
    "category",
    "agenda",
    "answer",
    "outcome",
    "task",
    "findings",
    "report",
    "reason",
    "item",
    "comment",
)
"""What an event says that a reader of its matter's story wants to see."""


class Step(TypedDict):
    """One event of a story: when, in which service, what, by whom in which role, and what it says."""

    at: str
    service: str
    event: str
    stream: str
    version: int
    role: str
    says: str | None


class StoryRow(TypedDict):
    """A matter from first word to last. `id` is the issue's or wish's. Times are RFC 3339, in UTC."""

    id: str
    community: str
    began_at: str
    steps: list[Step]


def _of(*contracts: Any) -> tuple[type[Event], ...]:
    names = {contract.__name__.rpartition(".")[2] for contract in contracts}
    return tuple(event for event in published_events() if event.service in names and event not in UNTOLD)


UNTOLD = (intake.ProblemListEdited, intake.ProblemDraftDismissed)
"""What the secretary has on the desk: no part of any matter's story."""
LISTING = (intake.ProblemListDrawnUp, intake.ProblemListPublished, intake.VisitRecorded)
ALSO = Said((intake.IssueMerged,), ("into",)), Said(LISTING, ("issues",), listed=True)
"""Where the matters of `_also` are named."""


class Stories(
    View,
    number=3,
    scope=Scoped(member_of="community"),
    events=_of(intake, deliberation, partner, volunteer),
    columns={"community": "text", "began_at": "timestamptz"},
    order="began_at",
    finds=(MATTERS, *ALSO),
):
    """One row a matter: every event that carries its correlation id or names it, in the order they came here."""

    @classmethod
    def behind(cls, key: str) -> Sequence[Slice]:
        return OfMatter(key), *(one.naming(key) for one in ALSO)

    @classmethod
    def behind_list(cls, where: Mapping[str, Any]) -> Sequence[Slice]:
        communities = several(where["community"])
        return OfCommunities(communities), *(one.naming_matters_of(*communities) for one in ALSO)

    def keys(self, event: Recorded) -> tuple[str, ...]:
        return tuple(dict.fromkeys((str(event.correlation), *map(str, _also(event.data)))))

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        if row is None and isinstance(event.data, (intake.IssueMerged, *LISTING)):
            return None  # about matters, none itself
        if row is not None and row["community"] != event.community:
            return row  # named by another community: that is no part of it
        began = row or {"id": str(event.correlation), "community": event.community, "began_at": event.at, "steps": []}
        return began | {"steps": [*began["steps"], _step(event)]}


def _also(event: Event) -> tuple[IssueId, ...]:
    """The other matters whose story an event belongs to."""
    match event:
        case intake.IssueMerged(into=into):
            return (into,)
        case intake.ProblemListDrawnUp() | intake.ProblemListPublished() | intake.VisitRecorded():
            return event.issues
        case _:
            return ()


def _step(event: Recorded) -> dict[str, Any]:
    said = event.data
    told = (getattr(said, name) for name in TOLD if name in type(said).model_fields)
    return {
        "at": event.at,
        "service": event.source,
        "event": event.type,
        "stream": event.stream,
        "version": event.version,
        "role": str(event.metadata.get("actor", "")).partition(":")[0],
        "says": next((value for value in told if isinstance(value, str)), None),
    }
