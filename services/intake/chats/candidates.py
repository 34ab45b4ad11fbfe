"""Candidates as the desk shows them: what is private of them sealed in the view, opened here for who may read it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from typing_extensions import TypedDict

from services.intake.chats.candidate import candidates
from services.intake.chats.wechat import Kind, Message, Quote
from shared.contracts.intake import (
    CandidateConfirmed,
    CandidateDropped,
    CandidateEdited,
    CandidateExpired,
    CandidateFound,
    CandidateHeard,
    CandidateMerged,
)
from shared.eventlog.recorded import Recorded
from shared.privacy.keyring import KeyRing, Shown, kept
from shared.projecting import Row, Scoped, View

PRIVATE = ("speaker", "text", "quotes")


class GuessRow(TypedDict):
    """A guess, or what a person made of it; `confidence` in per cent."""

    value: str | None
    confidence: int


class CandidateRow(TypedDict):
    """A candidate. Times are RFC 3339, in UTC. `since` is when it was first spoken of, if the chat says so; settled, it
    has no text any more."""

    id: str
    community: str
    place: str | None
    status: str
    group: str
    text: Shown | None
    category: GuessRow
    where: GuessRow
    messages: int
    since: str | None
    found_at: str
    expires: str
    merged_into: str | None


class HeardRow(TypedDict):
    """A message of the group."""

    kind: str
    said_at: str | None
    speaker: Shown | None
    text: Shown | None
    quotes: Shown | None


class CandidateWithMessages(CandidateRow):
    """A candidate and what was said."""

    heard: list[HeardRow]


class Candidates(
    View,
    number=1,
    scope=Scoped(community="community", place="place"),
    events=(
        CandidateFound,
        CandidateHeard,
        CandidateEdited,
        CandidateMerged,
        CandidateDropped,
        CandidateExpired,
        CandidateConfirmed,
    ),
    columns={"community": "text", "place": "text", "status": "text", "found_at": "timestamptz"},
    order="found_at",
    lists=(("community", "status"), ("community", "place", "status")),
):
    """One row a candidate, sealed."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case CandidateFound() as found:
                return _found(found, event)
            case _ if row is None:
                return None
            case CandidateHeard(kind=kind, said_at=said_at):
                sealed = {field: kept(event, field) for field in PRIVATE}
                times = [time for time in (row["since"], said_at and said_at.isoformat()) if time]
                heard = [*row["heard"], {"kind": kind, "said_at": said_at, **sealed}]
                return row | {"heard": heard, "messages": len(heard), "since": min(times, default=None)}
            case CandidateEdited(text=text, category=category, place=place):
                return row | {
                    "text": kept(event, "text") if text else row["text"],
                    "category": {"value": category, "confidence": 100} if category else row["category"],
                    "where": {"value": place, "confidence": 100} if place else row["where"],
                    "place": place or row["place"],
                }
            case CandidateMerged(into=into):
                return _settled(row, "merged") | {"merged_into": into}
            case CandidateDropped():
                return _settled(row, "dropped")
            case CandidateExpired():
                return _settled(row, "expired")
            case CandidateConfirmed():
                return _settled(row, "confirmed")
            case _:
                return row


def _found(found: CandidateFound, event: Recorded) -> Row:
    return {
        "id": event.stream_id,
        "community": found.community,
        "place": found.place,
        "status": "open",
        "group": found.group,
        "text": kept(event, "text"),
        "category": {"value": found.category, "confidence": found.category_confidence},
        "where": {"value": found.place, "confidence": found.place_confidence},
        "messages": 0,
        "since": None,
        "found_at": event.at,
        "expires": found.expires,
        "merged_into": None,
        "heard": [],
    }


def _settled(row: Row, status: str) -> Row:
    return row | {"status": status, "text": None, "heard": []}


async def opened(keyring: KeyRing, row: dict[str, Any]) -> CandidateWithMessages:
    """A row for who may read it. Raises KekAway."""
    stream, subject = candidates.stream(row["id"]), UUID(row["id"])

    async def show(sealed: str | None, field: str) -> Shown | None:
        return await keyring.open(sealed, field, stream=stream, person=subject)

    heard = [
        HeardRow(
            kind=one["kind"],
            said_at=one["said_at"],
            speaker=await show(one["speaker"], "speaker"),
            text=await show(one["text"], "text"),
            quotes=await show(one["quotes"], "quotes"),
        )
        for one in row["heard"]
    ]
    shown: dict[str, Any] = {**row, "text": await show(row["text"], "text"), "heard": heard}
    return CandidateWithMessages(**shown)


async def messages_of(keyring: KeyRing, stream: Sequence[Recorded]) -> list[Message]:
    """A candidate's messages in clear, from its events; none where its key is gone. Raises KekAway."""
    found: list[Message] = []
    for event in stream:
        match event.data:
            case CandidateHeard(kind=kind, said_at=said_at):
                said = await keyring.told(event, UUID(event.stream_id))
                texts: dict[str, str] = {
                    field: said[field]["text"] for field in PRIVATE if "text" in (said[field] or ())
                }
                if "text" in texts:
                    speaker, _, text = texts.get("quotes", "").partition("：")
                    quotes = Quote(speaker, text) if "quotes" in texts else None
                    found.append(Message(texts["speaker"], said_at, texts["text"], Kind(kind), quotes))
            case _:
                pass
    return found


async def opened_page(keyring: KeyRing, stored: bytes | memoryview) -> bytes:
    """A page of candidates, their messages counted and left out. Raises KekAway."""
    page = orjson.loads(stored)
    items: list[dict[str, Any]] = []
    for row in page["items"]:
        shown = await opened(keyring, row | {"heard": []})
        items.append({key: value for key, value in shown.items() if key != "heard"})
    return orjson.dumps({"items": items, "next": page["next"]})
