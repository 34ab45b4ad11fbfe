"""A chat taken in: what is new of it goes into candidates, all in one append, each message once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.intake.chats import candidate, chat
from services.intake.chats.candidate import Candidate, candidates
from services.intake.chats.chat import Chats, chats
from services.intake.chats.gazetteer import gazetteer
from services.intake.chats.guessing import Guess, Known
from services.intake.chats.threads import Thread, text_of, threads
from services.intake.chats.wechat import Message
from shared.contracts.intake import ChatImported, KeptMessage
from shared.contracts.words import CandidateId
from shared.deciding.act import Act
from shared.deciding.answers import Accepted
from shared.deciding.refusals import Contended, NotValid, Refusal
from shared.eventlog.recorded import NewEvent
from shared.eventlog.writer import Conflict
from shared.privacy.passing import end_passing, make_passing
from shared.service import Running

TRIES = 10
MOST_NEW = 2_000
"""Messages that go into candidates at once: their events are one append."""
AT_HOME = 30
"""How sure, in per cent, a place is that nobody names, only because the group is of it."""


class TakenIn(Accepted):
    """Of so many `messages` so many were `new` and seem to be about a matter; the `candidates` that have them."""

    messages: int
    new: int
    candidates: list[CandidateId]


@dataclass(frozen=True, slots=True)
class Chat:
    """What is to be taken in: of which community and group, at home in which place, said in which messages, each with
    its fingerprint."""

    community: str
    group: str
    place: str | None
    messages: Sequence[Message]
    fingerprints: Sequence[str]


@dataclass(frozen=True, slots=True)
class Share:
    """What one candidate gets of a chat: the messages, by their numbers; a new one also its thread."""

    id: CandidateId
    messages: tuple[int, ...]
    thread: Thread | None = None


def shares(given: Chat, found: Sequence[Thread], known: Chats, states: dict[CandidateId, Candidate]) -> list[Share]:
    """The new messages of each matter: for the candidate that has others of it while that is open; else for a new one,
    if one of them says what is the matter."""
    got: list[Share] = []
    for thread in found:
        new = tuple(one for one in thread.messages if given.fingerprints[one] not in known.candidate_of)
        if not new:
            continue
        having = [known.candidate_of.get(given.fingerprints[one]) for one in thread.messages]
        before = next((one for one in reversed(having) if one and _open(states.get(one))), None)
        if before:
            got.append(Share(before, new))
        elif set(new) & set(thread.troubles):
            got.append(Share(CandidateId(uuid7()), new, thread))
    return got


def _open(state: Candidate | None) -> bool:
    return state is not None and state.status is candidate.CandidateStatus.OPEN


async def preview(intake: Running, _: Act, given: Chat) -> TakenIn:
    """What taking it in would do."""
    known = await intake.find(chats, given.community) or Chats()
    got = await _shares(intake, given, known)
    return _told(given, given.community, 0, 0, [(one.id, len(one.messages)) for one in got])


async def take_in(intake: Running, act: Act, given: Chat) -> TakenIn:
    """Raises Contended, KekAway, and what the act's key was refused with before."""
    repository = intake.repositories[chats.kind]
    with repository.answers.running(act):
        for _ in range(TRIES):
            loaded = await repository.load(given.community)
            got = await _shares(intake, given, loaded.state or Chats())
            made = [one.id for one in got if one.thread]
            until = act.at + candidate.LASTS
            await make_passing(intake.keyring, made, until)
            try:
                new = await _decided(intake, act, given, got, after=loaded.version)
                version = loaded.version + (1 if got else 0)
                accepted, now = await repository.answers.append(act, new, given.community, version)
            except Conflict:
                await _forget(intake, given, got)
                continue
            except Refusal as refusal:
                await _forget(intake, given, got)
                await repository.answers.refuse(act, refusal)
                raise
            if not now:
                await _forget(intake, given, got)
                return await _as_before(intake, given, accepted)
            _forget_states(intake, given, got)
            shares_of = [(one.id, len(one.messages)) for one in got]
            return _told(given, accepted.id, accepted.version, accepted.position, shares_of)
        raise Contended("chat-busy", "同一社区正在导入，请稍后再试。", "Another import of this community is under way.")


async def _shares(intake: Running, given: Chat, known: Chats) -> list[Share]:
    named = await gazetteer(intake.reader, given.community)
    places = [Known(**one) for one in named["places"]] if named else []
    found = await asyncio.to_thread(threads, given.messages, places, given.group)
    had = {known.candidate_of[one] for one in given.fingerprints if one in known.candidate_of}
    states = {one: state for one in had if (state := await intake.find(candidates, one))}
    got = shares(given, found, known, states)
    if sum(len(one.messages) for one in got) > MOST_NEW:
        raise NotValid(
            "chat-too-long",
            "一次导入的新消息太多，请按时间分成几段上传。",
            "More new messages than are taken in at once: send the chat in several pieces.",
            most=MOST_NEW,
        )
    return got


async def _decided(intake: Running, act: Act, given: Chat, got: list[Share], *, after: int) -> list[NewEvent]:
    """The events of the community's chats, whose stream `got` was made of up to the version `after`, and of each
    candidate. Raises Conflict where somebody else has gone on with one of them."""
    if not got:
        return []
    kept = [KeptMessage(message=given.fingerprints[number], candidate=one.id) for one in got for number in one.messages]
    said = {"by": act.person, "group": given.group, "messages": len(given.messages), "kept": kept}
    community, command = (None, chat.keep_on) if after else (given.community, chat.keep)
    new = await intake.repositories[chats.kind].decide(act.anywhere(), given.community, community, command, **said)
    if [event.version for event in new] != [after + 1]:
        raise Conflict
    for one in got:
        new += await _share(intake, act, given, one)
    return new


async def _share(intake: Running, act: Act, given: Chat, share: Share) -> list[NewEvent]:
    repository = intake.repositories[candidates.kind]
    messages = [given.messages[number] for number in share.messages]
    if share.thread is None:
        heard = await repository.decide(act.anywhere(), share.id, None, candidate.hear, messages=messages)
        if not heard and not _open((await repository.load(share.id)).state):
            raise Conflict  # it has been settled meanwhile
        return heard
    where = share.thread.place
    said: dict[str, Any] = {
        "community": given.community,
        "group": given.group,
        "text": text_of(given.messages, share.thread),
        "category": share.thread.category,
        "place": Guess(given.place, AT_HOME) if where.value is None and given.place else where,
        "messages": messages,
        "expires": act.at + candidate.LASTS,
    }
    return await repository.decide(act.anywhere(), share.id, given.community, candidate.find, **said)


async def _as_before(intake: Running, given: Chat, accepted: Accepted) -> TakenIn:
    """What the same request was answered the first time: from the event, if it made one."""
    got: dict[CandidateId, int] = {}
    if accepted.position:
        [event] = await intake.log.stream(
            chats.stream(given.community), after=accepted.version - 1, until=accepted.position
        )
        assert isinstance(event.data, ChatImported)
        for one in event.data.kept:
            got[one.candidate] = got.get(one.candidate, 0) + 1
    return _told(given, accepted.id, accepted.version, accepted.position, list(got.items()))


def _told(given: Chat, id: str, version: int, position: int, got: Sequence[tuple[CandidateId, int]]) -> TakenIn:
    return TakenIn(
        id=id,
        version=version,
        position=position,
        messages=len(given.messages),
        new=sum(number for _, number in got),
        candidates=[id for id, _ in got],
    )


def _forget_states(intake: Running, given: Chat, got: Sequence[Share]) -> None:
    intake.repositories[chats.kind].forget(chats.stream(given.community))
    for one in got:
        intake.repositories[candidates.kind].forget(candidates.stream(one.id))


async def _forget(intake: Running, given: Chat, got: Sequence[Share]) -> None:
    """It did not go in: the keys that were made for it seal nothing."""
    _forget_states(intake, given, got)
    made: list[UUID] = [one.id for one in got if one.thread]
    await end_passing(intake.keyring, made)
