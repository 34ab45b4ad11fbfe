"""Notify's read model."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from shared.contracts.notify import MessageQueued, MessageRead, ToPerson
from shared.eventlog.recorded import Recorded
from shared.projecting import Row, Said, Scoped, Slice, View, several


class MessageRow(TypedDict):
    """A message in an inbox, of a person or a unit; `matter` is the issue or wish that it is about."""

    id: str
    community: str
    person: str | None
    unit: str | None
    template: str
    matter: str
    text: str
    sent_at: str
    read: bool


TO_PERSON = Said((MessageQueued,), ("recipient", "person"))
TO_UNIT = Said((MessageQueued,), ("recipient", "unit"))


class Inboxes(
    View,
    number=2,
    scope=Scoped(person="person", unit="unit"),
    events=(MessageQueued, MessageRead),
    columns={"person": "text", "unit": "text", "sent_at": "timestamptz"},
    order="sent_at",
    finds=(TO_PERSON, TO_UNIT),
):
    """One row a message, to a person or to a unit."""

    @classmethod
    def behind_list(cls, where: Mapping[str, Any]) -> Sequence[Slice]:
        recipients = several(where["recipient"])
        return TO_PERSON.streams(*recipients), TO_UNIT.streams(*recipients)

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case MessageQueued() as queued:
                to = queued.recipient
                return {
                    "id": event.stream_id,
                    "community": queued.community,
                    "person": str(to.person) if isinstance(to, ToPerson) else None,
                    "unit": None if isinstance(to, ToPerson) else to.unit,
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
