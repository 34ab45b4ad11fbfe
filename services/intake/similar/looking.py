"""The issues of a community that are like a text: its newest are compared with it, and older ones that have seldom
words of it. What is over for long, or is another issue's by now, is not offered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from services.intake.chats.gazetteer import gazetteer
from services.intake.issues.issue import OPEN
from services.intake.issues.views import Ledger, LedgerRow
from services.intake.searching.finding import EVER
from services.intake.searching.views import IssueWords
from services.intake.searching.words import quoted
from services.intake.similar.likeness import MEANT, Alike, Compared, Text, Wanted, alike, every, held
from shared.deciding.scope import COMMUNITY, Scope
from shared.projecting import Reader
from shared.projecting.suppressing import K

NEWEST, OLDER = 600, 200
"""Issues that are compared: of the newest, and of all before them."""
SELDOM = 6
"""Words of the text by which older ones are found."""
LOOKED_AT, OFFERED = 30, 5
"""Of the most alike, those whose state is looked at, and those that are offered."""
OVER = timedelta(days=90)
"""How long a closed issue is still offered."""
COMPARED = """
select key, place, words::text as words, raised_at from views.issue_words
where community = $1 order by raised_at desc, key desc limit $2
"""
FOUND = """
select w.key, w.place, w.words::text as words
from views.find_issues($1::text::tsquery, null, null, null, $2, $3, $4, $5, $6)
join views.issue_words w on w.key = found
"""
STANDING = "select document from views.ledger where key = any($1::text[])"


@dataclass(frozen=True, slots=True)
class Likened:
    """An issue as it stands, and how much it is like what was said."""

    row: LedgerRow
    alike: Alike


async def like(
    reader: Reader,
    community: str,
    said: Iterable[str],
    place: str | None,
    now: datetime,
    *,
    neighbour: bool = False,
    read_after: int | None = None,
    besides: Sequence[str] = (),
) -> list[Likened]:
    """At most OFFERED issues that are like these words about a place, the most alike first; none of `besides`. It is
    read as the community's workers do. To a `neighbour`, who may not, a word that few say finds nothing: it might be a
    name, and nobody is to learn by asking for it that somebody has said it. Raises ViewBehind, NotWritten."""
    compounds = await _compounds(reader, community)
    wanted = Wanted(said, compounds.get(place, place) if place else None)
    scope = Scope(communities=frozenset({community}))
    views = (IssueWords, Ledger)
    newest = await reader.query(scope, views, COMPARED, [community, NEWEST], read_after=read_after)
    compared = wanted.compare(_texts(newest, compounds))
    if not neighbour and len(newest) == NEWEST and (seldom := _seldom(wanted, compared)):
        any_of = " | ".join(map(quoted, seldom))
        sought = f"{quoted(COMMUNITY + community)} & ({any_of})"
        last = newest[-1]
        values = [sought, *EVER, last["raised_at"], last["key"], OLDER]
        compared += wanted.compare(_texts(await reader.query(scope, views, FOUND, values), compounds))
    ranked = alike(wanted, compared, counts=nobodys_own if neighbour else every)
    likest = [one for one in ranked if one.key not in besides][:LOOKED_AT]
    rows = await reader.query(scope, views, STANDING, [[one.key for one in likest]])
    standing: dict[str, LedgerRow] = {row["id"]: row for row in (orjson.loads(one["document"]) for one in rows)}
    offered = [Likened(row, one) for one in likest if (row := standing.get(one.key)) and _matters(row, now)]
    return offered[:OFFERED]


def nobodys_own(word: str, number: int) -> bool:
    """Which words count to a neighbour: senses, and what many say."""
    return word[0] == MEANT or number >= K


def _texts(rows: Iterable[Mapping[str, Any]], compounds: Mapping[str, str]) -> Iterable[Text]:
    return (Text(row["key"], row["words"], compounds.get(row["place"], row["place"])) for row in rows)


async def _compounds(reader: Reader, community: str) -> Mapping[str, str]:
    """The compound of each building: what is near."""
    known = await gazetteer(reader, community)
    return {one["place"]: one["compound"] for one in (known["places"] if known else ()) if one["compound"]}


def _seldom(wanted: Wanted, compared: Sequence[Compared]) -> list[str]:
    """The words looked for that fewest of some texts have."""
    numbers = held(compared)
    return sorted((word for word in wanted.words if len(word) > 1), key=lambda word: (numbers[word], word))[:SELDOM]


def _matters(row: LedgerRow, now: datetime) -> bool:
    """Whether something may still come of it, or did of late."""
    closed = row["closed_at"]
    lately = closed is not None and datetime.fromisoformat(closed) > now - OVER
    return row["status"] in OPEN or (row["status"] == "closed" and lately)
