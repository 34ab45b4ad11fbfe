"""How alike texts are: by the words they share, the seldom ones counting more (BM25 over pairs of characters; Robertson
& Zaragoza, The Probabilistic Relevance Framework, 2009), by what different words mean the same, and by their places."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log

from services.intake.similar.senses import senses

SENSE = 2.5
"""What a shared sense counts of a shared word."""
LENGTH = 0.5
"""How much of a long text's advantage, having more words to share, is taken from it."""
SAME, OTHER = 1.4, 0.75
"""What a score is multiplied by at the same place, and at another."""
ENOUGH = 4.0
"""A score below is a word in common, no likeness."""
Features = frozenset[str]


@dataclass(frozen=True, slots=True)
class Text:
    """An issue as it is compared: its words and senses, and where it is about."""

    key: str
    features: Features
    place: str | None


@dataclass(frozen=True, slots=True)
class Alike:
    """An issue, how much it is alike, and the senses it shares."""

    key: str
    score: float
    senses: tuple[str, ...]


def features(words: Iterable[str]) -> Features:
    """What is compared of a text: words, and senses that they say, which begin with `~`."""
    said = frozenset(word for word in words if len(word) > 1)
    return said | {f"~{sense}" for sense in senses(said)}


def near(one: str | None, other: str | None) -> float:
    """What places do to a score: nothing, where one of them is not known."""
    return 1.0 if one is None or other is None else SAME if one == other else OTHER


class Likeness:
    """Of some texts: what each word weighs among them. `known` is asked which words count."""

    def __init__(self, texts: Sequence[Text], counts: Callable[[str, int], bool] = lambda _, __: True):
        self._texts, self._counts = texts, counts
        self._average = sum(len(one.features) for one in texts) / max(1, len(texts))

    def to(
        self, wanted: Features, place: str | None, near: Callable[[str | None, str | None], float] = near
    ) -> list[Alike]:
        """The texts that are like one with these features about a place, the most alike first."""
        shared = [(one, one.features & wanted) for one in self._texts]
        found = Counter(word for _, words in shared for word in words)
        weights = {word: self._weight(word, number) for word, number in found.items()}
        alike = [
            Alike(one.key, score, tuple(sorted(word[1:] for word in words if word[0] == "~")))
            for one, words in shared
            if words
            and (score := sum(weights[word] for word in words) * self._short(one) * near(place, one.place)) >= ENOUGH
        ]
        return sorted(alike, key=lambda one: (-one.score, one.key))

    def _weight(self, word: str, number: int) -> float:
        if not self._counts(word, number):
            return 0.0
        seldom = log(1 + (len(self._texts) - number + 0.5) / (number + 0.5))
        return seldom * SENSE if word[0] == "~" else seldom

    def _short(self, one: Text) -> float:
        return 1 / (1 - LENGTH + LENGTH * len(one.features) / self._average)
