"""How alike texts are: by the words and characters they share, the seldom ones counting more (BM25; Robertson &
Zaragoza, The Probabilistic Relevance Framework, 2009), by what different words mean the same, and by their places.

Texts come as the index keeps them, their words each in quotation marks: thousands are compared while somebody waits,
and what is not looked for in them is never taken apart."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log

from services.intake.searching.words import chinese, quoted
from services.intake.similar.senses import SAID_BY, senses

SENSE, CHARACTER = 2.5, 0.8
"""What a shared sense, and a shared character, counts of a shared word."""
LENGTH = 0.3
"""How much of a long text's advantage, having more words to share, is taken from it."""
SAME, OTHER = 1.6, 0.6
"""What a score is multiplied by at the same place, and at another."""
ENOUGH, SHARE = 5.0, 0.3
"""A score below, or below that share of the highest, is a word in common and no likeness."""
OTHERS = 100
"""Texts that have none of it, imagined besides: among few, all that is shared would else seem to be in every text."""
MEANT = "~"
"""What a sense begins with among words."""


@dataclass(frozen=True, slots=True)
class Text:
    """An issue as it is compared: its words in quotation marks, a space between, and the place it is about."""

    key: str
    words: str
    place: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A text, what it has of that which is looked for, and of how many words it is."""

    text: Text
    shared: frozenset[str]
    length: int


@dataclass(frozen=True, slots=True)
class Alike:
    """An issue, how much it is alike, and the senses it shares."""

    key: str
    score: float
    senses: tuple[str, ...]


def every(_: str, __: int) -> bool:
    """Each word counts, however few texts have it."""
    return True


class Wanted:
    """What is looked for in texts: the words, characters and senses of one, which is about a place."""

    def __init__(self, said: Iterable[str], place: str | None):
        self.words = frozenset(said)
        self.place = place
        self.characters = frozenset(one for word in self.words if chinese(word) for one in word if chinese(one))
        self._hits = {quoted(word): {word} for word in self.words if len(word) > 1}
        for sense in senses(self.words | self.characters):
            for word in SAID_BY[sense]:
                self._hits.setdefault(quoted(word), set()).add(f"{MEANT}{sense}")
        self._quoted = frozenset(self._hits)

    def compare(self, texts: Iterable[Text]) -> list[Compared]:
        """Some texts with it."""
        return [self._compared(one) for one in texts]

    def _compared(self, text: Text) -> Compared:
        said = text.words.split()
        found = {one for word in self._quoted.intersection(said) for one in self._hits[word]}
        found.update(one for one in self.characters if one in text.words)
        return Compared(text, frozenset(found), len(said))


def alike(
    wanted: Wanted,
    compared: Sequence[Compared],
    *,
    counts: Callable[[str, int], bool] = every,
) -> list[Alike]:
    """Those of some texts that are like what is wanted, the most alike first. `counts` says whether a word counts that
    so many of them have."""
    average = sum(one.length for one in compared) / max(1, len(compared))
    of = OTHERS + len(compared)
    weights = {word: weight(word, number, of) for word, number in held(compared).items() if counts(word, number)}
    found: list[Alike] = []
    for one in compared:
        if one.shared:
            score = sum(weights.get(word, 0.0) for word in one.shared)
            score *= near(wanted.place, one.text.place) / (1 - LENGTH + LENGTH * one.length / average)
            meant = tuple(sorted(word[1:] for word in one.shared if word[0] == MEANT))
            found.append(Alike(one.text.key, score, meant))
    enough = max(ENOUGH, SHARE * max((one.score for one in found), default=0.0))
    return sorted((one for one in found if one.score >= enough), key=lambda one: (-one.score, one.key))


def held(compared: Iterable[Compared]) -> Counter[str]:
    """How many of some texts have each word, character and sense of what is looked for; those that none has are 0."""
    return Counter(word for one in compared for word in one.shared)


def weight(word: str, number: int, of: int) -> float:
    """What a word, character or sense counts that so many of some texts have: the more the fewer."""
    seldom = log(1 + (of - number + 0.5) / (number + 0.5))
    return seldom * (SENSE if word[0] == MEANT else CHARACTER if len(word) == 1 else 1.0)


def near(one: str | None, other: str | None) -> float:
    """Nothing, where one of them is not known."""
    return 1.0 if one is None or other is None else SAME if one == other else OTHER
