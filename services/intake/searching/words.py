"""The words that a text is found by. Chinese has no spaces between its words, and no dictionary knows a compound's
name: so every two characters that stand beside each other are a word (`楼道灯不亮`: 楼道, 道灯, 灯不, 不亮)."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from operator import add
from typing import NamedTuple

UNIT = re.compile(r"[a-z]+|\d+|[^\W_]")
"""What stands for one character: a Chinese one, a number, a word of Latin letters."""
LONGEST = 40
"""Characters of a number or a word of Latin letters that count."""
UNBROKEN, SPACED = re.compile(r"[^\W_]+"), re.compile(r"[^\W_]+(?:\s+[^\W_]+)*")
"""Units beside each other, and with spaces between."""
LONG = re.compile(r"[a-z\d]")
"""Of what a unit of several characters may be."""


class Sought(NamedTuple):
    """A word that a text is to have: this one, or where it is `begun`, one that begins so."""

    word: str
    begun: bool = False


def words(texts: Iterable[str | None]) -> set[str]:
    """Those of some texts. Of `3 号楼，没水`: 3, 3号, 号楼, 没水, and 楼 and 水, which nothing follows."""
    found: set[str] = set()
    for text in filter(None, texts):
        for run in _runs(text, spaces_part=False):
            found.update(_pairs(run))
            found.update(filter(str.isascii, run))
            found.add(run[-1])
    return found


def sought(text: str) -> list[Sought]:
    """What a text has to have to be found by these: each pair of neighbours, and what has no neighbour. A character or
    a word of letters that stands alone is the beginning of a word; a number is just that number."""
    found: list[Sought] = []
    for run in _runs(text, spaces_part=True):
        found += [Sought(pair) for pair in _pairs(run)]
        for number, unit in enumerate(run):
            beside = run[max(0, number - 1) : number + 2]
            if len(run) == 1 or not any(map(chinese, beside)):
                found.append(Sought(unit, begun=not unit.isdigit()))
    return list(dict.fromkeys(found))


def matches(wanted: Iterable[Sought], there: set[str]) -> bool:
    """Whether a text with these words has all that is wanted, as PostgreSQL says it."""
    return all(any(word.startswith(one.word) for word in there) if one.begun else one.word in there for one in wanted)


def quoted(word: str) -> str:
    """A word as the text forms of tsvector and tsquery have it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def tsvector(found: Iterable[str]) -> str:
    """Words as PostgreSQL keeps them."""
    return " ".join(map(quoted, sorted(found)))


def tsquery(wanted: Iterable[Sought], *marks: str) -> str | None:
    """All that is wanted, and these marks, as PostgreSQL looks for them; None where nothing is."""
    tests = [quoted(one.word) + (":*" if one.begun else "") for one in wanted]
    return " & ".join([*tests, *map(quoted, marks)]) or None


def _runs(text: str, *, spaces_part: bool) -> list[list[str]]:
    """Units that stand beside each other, and so are in one run."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    runs = (UNBROKEN if spaces_part else SPACED).findall(plain)
    return [
        [unit[:LONGEST] for unit in UNIT.findall(run)] if LONG.search(run) else list("".join(run.split()))
        for run in runs
    ]


def _pairs(run: Sequence[str]) -> Iterable[str]:
    return filter(chinese, map(add, run, run[1:]))


def chinese(text: str) -> bool:
    """Whether it, or some of it, is written without spaces."""
    return not text.isascii()
