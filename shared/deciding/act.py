"""Who does something, when it happened, and what caused it: what a command's events carry besides what they say."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from shared.contracts.words import PersonId, Role
from shared.deciding.refusals import NotAllowed


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and where it counts; a steward's counts everywhere."""

    role: Role
    community: str | None = None
    unit: str | None = None
    sub_district: str | None = None

    def covers(self, community: str, unit: str | None) -> bool:
        return (
            self.role is Role.STEWARD
            or (self.community is not None and self.community == community)
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

    def require(self, community: str, unit: str | None = None) -> None:
        """Raises NotAllowed unless one of the grants covers the place or unit."""
        if self.grants is not None and not any(grant.covers(community, unit) for grant in self.grants):
            raise NotAllowed(
                "out-of-scope",
                "您的角色不在此社区或单位，请联系社区书记。",
                "Your roles do not reach this community or unit: ask its secretary.",
                community=community,
            )

    def require_role(self, community: str, *roles: Role, unit: str | None = None) -> None:
        """Raises NotAllowed unless one of the grants is such a role and covers the place or unit."""
        grants = tuple(grant for grant in self.grants or () if grant.role in roles or grant.role is Role.STEWARD)
        replace(self, grants=grants).require(community, unit)

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
