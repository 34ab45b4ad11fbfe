"""Problem lists as they are read, and which drafts were dismissed."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from shared.contracts.intake import (
    ProblemDraftDismissed,
    ProblemListDrawnUp,
    ProblemListEdited,
    ProblemListPublished,
)
from shared.eventlog.recorded import Recorded
from shared.projecting import OfCommunities, Row, Scoped, Slice, View


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
    number=2,
    scope=Scoped(community="community", overseen="community", public="published"),
    events=(ProblemListDrawnUp, ProblemListEdited, ProblemListPublished),
    columns={"community": "text", "published": "bool", "drawn_up_at": "timestamptz"},
    order="drawn_up_at",
    lists=(("community",), ("community", "published")),
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
            case ProblemListEdited(title=title, issues=issues) if row is not None:
                return row | {"title": title or row["title"], "issues": [str(issue) for issue in issues]}
            case ProblemListPublished() if row is not None:
                return row | {"published": True}
            case _:
                return row


class Dismissals(
    View,
    number=1,
    scope=Scoped(community="community"),
    events=(ProblemDraftDismissed,),
    columns={"community": "text", "about": "text"},
    order="about",
    lists=(("community",),),
):
    """One row what drafts of a community are about: the issues that it had when it was dismissed last."""

    def keys(self, event: Recorded) -> Sequence[str]:
        match event.data:
            case ProblemDraftDismissed(community=community, about=about):
                return (f"{community}/{about}",)
            case _:
                return ()

    @classmethod
    def behind(cls, key: str) -> Sequence[Slice]:
        return (OfCommunities((key.partition("/")[0],)),)

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case ProblemDraftDismissed(community=community, about=about, issues=issues):
                return {"community": community, "about": about, "issues": [str(issue) for issue in issues]}
            case _:
                return row
