"""What an application has reported, for that application."""

from typing import Any

from typing_extensions import TypedDict

from services.intake.open311.catalogue import code_of
from services.intake.publishing.standing import MOVES, moved, standing
from shared.contracts.intake import IssueRaised
from shared.contracts.words import Channel
from shared.eventlog.recorded import Recorded
from shared.projecting import Row, Scoped, View


class ReportRow(TypedDict):
    """An issue that came by Open311. Times are RFC 3339, in UTC."""

    id: str
    community: str
    application: str
    text: str
    where: dict[str, Any]
    media_url: str | None
    category: str | None
    service: str
    status: str
    state: str
    merged_when: str | None
    raised_at: str
    updated_at: str


class Reports(
    View,
    number=1,
    scope=Scoped(person="application"),
    events=(IssueRaised, *MOVES),
    columns={
        "application": "text",
        "community": "text",
        "service": "text",
        "state": "text",
        "raised_at": "timestamptz",
    },
    order="raised_at",
    lists=(("application",),),
):
    """One row an issue that came by Open311."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case IssueRaised(channel=Channel.OPEN311) as raised:
                return {
                    "id": event.stream_id,
                    "application": raised.by,
                    **raised.model_dump(mode="json", include={"community", "text", "where", "media_url"}),
                    "category": None,
                    "service": code_of(None),
                    **standing("raised"),
                    "raised_at": event.at,
                    "updated_at": event.at,
                }
            case _:
                return row and moved(row, event)
