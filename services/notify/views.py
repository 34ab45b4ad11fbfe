"""Notify's read model."""

from typing_extensions import TypedDict

from shared.contracts.notify import MessageQueued, MessageRead, ToPerson
from shared.eventlog.recorded import Recorded
from shared.projecting import Row, Scoped, View


class MessageRow(TypedDict):
    """A message in an inbox; `matter` is the issue or wish that it is about."""

    id: str
    community: str
    recipient: str
    template: str
    matter: str
    text: str
    sent_at: str
    read: bool


class Inboxes(
    View,
    number=1,
    scope=Scoped(person="recipient", unit="recipient"),
    events=(MessageQueued, MessageRead),
    columns={"recipient": "text", "sent_at": "timestamptz"},
    order="sent_at",
):
    """One row a message; `recipient` is a person's id, or a unit's code."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case MessageQueued() as queued:
                to = queued.recipient
                return {
                    "id": event.stream_id,
                    "community": queued.community,
                    "recipient": str(to.person) if isinstance(to, ToPerson) else to.unit,
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
