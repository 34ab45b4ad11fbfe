"""Home visits as they are read."""

from typing_extensions import TypedDict

from shared.contracts.intake import (
    VisitRecorded,
)
from shared.eventlog.recorded import Recorded
from shared.projecting import Row, Scoped, View


class VisitRow(TypedDict):
    """A home visit; `place` is null where none was said."""

    id: str
    community: str
    place: str | None
    by: str
    households: list[str]
    notes: str | None
    issues: list[str]
    at: str


class Visits(
    View,
    number=2,
    scope=Scoped(community="community", place="place"),
    events=(VisitRecorded,),
    columns={"community": "text", "place": "text", "at": "timestamptz"},
    order="at",
    lists=(("community",), ("community", "place")),
):
    """One row a visit."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case VisitRecorded() as visit:
                return {"id": event.stream_id, **visit.model_dump(), "at": event.at}
            case _:
                return row
