"""A candidate 候选诉求: what people said in a WeChat group, until a person confirms, merges or drops it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.intake.chats.guessing import Guess
from services.intake.chats.threads import MOST
from services.intake.chats.wechat import Message
from shared.contracts.event import Event
from shared.contracts.intake import (
    CandidateConfirmed,
    CandidateDropped,
    CandidateEdited,
    CandidateExpired,
    CandidateFound,
    CandidateHeard,
    CandidateMerged,
    IssueClassified,
    IssueRaised,
    Kind,
    Urgency,
    Where,
)
from shared.contracts.words import CandidateId, Channel, PersonId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotNow, NotValid
from shared.privacy.private import Private

LASTS = timedelta(days=14)
"""How long somebody may take to settle it."""
MOST_MESSAGES = MOST


class CandidateStatus(StrEnum):
    """Whether it still is to be settled."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    MERGED = "merged"
    DROPPED = "dropped"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the commands below need to know; `since` is when it was first spoken of, where the chat says so."""

    community: str
    expires: datetime
    status: CandidateStatus = CandidateStatus.OPEN
    place: str | None = None
    category: str | None = None
    since: datetime | None = None
    messages: int = 0


def evolve(candidate: Candidate | None, event: Event) -> Candidate | None:
    """What an event makes of a candidate."""
    match candidate, event:
        case None, CandidateFound(community=community, expires=expires, place=place, category=category):
            return Candidate(community, expires, place=place, category=category)
        case Candidate(), CandidateHeard(said_at=said_at):
            times = [time for time in (candidate.since, said_at) if time]
            return replace(candidate, since=min(times, default=None), messages=candidate.messages + 1)
        case Candidate(), CandidateEdited(place=place, category=category):
            return replace(candidate, place=place or candidate.place, category=category or candidate.category)
        case Candidate(), CandidateConfirmed():
            return replace(candidate, status=CandidateStatus.CONFIRMED)
        case Candidate(), CandidateMerged():
            return replace(candidate, status=CandidateStatus.MERGED)
        case Candidate(), CandidateDropped():
            return replace(candidate, status=CandidateStatus.DROPPED)
        case Candidate(), CandidateExpired():
            return replace(candidate, status=CandidateStatus.EXPIRED)
        case _:
            return candidate


def find(
    *,
    community: str,
    group: str,
    text: str,
    category: Guess,
    place: Guess,
    messages: Sequence[Message],
    expires: datetime,
) -> list[Event]:
    """What the chat has of it."""
    found = CandidateFound(
        community=community,
        group=group,
        text=Private(text),
        category=category.value,
        category_confidence=category.confidence,
        place=place.value,
        place_confidence=place.confidence,
        expires=expires,
    )
    return [found, *_heard(messages[:MOST_MESSAGES])]


def hear(candidate: Candidate, *, messages: Sequence[Message]) -> list[CandidateHeard]:
    """More of it, from a later import; nothing where it is settled."""
    return _heard(messages[: MOST_MESSAGES - candidate.messages]) if candidate.status is CandidateStatus.OPEN else []


def _heard(messages: Sequence[Message]) -> list[CandidateHeard]:
    return [
        CandidateHeard(
            kind=one.kind,
            said_at=one.said_at,
            speaker=Private(one.speaker),
            text=Private(one.text),
            quotes=Private(f"{one.quotes.speaker}：{one.quotes.text}") if one.quotes else None,
        )
        for one in messages
    ]


def edit(
    candidate: Candidate, *, by: PersonId, text: str | None, category: str | None, place: str | None
) -> CandidateEdited:
    """Before it is confirmed."""
    _require_open(candidate)
    if text is None and category is None and place is None:
        raise NotValid(
            "nothing-to-edit",
            "请至少修改正文、类别、地点中的一项。",
            "Say at least one of text, category and place.",
        )
    return CandidateEdited(by=by, text=Private(text) if text else None, category=category, place=place)


def merge(
    duplicate: Candidate,
    into: Candidate,
    *,
    by: PersonId,
    duplicate_id: CandidateId,
    into_id: CandidateId,
    messages: Sequence[Message],
) -> tuple[CandidateMerged, list[CandidateHeard]]:
    """The duplicate's `messages` go on in the other, under its key."""
    if duplicate_id == into_id:
        raise NotValid(
            "candidate-merge-into-itself", "不能合并到自身，请选另一条。", "A candidate can't be merged into itself."
        )
    if duplicate.community != into.community:
        raise NotValid(
            "candidate-of-other-community",
            "只能合并同一社区的候选诉求。",
            "Only candidates of one community can be merged.",
        )
    _require_open(duplicate)
    _require_open(into)
    if len(messages) != duplicate.messages:
        raise NotNow("candidate-grown", "又有新消息归入，请再试一次。", "It has more messages by now: try again.")
    return CandidateMerged(by=by, into=into_id), _heard(messages[: MOST_MESSAGES - into.messages])


def drop(candidate: Candidate, *, by: PersonId) -> CandidateDropped:
    """Once, and for good."""
    _require_open(candidate)
    return CandidateDropped(by=by)


def expire(candidate: Candidate, *, due: datetime) -> list[CandidateExpired]:
    """Nobody has settled it; later it is no news."""
    return [CandidateExpired()] if candidate.status is CandidateStatus.OPEN and candidate.expires <= due else []


def confirm(
    candidate: Candidate,
    *,
    by: PersonId,
    on_behalf_of: PersonId | None,
    text: str,
    where: Where,
    category: str | None,
    urgency: Urgency,
    kind: Kind,
) -> CandidateConfirmed:
    """In the words that the person stands for; what they leave open of place and category is as it was guessed or put
    right."""
    _require_open(candidate)
    return CandidateConfirmed(
        community=candidate.community,
        by=by,
        on_behalf_of=on_behalf_of or by,
        text=text,
        where=Where(place=where.place or candidate.place, detail=where.detail),
        category=category or candidate.category,
        urgency=urgency,
        kind=kind,
    )


def raised(confirmed: CandidateConfirmed) -> list[Event]:
    """The issue that it becomes, recorded by who stands for it."""
    issue: list[Event] = [
        IssueRaised(
            community=confirmed.community,
            by=confirmed.on_behalf_of,
            recorded_by=confirmed.by,
            channel=Channel.WECHAT_GROUP,
            text=confirmed.text,
            where=confirmed.where,
        )
    ]
    if confirmed.category:
        by, urgency, kind = confirmed.by, confirmed.urgency, confirmed.kind
        issue.append(IssueClassified(by=by, category=confirmed.category, urgency=urgency, kind=kind))
    return issue


def _require_open(candidate: Candidate) -> None:
    if candidate.status is not CandidateStatus.OPEN:
        raise NotNow(
            "candidate-settled",
            "这条候选诉求已确认、合并、舍弃或过期。",
            "This candidate was confirmed, merged, dropped, or has expired.",
            state=candidate.status,
        )


def _place(candidate: Candidate) -> str | None:
    return candidate.place


candidates = Aggregate("candidate", evolve, place=_place)
