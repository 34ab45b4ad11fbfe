"""The place tree: sub-districts 街道 and their communities 社区, each with all its places down to the household."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.contracts.directory import (
    BuildingRegistered,
    BuildingUnit,
    CommunityOpened,
    CompoundRegistered,
    GridDrawn,
    SubDistrictOpened,
    VenueKind,
    VenueOpened,
)
from shared.contracts.event import Event
from shared.contracts.words import PersonId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotFound, NotNow, NotValid, no_such


@dataclass(frozen=True, slots=True)
class SubDistrict:
    """Opened."""

    name: str


@dataclass(frozen=True, slots=True)
class Community:
    """Its sub-district, and its places by their codes as they were told last; `venues` are codes alone."""

    sub_district: str
    compounds: Mapping[str, CompoundRegistered] = field(default_factory=dict[str, CompoundRegistered])
    buildings: Mapping[str, BuildingRegistered] = field(default_factory=dict[str, BuildingRegistered])
    grids: Mapping[str, GridDrawn] = field(default_factory=dict[str, GridDrawn])
    venues: frozenset[str] = frozenset()

    def knows(self, place: str) -> bool:
        """Whether the code is in use."""
        return any(place in known for known in (self.compounds, self.buildings, self.grids, self.venues))

    def places_of(self, grid: str) -> tuple[str, ...]:
        """What a grid worker's role reaches: the grid, its buildings, and the compounds that they stand in."""
        drawn = self.grids.get(grid)
        buildings = drawn.buildings if drawn else ()
        compounds = dict.fromkeys(self.buildings[building].compound for building in buildings)
        return (grid, *buildings, *compounds)


def evolve_sub_district(sub_district: SubDistrict | None, event: Event) -> SubDistrict | None:
    """What an event makes of a sub-district."""
    return SubDistrict(event.name) if isinstance(event, SubDistrictOpened) else sub_district


def evolve_community(community: Community | None, event: Event) -> Community | None:
    """What an event makes of a community."""
    match community, event:
        case None, CommunityOpened(sub_district=sub_district):
            return Community(sub_district)
        case Community(compounds=compounds), CompoundRegistered(place=place):
            return replace(community, compounds={**compounds, place: event})
        case Community(buildings=buildings), BuildingRegistered(place=place):
            return replace(community, buildings={**buildings, place: event})
        case Community(grids=grids), GridDrawn(place=place):
            return replace(community, grids={**grids, place: event})
        case Community(), VenueOpened(place=place):
            return replace(community, venues=community.venues | {place})
        case _:
            return community


def open_sub_district(*, name: str, district: str) -> SubDistrictOpened:
    """A sub-district works with the system."""
    return SubDistrictOpened(name=name, district=district)


def open_community(*, sub_district: str, within: SubDistrict | None, name: str) -> CommunityOpened:
    """A community of it does."""
    if within is None:
        raise no_such("sub-district", sub_district)
    return CommunityOpened(sub_district=sub_district, name=name)


def register_compound(community: Community, *, place: str, name: str, buildings: int) -> CompoundRegistered:
    """Its code is new in the community."""
    _require_new(community, place)
    return CompoundRegistered(place=place, name=name, buildings=buildings)


def register_building(
    community: Community, *, place: str, name: str, compound: str, units: tuple[BuildingUnit, ...]
) -> list[BuildingRegistered]:
    """In a compound that is known. Told again, it is changed to what is told; nothing happens where nothing differs."""
    if place not in community.buildings:
        _require_new(community, place)
    if compound not in community.compounds:
        raise _no_compound(compound)
    named = [one for one in community.buildings.values() if (one.compound, one.name) == (compound, name)]
    if any(one.place != place for one in named):
        raise NotNow(
            "building-name-taken",
            "该小区已有同名楼栋，请核对名称。",
            "The compound has a building of that name: check the name.",
            building=named[0].place,
        )
    _require_distinct(units)
    told = BuildingRegistered(place=place, name=name, compound=compound, units=units)
    return [] if community.buildings.get(place) == told else [told]


def draw_grid(
    community: Community, *, place: str, name: str, buildings: tuple[str, ...] | None = None
) -> list[GridDrawn]:
    """Of buildings that are registered. Drawn again, it has just those, None for those it has; another grid that had
    one of them is drawn anew without it. Its worker stays."""
    known = community.grids.get(place)
    if known is None:
        _require_new(community, place)
    for building in buildings or ():
        require_building(community, building)
    wanted = tuple(dict.fromkeys(buildings)) if buildings is not None else known.buildings if known else ()
    others = [
        _drawn(grid, tuple(one for one in grid.buildings if one not in wanted))
        for grid in community.grids.values()
        if grid.place != place and not set(wanted).isdisjoint(grid.buildings)
    ]
    if known and (known.name, known.buildings) == (name, wanted):
        return []
    own = known.model_copy(update={"name": name}) if known else GridDrawn(place=place, name=name)
    return [*others, _drawn(own, wanted)]


def hand_over_grid(community: Community, *, grid: str, worker: PersonId) -> list[GridDrawn]:
    """To who has been granted it."""
    drawn = require_grid(community, grid)
    return [] if drawn.worker == worker else [drawn.model_copy(update={"worker": worker, "released": ()})]


def leave_grid(community: Community, *, grid: str, worker: PersonId) -> list[GridDrawn]:
    """By whose role there has ended."""
    drawn = require_grid(community, grid)
    return [drawn.model_copy(update={"worker": None, "released": ()})] if drawn.worker == worker else []


def open_venue(community: Community, *, place: str, name: str, kind: VenueKind, compound: str | None) -> VenueOpened:
    """Its code is new in the community; a pavilion stands in a compound that is known."""
    _require_new(community, place)
    if kind is VenueKind.PAVILION and compound is None:
        raise NotValid(
            "pavilion-without-compound",
            "议事亭须注明所在小区。",
            "A pavilion stands in a compound: name it.",
        )
    if compound is not None and compound not in community.compounds:
        raise _no_compound(compound)
    return VenueOpened(place=place, name=name, kind=kind, compound=compound)


def require_grid(community: Community, grid: str) -> GridDrawn:
    """The grid as it was drawn last. Raises NotFound."""
    if grid not in community.grids:
        raise NotFound("grid-not-found", "请先划分网格。", "Draw the grid first.", grid=grid)
    return community.grids[grid]


def require_building(community: Community, building: str) -> BuildingRegistered:
    """The building as it was registered last. Raises NotFound."""
    if building not in community.buildings:
        raise NotFound("building-not-found", "请先登记楼栋。", "Register the building first.", building=building)
    return community.buildings[building]


def _drawn(grid: GridDrawn, buildings: tuple[str, ...]) -> GridDrawn:
    released = tuple(one for one in grid.buildings if one not in buildings)
    return grid.model_copy(update={"buildings": buildings, "released": released})


def _no_compound(compound: str) -> NotFound:
    return NotFound("compound-not-found", "请先登记小区。", "Register the compound first.", compound=compound)


def _require_new(community: Community, place: str) -> None:
    if community.knows(place):
        raise NotNow(
            "place-exists", "这个地点编号已被使用，请换一个。", "That place code is taken: choose another.", place=place
        )


def _require_distinct(units: tuple[BuildingUnit, ...]) -> None:
    for names in ([unit.name for unit in units], *(unit.households for unit in units)):
        if twice := next((name for name in names if list(names).count(name) > 1), None):
            raise NotValid(
                "named-twice",
                "同一栋的单元、同一单元的户号不能重复。",
                "Units of a building, and households of a unit, are each named once.",
                name=twice,
            )


sub_districts = Aggregate("sub_district", evolve_sub_district)
communities = Aggregate("community", evolve_community)
