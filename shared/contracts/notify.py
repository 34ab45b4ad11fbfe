"""What notify publishes: messages 消息 to people and units."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event
from shared.contracts.words import CommunityId, Line, PersonId, UnitId, Value


class ToPerson(Value, frozen=True):
    """Into one person's inbox."""

    kind: Literal["person"] = "person"
    person: PersonId


class ToOperators(Value, frozen=True):
    """Into the inbox that a unit's operators share."""

    kind: Literal["unit"] = "unit"
    unit: UnitId


Recipient = Annotated[ToPerson | ToOperators, Field(discriminator="kind")]


class MessageQueued(Event, name="message-queued"):
    """Somebody is told something; `template` names what, `matter` the issue or wish it is about. 发送消息"""

    community: CommunityId
    recipient: Recipient
    template: Line
    matter: UUID
    text: Line


class MessageRead(Event, name="message-read"):
    """It has been opened. 已读"""

    by: PersonId
