"""The labelled pairs of similar_pairs.yaml: how many of what is said find the issue that it is about."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.intake.searching.words import tsvector, words
from services.intake.similar.likeness import Text, Wanted, alike, every
from services.intake.similar.looking import OFFERED, nobodys_own

PAIRS = Path(__file__).with_name("similar_pairs.yaml")


@dataclass(frozen=True, slots=True)
class Pair:
    """What somebody says, where, and the key of the issue of the same matter."""

    said: str
    place: str | None
    issue: str


def pairs() -> tuple[list[Text], dict[str, list[Pair]]]:
    """All issues, and the pairs of each part."""
    parts: dict[str, list[dict[str, Any]]] = yaml.safe_load(PAIRS.read_text())
    texts: list[Text] = []
    found: dict[str, list[Pair]] = {}
    for part, matters in parts.items():
        for one in matters:
            key, place = str(len(texts)), one["place"]
            texts.append(Text(key, tsvector(words((one["issue"],))), place))
            for number, said in enumerate(one.get("same", ()), 1):
                found.setdefault(part, []).append(Pair(said, None if number == len(one["same"]) else place, key))
    return texts, found


def recall(texts: list[Text], asked: list[Pair], *, by_neighbours: bool = False) -> float:
    """The share of pairs whose issue is among the first OFFERED; with the words that count for neighbours only."""
    counts = nobodys_own if by_neighbours else every
    found: list[bool] = []
    for one in asked:
        wanted = Wanted(words((one.said,)), one.place)
        offered = alike(wanted, wanted.compare(texts), counts=counts)[:OFFERED]
        found.append(one.issue in [each.key for each in offered])
    return sum(found) / len(found)
