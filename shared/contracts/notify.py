"""What notify publishes: messages 消息 to people and units."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event, JsonObject, upcasts
from shared.contracts.words import CommunityId, Line, PersonId, Role, UnitId, Value


class ToPerson(Value, frozen=True):
    """Into one person's inbox."""

    kind: Literal["person"] = "person"
    person: PersonId


class ToOperators(Value, frozen=True):
    """Into the inbox that a unit's operators share."""

    kind: Literal["unit"] = "unit"
    unit: UnitId


class ToRole(Value, frozen=True):
    """Into the inbox that those in a role share, who are there for the community: its secretary, the officers of its
    sub-district."""

    kind: Literal["role"] = "role"
    role: Role
    community: CommunityId


Recipient = Annotated[ToPerson | ToOperators | ToRole, Field(discriminator="kind")]


class MessageQueued(Event, name="message-queued", version=2):
    """Somebody is told something; `template` names what, `matter` the issue or wish it is about. 发送消息"""

    community: CommunityId
    recipient: Recipient
    template: Line
    matter: UUID
    text: Line


@upcasts(MessageQueued, version=1)
def _nobody_was_told_by_their_role(data: JsonObject) -> JsonObject:
    return data


class MessageRead(Event, name="message-read"):
    """It has been opened. 已读"""

    by: PersonId
