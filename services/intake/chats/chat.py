"""The chats of one community's WeChat groups: which of their messages are in a candidate, so that each is once."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType

from services.intake.chats.guessing import plain
from services.intake.chats.wechat import Message
from shared.contracts.event import Event
from shared.contracts.intake import ChatImported, KeptMessage
from shared.contracts.words import CandidateId, PersonId
from shared.deciding.aggregate import Aggregate

HASH = 12
"""Bytes of a fingerprint: two of a million messages are alike once in 10^17 cities."""


@dataclass(frozen=True, slots=True)
class Chats:
    """The candidate of each message that is in one, by its fingerprint."""

    candidate_of: Mapping[str, CandidateId] = field(default_factory=lambda: MappingProxyType({}))


def evolve(chats: Chats | None, event: Event) -> Chats | None:
    """What an event makes of a community's chats."""
    match event:
        case ChatImported(kept=kept):
            return Chats(
                MappingProxyType({**(chats or Chats()).candidate_of, **{one.message: one.candidate for one in kept}})
            )
        case _:
            return chats


def keep(*, by: PersonId, group: str, messages: int, kept: Sequence[KeptMessage]) -> ChatImported:
    """What was read of a chat, and what of it was new."""
    return ChatImported(by=by, group=group, messages=messages, kept=tuple(kept))


def keep_on(_: Chats, *, by: PersonId, group: str, messages: int, kept: Sequence[KeptMessage]) -> ChatImported:
    """The same, in a community that has imported before."""
    return keep(by=by, group=group, messages=messages, kept=kept)


def fingerprints(chat: Sequence[Message], community: str, key: bytes) -> list[str]:
    """One a message: of who said what in which minute, and of how often the same was said before in it. Seconds, the
    group's name and how a text is spaced differ from one export to the next."""
    times: dict[bytes, int] = {}
    found: list[str] = []
    for one in chat:
        minute = one.said_at.strftime("%Y-%m-%dT%H:%M%z") if one.said_at else ""
        said = "\x1f".join((community, plain(one.speaker), minute, one.kind, plain(one.text))).encode()
        times[said] = times.get(said, 0) + 1
        hashed = blake2b(said + b"\x1f%d" % times[said], digest_size=HASH, key=key, person=b"chat").digest()
        found.append(urlsafe_b64encode(hashed).decode())
    return found


chats = Aggregate("chat", evolve)
