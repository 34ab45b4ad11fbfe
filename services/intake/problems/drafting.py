"""Drafts of problems 问题线索: issues of a community that are about one thing, as they pile up. They are found when
they are asked for; what is kept is which of them the secretary has dismissed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from typing_extensions import TypedDict

from services.intake.issues.views import LedgerRow
from services.intake.searching.words import words
from services.intake.similar.senses import leading

FEWEST = 3
"""Issues that make a common problem."""
EXAMPLES = 3
"""Texts that a draft shows."""


class DraftRow(TypedDict):
    """Issues that are about one thing: `voices` is how many people want it, `places` how many of the issues each has,
    `first` and `last` are when they were raised. `title` is a proposal."""

    about: str
    title: str
    issues: list[str]
    voices: int
    places: dict[str, int]
    categories: dict[str, int]
    first: str
    last: str
    examples: list[str]


def drafts(rows: Iterable[LedgerRow], listed: frozenset[str], dismissed: Mapping[str, Sequence[str]]) -> list[DraftRow]:
    """Those of some issues, the one with most voices first. Issues that are `listed` already are in none; one that was
    `dismissed`, with these issues, comes back when as many others, and FEWEST, are about the same."""
    about: dict[str, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        if row["id"] not in listed and (sense := leading(words((row["text"],)))):
            about[sense].append(row)
    found = [
        _draft(sense, some)
        for sense, some in about.items()
        if len(some) >= FEWEST and _offered(some, dismissed.get(sense, ()))
    ]
    return sorted(found, key=lambda one: (-one["voices"], one["about"]))


def _offered(rows: Sequence[LedgerRow], before: Sequence[str]) -> bool:
    new = sum(row["id"] not in before for row in rows)
    return new >= max(FEWEST, len(before))


def _draft(about: str, rows: Sequence[LedgerRow]) -> DraftRow:
    times = sorted(row["raised_at"] for row in rows)
    places = Counter(row["place"] for row in rows if row["place"])
    wanted = sorted(rows, key=lambda row: (-row["seconds"], row["raised_at"], row["id"]))
    return DraftRow(
        about=about,
        title=f"{about}：{len(rows)} 件",
        issues=[row["id"] for row in wanted],
        voices=sum(1 + row["seconds"] for row in rows),
        places=dict(places.most_common()),
        categories=dict(Counter(row["category"] for row in rows if row["category"]).most_common()),
        first=times[0],
        last=times[-1],
        examples=[row["text"] for row in wanted[:EXAMPLES]],
    )
