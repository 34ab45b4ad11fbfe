"""What different words mean the same (senses.yaml). Words and counts only, so that who asks why can be shown them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.resources import files

import yaml

_READ = yaml.safe_load(files("services.intake.similar").joinpath("senses.yaml").read_text())
THINGS = frozenset[str](_READ["things"])
"""The senses that a matter can be about."""
SAID_BY: Mapping[str, tuple[str, ...]] = {sense: tuple(said) for part in _READ.values() for sense, said in part.items()}
"""The words of each sense."""
BY_WORD: Mapping[str, tuple[str, ...]] = {
    word: tuple(sense for sense, said in SAID_BY.items() if word in said)
    for word in dict.fromkeys(word for said in SAID_BY.values() for word in said)
}
"""The senses of each word."""


def senses(words: Iterable[str]) -> set[str]:
    """Those of a text's words."""
    return {sense for word in words for sense in BY_WORD.get(word, ())}


def leading(words: Iterable[str]) -> str | None:
    """What a text is about, by most of its words; of those that are alike, the one that comes first in the file."""
    said = Counter(sense for word in words for sense in BY_WORD.get(word, ()) if sense in THINGS)
    return max((one for one in SAID_BY if one in said), key=lambda one: said[one], default=None)
