"""Whose rows somebody may see. A scope and a row each carry marks (`community:yaopo`), and the row is seen where they
share one: said once, for Python and for PostgreSQL's row-level security (docs/decisions)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

EVERYTHING = "everything"
"""Carried by every row."""
ANYONE = "anyone"
"""Carried by every scope that is set, and by what is published."""
COMMUNITY, PART, PLACE, MEMBER, UNIT, PERSON = "community:", "part:", "place:", "member:", "unit:", "person:"
"""How a mark begins; what follows is the community's code, or a place's after it, a unit's code, a person's id."""


@dataclass(frozen=True)
class Scope:
    """`communities`: all that is said there of anybody. `parts`: of these communities, what is about one of the places
    or about none. `member_of`: what is for the people of these communities. `units`, `person`: what is theirs. Without
    any of it, what is published."""

    communities: frozenset[str] = frozenset()
    parts: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    member_of: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    person: str | None = None
    everything: bool = False

    @cached_property
    def marks(self) -> frozenset[str]:
        """What a row is compared with."""
        places = (place_of(community, one) for community, some in self.parts.items() for one in some)
        return frozenset(
            {
                ANYONE,
                *([EVERYTHING] if self.everything else []),
                *([f"{PERSON}{self.person}"] if self.person is not None else []),
                *(f"{COMMUNITY}{one}" for one in self.communities),
                *(f"{PART}{one}" for one in self.parts),
                *(f"{PLACE}{one}" for one in places),
                *(f"{MEMBER}{one}" for one in self.member_of),
                *(f"{UNIT}{one}" for one in self.units),
            }
        )


def place_of(community: str, place: str) -> str:
    """A place among all: its code is unique within its community."""
    return f"{community}/{place}"
