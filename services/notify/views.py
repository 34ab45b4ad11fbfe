"""Notify's read model."""

from typing_extensions import TypedDict

from services.notify.message import inbox_of
from shared.contracts.notify import MessageQueued, MessageRead, ToRole
from shared.eventlog.recorded import Recorded
from shared.projecting import Row, Scoped, View


class MessageRow(TypedDict):
    """A message in an inbox; `matter` is the issue or wish that it is about."""

    id: str
    community: str
    recipient: str
    desk: str | None
    template: str
    matter: str
    text: str
    sent_at: str
    read: bool


class Inboxes(
    View,
    number=2,
    scope=Scoped(community="desk", person="recipient", unit="recipient"),
    events=(MessageQueued, MessageRead),
    columns={"recipient": "text", "desk": "text", "sent_at": "timestamptz"},
    order="sent_at",
    lists=(("recipient",),),
):
    """One row a message; `recipient` is whose inbox it is in, `desk` the community at whose desk a role's is read."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case MessageQueued() as queued:
                return {
                    "id": event.stream_id,
                    "community": queued.community,
                    "recipient": inbox_of(queued.recipient),
                    "desk": queued.community if isinstance(queued.recipient, ToRole) else None,
                    "template": queued.template,
                    "matter": str(queued.matter),
                    "text": queued.text,
                    "sent_at": event.at,
                    "read": False,
                }
            case MessageRead() if row is not None:
                return row | {"read": True}
            case _:
                return row
