"""A message 消息 into somebody's in-app inbox."""

from dataclasses import dataclass, replace
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.notify import MessageQueued, MessageRead, Recipient, ToOperators, ToPerson, ToRole
from shared.contracts.words import PersonId
from shared.deciding.act import Act
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotAllowed


@dataclass(frozen=True, slots=True)
class Message:
    """Whose it is, and whether it has been opened."""

    recipient: Recipient
    read: bool = False


def evolve(message: Message | None, event: Event) -> Message | None:
    """What an event makes of a message."""
    match message, event:
        case None, MessageQueued(recipient=recipient):
            return Message(recipient)
        case Message(), MessageRead():
            return replace(message, read=True)
        case _:
            return message


def inbox_of(recipient: Recipient) -> str:
    """Whose inbox it goes into: `person/` and an id, `unit/` and a code, or a role and the code of its community."""
    match recipient:
        case ToPerson(person=person):
            return f"person/{person}"
        case ToOperators(unit=unit):
            return f"unit/{unit}"
        case ToRole(role=role, community=community):
            return f"{role}/{community}"


def queue(*, community: str, recipient: Recipient, template: str, matter: UUID, text: str) -> MessageQueued:
    """Somebody is told something."""
    return MessageQueued(community=community, recipient=recipient, template=template, matter=matter, text=text)


def read(message: Message, *, by: PersonId, act: Act) -> list[MessageRead]:
    """Its recipient has opened it; again is no news."""
    match message.recipient:
        case ToPerson(person=person):
            theirs = person == by
        case ToOperators(unit=unit):
            theirs = any(grant.unit == unit for grant in act.grants or ())
        case ToRole(role=role, community=community):
            theirs = any(grant.role is role and grant.community == community for grant in act.grants or ())
    if not theirs:
        raise NotAllowed("not-your-message", "这条消息不是发给您的。", "This message is somebody else's.")
    return [] if message.read else [MessageRead(by=by)]


messages = Aggregate("message", evolve)
