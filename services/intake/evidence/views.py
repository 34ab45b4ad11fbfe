"""What shows an issue, for those who may read the issue."""

from typing import Any

from typing_extensions import TypedDict

from services.intake.evidence.evidence import MOST
from shared.contracts.intake import IssueEvidenceAdded
from shared.eventlog.recorded import Recorded
from shared.privacy.keyring import kept
from shared.projecting import Row, Scoped, View


class EvidenceRow(TypedDict):
    """A photo, recording or document. Times are RFC 3339, in UTC; sizes are bytes; `key` and `spot` are sealed."""

    id: str
    file: str
    kind: str
    media_type: str
    size: int
    digest: str
    thumbnail: int | None
    by: str
    recorded_by: str | None
    added_at: str
    key: str
    spot: str | None


class Evidence(
    View,
    number=1,
    scope=Scoped(community="community", place="place", overseen="community", person="raised_by"),
    events=(IssueEvidenceAdded,),
    columns={"community": "text", "place": "text", "raised_by": "text", "added_at": "timestamptz"},
    order="added_at",
    lists=(),
):
    """One row an issue that has any, with at most MOST of it, oldest first."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case IssueEvidenceAdded() as added:
                before: list[dict[str, Any]] = row["evidence"] if row else []
                return {
                    "id": event.stream_id,
                    "community": event.community,
                    "place": added.place,
                    "raised_by": added.raised_by,
                    "added_at": event.at,
                    "evidence": [*before, _told(added, event)][-MOST:],
                }
            case _:
                return row


def _told(added: IssueEvidenceAdded, event: Recorded) -> dict[str, Any]:
    said = added.model_dump(include={"file", "kind", "media_type", "size", "digest", "thumbnail", "by", "recorded_by"})
    sealed = {"key": kept(event, "key"), "spot": kept(event, "spot")}
    return {"id": added.evidence, **said, "added_at": event.at, **sealed}
