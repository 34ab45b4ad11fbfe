"""What everybody may read: the published matters, and the newest change of each.

No event that holds what somebody said is among those folded here, so none of it can be in a row."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from services.intake.open311.catalogue import code_of
from services.intake.publishing.standing import MOVES, moved, standing
from shared.contracts.intake import IssuePublished, IssueUnpublished
from shared.eventlog.recorded import Recorded
from shared.projecting import PUBLIC, Row, Said, Slice, View, several


class MatterRow(TypedDict):
    """A published issue, in the community's words. `service` is its category's code in Open311; `state` is `open` or
    `closed`, `status` tells more. Times are RFC 3339, in UTC."""

    id: str
    community: str
    title: str
    text: str
    outcome: str | None
    place: str | None
    category: str | None
    service: str
    status: str
    state: str
    merged_when: str | None
    raised_at: str
    published_at: str
    updated_at: str


PUBLISHED_IN = Said((IssuePublished,), ("community",))
EVENTS = (IssuePublished, IssueUnpublished, *MOVES)


def _folded(row: Row | None, event: Recorded) -> Row | None:
    match event.data:
        case IssuePublished() as told:
            return {
                "id": event.stream_id,
                **told.model_dump(mode="json", include={"community", "title", "text", "outcome", "place", "category"}),
                "service": code_of(told.category),
                **standing(told.status),
                "raised_at": told.raised_at,
                "published_at": event.at,
                "updated_at": event.at,
            }
        case IssueUnpublished():
            return None
        case _:
            return row and moved(row, event)


class Matters(
    View,
    number=1,
    scope=PUBLIC,
    events=EVENTS,
    columns={"community": "text", "service": "text", "state": "text", "raised_at": "timestamptz"},
    order="raised_at",
    lists=(("community",), ("community", "state"), ("community", "service")),
    finds=(PUBLISHED_IN,),
):
    """One row a matter that is published."""

    @classmethod
    def behind_list(cls, where: Mapping[str, Any]) -> Sequence[Slice]:
        known = "community" in where
        return (PUBLISHED_IN.streams(*several(where["community"])),) if known else super().behind_list(where)

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        return _folded(row, event)


class ChangeRow(TypedDict):
    """The newest change of a matter that is or was published; `change` is `published`, `closed`, … After `unpublished`
    there is no `matter`: a mirror forgets what it has of it."""

    id: str
    community: str
    change: str
    at: str
    position: str
    matter: MatterRow | None


class Changes(
    View,
    number=1,
    scope=PUBLIC,
    events=EVENTS,
    columns={"community": "text", "position": "text"},
    order="position",
    lists=((), ("community",)),
    finds=(PUBLISHED_IN,),
):
    """One row a matter that was ever published, in the order of their newest changes."""

    @classmethod
    def behind_list(cls, where: Mapping[str, Any]) -> Sequence[Slice]:
        return Matters.behind_list(where)

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        before = row and row["matter"]
        matter = _folded(before, event)
        if matter is None and before is None:
            return row
        return {
            "id": event.stream_id,
            "community": event.community,
            "change": event.type.removeprefix("issue-"),
            "at": event.at,
            "position": place_in_order(event.position),
            "matter": matter,
        }


def place_in_order(position: int) -> str:
    """A position as text that sorts as positions do."""
    return f"{position:020}"
