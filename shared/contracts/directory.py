"""What directory publishes: places, people (pseudonymous: no name, no phone) and what they may do where."""

from enum import StrEnum

from shared.contracts.event import Event
from shared.contracts.words import CommunityId, Line, PlaceId, Role, SubDistrictId, Time, UnitId, Value


class VenueKind(StrEnum):
    """Where people can sit down together."""

    PAVILION = "pavilion"
    ROOM = "room"


class Scope(Value, frozen=True):
    """Where a role counts: one community, one sub-district, one partner unit, or (all empty) the whole deployment."""

    community: CommunityId | None = None
    sub_district: SubDistrictId | None = None
    unit: UnitId | None = None


class SubDistrictOpened(Event, name="sub-district-opened"):
    """A sub-district 街道 works with the system."""

    name: Line
    district: Line


class CommunityOpened(Event, name="community-opened"):
    """A community 社区 of a sub-district works with the system."""

    sub_district: SubDistrictId
    name: Line


class CompoundRegistered(Event, name="compound-registered"):
    """A compound 小区 of the community."""

    place: PlaceId
    name: Line
    buildings: int


class GridDrawn(Event, name="grid-drawn"):
    """A grid 网格 of the community: the buildings of one grid worker."""

    place: PlaceId
    name: Line


class VenueOpened(Event, name="venue-opened"):
    """A pavilion 议事亭 of a compound, or a meeting room 议事室."""

    place: PlaceId
    name: Line
    kind: VenueKind
    compound: PlaceId | None = None


class PersonRegistered(Event, name="person-registered"):
    """Somebody takes part, under a label such as `resident~1` that says nothing about who they are."""

    community: CommunityId
    label: Line


class RoleGranted(Event, name="role-granted"):
    """What the person may be, where, and until when (None: until revoked)."""

    role: Role
    scope: Scope
    until: Time | None = None


class RoleRevoked(Event, name="role-revoked"):
    """What the person may no longer be."""

    role: Role
    scope: Scope
