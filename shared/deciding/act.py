"""Who does something, when it happened, and what caused it: what a command's events carry besides what they say."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from shared.contracts.words import PersonId, Role
from shared.deciding.refusals import NotAllowed
from shared.deciding.scope import Scope

WORKERS = (Role.GRID_WORKER, Role.BUILDING_CONTACT, Role.SECRETARY)
"""Who works in a community: records for its people, and sees what is private there."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and where it counts; a steward's counts everywhere. Of the community it may reach only some `places`: a
    grid worker's grid, a contact's building. What is about no place in particular they reach, too."""

    role: Role
    community: str | None = None
    unit: str | None = None
    sub_district: str | None = None
    places: tuple[str, ...] | None = None

    def covers(self, community: str, unit: str | None = None, place: str | None = None) -> bool:
        return (
            self.role is Role.STEWARD
            or (
                self.community is not None
                and self.community == community
                and (place is None or self.places is None or place in self.places)
            )
            or (self.unit is not None and self.unit == unit)
        )


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key, whose it is, and the fingerprint of the request it came with."""

    caller: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Act:
    """`grants` are those of the caller's that the route admits; None stands for the service itself, which may.
    `at` is when it happened, with its offset. `effect_of` makes the events' ids a function of their cause."""

    actor: str
    at: datetime
    grants: tuple[Grant, ...] | None
    caller: PersonId | None = None
    key: Key | None = None
    correlation: UUID | None = None
    effect_of: UUID | None = None
    traceparent: str | None = None

    @property
    def person(self) -> PersonId:
        """The person who acts; only what a person may call asks for it."""
        assert self.caller is not None
        return self.caller

    @property
    def scope(self) -> Scope:
        """Whose rows the caller may see in this route."""
        if self.grants is None or any(grant.role is Role.STEWARD for grant in self.grants):
            return EVERYTHING
        working = [grant for grant in self.grants if grant.role in WORKERS]
        return Scope(
            communities=_named(grant.community for grant in working if grant.places is None),
            parts=_parts(working),
            overseen=_named(grant.community for grant in self.grants if grant.role is Role.OFFICER),
            member_of=_named(grant.community for grant in self.grants),
            units=_named(grant.unit for grant in self.grants),
            person=None if self.caller is None else str(self.caller),
        )

    def require(self, community: str, unit: str | None = None, place: str | None = None) -> None:
        """Raises NotAllowed unless one of the grants covers the community, and of it the place, or the unit."""
        if self.grants is None or any(grant.covers(community, unit, place) for grant in self.grants):
            return
        if any(grant.covers(community, unit) for grant in self.grants):
            raise NotAllowed(
                "outside-your-places",
                "您的角色只到自己的网格或楼栋，请转给该处的网格员。",
                "Your role reaches your own grid or building only: hand this to the grid worker of that place.",
                place=place,
            )
        raise NotAllowed(
            "out-of-scope",
            "您的角色不在此社区或单位，请联系社区书记。",
            "Your roles do not reach this community or unit: ask its secretary.",
            community=community,
        )

    def require_role(self, community: str, *roles: Role, unit: str | None = None, place: str | None = None) -> None:
        """Raises NotAllowed unless one of the grants is such a role and covers the community and place, or the unit."""
        grants = tuple(grant for grant in self.grants or () if grant.role in roles or grant.role is Role.STEWARD)
        replace(self, grants=grants).require(community, unit, place)

    def require_list(self, community: str, place: str | None) -> None:
        """Raises NotAllowed unless one of the grants covers all that is listed: of the place, or where none is named,
        of the whole community."""
        self.require(community, place=place)
        reaching = [grant for grant in self.grants or () if grant.covers(community)]
        if place is None and reaching and all(grant.places is not None for grant in reaching):
            raise NotAllowed(
                "which-place",
                "您的角色只到部分地点，请注明要看 places 中的哪一处。",
                "Your role reaches some places only: name one of `places`.",
                places=sorted({place for grant in reaching for place in grant.places or ()}),
            )

    def require_sub_district(self, sub_district: str) -> None:
        """Raises NotAllowed unless one of the grants covers the sub-district."""
        covered = any(grant.role is Role.STEWARD or grant.sub_district == sub_district for grant in self.grants or ())
        if not covered:
            raise NotAllowed(
                "out-of-sub-district",
                "您的角色不在此街道。",
                "Your roles do not reach this sub-district.",
                sub_district=sub_district,
            )

    def reaching(self, community: str, sub_district: str) -> "Act":
        """The same act where an officer's sub-district is known to hold the community, which may have been opened
        since the grants were told."""
        if self.grants is None:
            return self
        there = (replace(grant, community=community) for grant in self.grants if grant.sub_district == sub_district)
        return replace(self, grants=(*self.grants, *there))

    def anywhere(self) -> "Act":
        """The same act where no place limits it: the command itself says who may."""
        return replace(self, grants=None)

    def units(self, named: str | None = None) -> tuple[str, ...]:
        """The units that the caller operates for; only the one that is named, if one is. Raises NotAllowed."""
        units = tuple(dict.fromkeys(grant.unit for grant in self.grants or () if grant.unit))
        if not units:
            raise NotAllowed("no-unit", "您不是任何共建单位的经办人。", "You operate for no partner unit.")
        if named is None:
            return units
        if named not in units:
            raise NotAllowed("not-your-unit", "您不是该单位的经办人。", "You do not operate for this unit.", unit=named)
        return (named,)

    def event_id(self, stream: str, version: int) -> UUID:
        """An id for an event of this act: a new one, or the one it would have had the last time it was tried."""
        return uuid5(self.effect_of, f"{stream}/{version}") if self.effect_of else uuid7()


EVERYTHING = Scope(everything=True)


def _named(codes: Iterable[str | None]) -> frozenset[str]:
    return frozenset(code for code in codes if code is not None)


def _parts(working: Iterable[Grant]) -> dict[str, frozenset[str]]:
    """The places of each community of which grants reach some only."""
    parts: dict[str, frozenset[str]] = {}
    for grant in working:
        if grant.community is not None and grant.places is not None:
            parts[grant.community] = parts.get(grant.community, frozenset()).union(grant.places)
    return parts
