"""Problem lists as they are read."""

from typing_extensions import TypedDict

from shared.contracts.intake import (
    ProblemListDrawnUp,
    ProblemListPublished,
)
from shared.eventlog.recorded import Recorded
from shared.projecting import Row, Scoped, View


class ProblemListRow(TypedDict):
    """A problem list and the issues on it."""

    id: str
    community: str
    title: str
    issues: list[str]
    published: bool
    drawn_up_at: str


class ProblemLists(
    View,
    number=1,
    scope=Scoped(community="community", overseen="community", public="published"),
    events=(ProblemListDrawnUp, ProblemListPublished),
    columns={"community": "text", "published": "bool", "drawn_up_at": "timestamptz"},
    order="drawn_up_at",
    lists=(("community", "published"),),
):
    """One row a problem list."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case ProblemListDrawnUp(community=community, title=title, issues=issues):
                return {
                    "id": event.stream_id,
                    "community": community,
                    "title": title,
                    "issues": [str(issue) for issue in issues],
                    "published": False,
                    "drawn_up_at": event.at,
                }
            case ProblemListPublished() if row is not None:
                return row | {"published": True}
            case _:
                return row
