"""What directory publishes: places, people (by pseudonyms; their name, phone and address sealed) and what they may do
where."""

from enum import StrEnum

from shared.contracts.event import THE_STREAM, Event, JsonObject, upcasts
from shared.contracts.words import CommunityId, Line, PersonId, PlaceId, Role, SubDistrictId, Time, UnitId, Value
from shared.privacy.private import Private


class VenueKind(StrEnum):
    """Where people can sit down together."""

    PAVILION = "pavilion"
    ROOM = "room"


class Capacity(StrEnum):
    """As what somebody is contracted to a building."""

    PARTY_MEMBER = "party-member"
    CPPCC_MEMBER = "cppcc-member"
    VOLUNTEER = "volunteer"


class Scope(Value, frozen=True):
    """Where a role counts: one community, or of it one grid or one building; one sub-district; one partner unit; or
    (all empty) the whole deployment."""

    community: CommunityId | None = None
    sub_district: SubDistrictId | None = None
    unit: UnitId | None = None
    grid: PlaceId | None = None
    building: PlaceId | None = None


class BuildingUnit(Value, frozen=True):
    """A unit 单元 of a building: one staircase with its households 户, by their door numbers."""

    name: Line
    households: tuple[Line, ...] = ()


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


class BuildingRegistered(Event, name="building-registered"):
    """A building 楼栋 of a compound with its units 单元 and households 户. Told again, it is as it is told then."""

    place: PlaceId
    name: Line
    compound: PlaceId
    units: tuple[BuildingUnit, ...] = ()


class GridDrawn(Event, name="grid-drawn"):
    """A grid 网格 of the community: the buildings of one grid worker. Told again, it is drawn anew: `released` are the
    buildings it has had until now and has no more. A building is in one grid at most."""

    place: PlaceId
    name: Line
    buildings: tuple[PlaceId, ...] = ()
    released: tuple[PlaceId, ...] = ()
    worker: PersonId | None = None


class VenueOpened(Event, name="venue-opened"):
    """A pavilion 议事亭 of a compound, or a meeting room 议事室."""

    place: PlaceId
    name: Line
    kind: VenueKind
    compound: PlaceId | None = None


class Purpose(StrEnum):
    """What somebody agrees that their data is used for."""

    CONTACT = "contact"
    NOTICES = "notices"
    SHARING = "sharing"


class Ground(StrEnum):
    """Why somebody's data is erased: they want it (PIPL, article 47), or an order or a law has it so."""

    OWN_WISH = "own-wish"
    ORDER = "order"


class PersonRegistered(Event, name="person-registered", version=2, subject=THE_STREAM):
    """Somebody takes part, under a label such as `resident~1` that says nothing about who they are; what is known of
    them is sealed. 登记人员"""

    community: CommunityId
    label: Line
    name: Private[str] | None = None
    phone: Private[str] | None = None
    address: Private[str] | None = None


@upcasts(PersonRegistered, version=1)
def _nothing_was_known_of_anybody(data: JsonObject) -> JsonObject:
    return data


class ContactChanged(Event, name="contact-changed", subject=THE_STREAM):
    """What is known of somebody is something else now; what is left out is as it was. 联系方式变更"""

    by: PersonId
    name: Private[str] | None = None
    phone: Private[str] | None = None
    address: Private[str] | None = None


class ConsentGiven(Event, name="consent-given"):
    """The person agrees to a use of their data, by the words that `terms` names. 同意"""

    by: PersonId
    purpose: Purpose
    terms: Line


class ConsentWithdrawn(Event, name="consent-withdrawn"):
    """The person agrees no longer. 撤回同意"""

    by: PersonId
    purpose: Purpose


class PersonErased(Event, name="person-erased"):
    """The person's key is destroyed, and with it all that was ever sealed of them anywhere. 注销个人信息"""

    by: PersonId
    ground: Ground
    order: Line | None = None


class RoleGranted(Event, name="role-granted"):
    """What the person may be, where, since when (None: at once) and until when (None: until revoked)."""

    role: Role
    scope: Scope
    since: Time | None = None
    until: Time | None = None


class RoleRevoked(Event, name="role-revoked"):
    """What the person may no longer be: somebody has taken it back, or (by a reaction) its term is over or another has
    taken the grid over."""

    role: Role
    scope: Scope


class BuildingContracted(Event, name="building-contracted"):
    """The person looks after a building 包联, in a capacity and for a term; ends with their role of building contact
    there."""

    community: CommunityId
    building: PlaceId
    capacity: Capacity
    since: Time | None = None
    until: Time | None = None
