"""Notify's read model."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from services.notify.message import inbox_of
from shared.contracts.notify import MessageQueued, MessageRead, ToOperators, ToPerson, ToRole
from shared.eventlog.recorded import Recorded
from shared.projecting import OfCommunities, Row, Said, Scoped, Slice, View, several


class MessageRow(TypedDict):
    """A message in an inbox: of a person, of a unit, or of a role there is at the `desk` of a community; `matter` is
    the issue or wish that it is about."""

    id: str
    community: str
    inbox: str
    person: str | None
    unit: str | None
    desk: str | None
    template: str
    matter: str
    text: str
    sent_at: str
    read: bool


TO_PERSON = Said((MessageQueued,), ("recipient", "person"))
TO_UNIT = Said((MessageQueued,), ("recipient", "unit"))
FINDS = {"person": TO_PERSON, "unit": TO_UNIT}
"""By how an inbox's name begins; others are a role's, which is a community's."""


class Inboxes(
    View,
    number=3,
    scope=Scoped(community="desk", overseen="desk", person="person", unit="unit"),
    events=(MessageQueued, MessageRead),
    columns={"inbox": "text", "person": "text", "unit": "text", "desk": "text", "sent_at": "timestamptz"},
    order="sent_at",
    lists=(("inbox",),),
    finds=(TO_PERSON, TO_UNIT),
):
    """One row a message."""

    @classmethod
    def behind_list(cls, where: Mapping[str, Any]) -> Sequence[Slice]:
        asked = (one.partition("/") for one in several(where["inbox"]))
        return tuple(FINDS[kind].streams(of) if kind in FINDS else OfCommunities((of,)) for kind, _, of in asked)

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case MessageQueued(recipient=to) as queued:
                return {
                    "id": event.stream_id,
                    "community": queued.community,
                    "inbox": inbox_of(to),
                    "person": str(to.person) if isinstance(to, ToPerson) else None,
                    "unit": to.unit if isinstance(to, ToOperators) else None,
                    "desk": to.community if isinstance(to, ToRole) else None,
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
