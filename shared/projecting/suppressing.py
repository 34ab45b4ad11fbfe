"""Small numbers in what is published: who is one of three could be found out."""

from collections.abc import Mapping

K = 5
"""The threshold rule: a count of fewer, but not none, is not told."""


def published(counts: Mapping[str, int], k: int = K) -> tuple[int | None, dict[str, int | None]]:
    """The total and the counts that add up to it, as everybody may read them; None is withheld.

    Cell suppression as official statistics do it (Hundepool et al., Statistical Disclosure Control, Wiley 2012).
    Primary: counts from 1 to k - 1. Secondary: of the others the smallest, until what is
    subtracted from the total leaves for each withheld count at least k values that it may have. Where all are withheld
    and that is not enough, the total is, too. None at all is told: it is nobody."""
    withheld = {name for name, count in counts.items() if 0 < count < k}
    others = sorted((count, name) for name, count in counts.items() if count >= k)
    while withheld and others and not _safe([counts[name] for name in withheld], k):
        withheld.add(others.pop(0)[1])
    total = sum(counts.values())
    told = not withheld or _safe([counts[name] for name in withheld], k)
    return (total if told else None), {name: None if name in withheld else count for name, count in counts.items()}


def _safe(withheld: list[int], k: int) -> bool:
    """Whether any one of these counts, each 1 or more, could have k values for all that their sum says."""
    return len(withheld) > 1 and sum(withheld) - len(withheld) >= k - 1
