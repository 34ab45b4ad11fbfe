"""The place tree: sub-districts 街道 and their communities 社区 with compounds, grids and venues."""

from dataclasses import dataclass, replace

from shared.contracts.directory import (
    CommunityOpened,
    CompoundRegistered,
    GridDrawn,
    SubDistrictOpened,
    VenueKind,
    VenueOpened,
)
from shared.contracts.event import Event
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotFound, NotNow, no_such


@dataclass(frozen=True, slots=True)
class SubDistrict:
    """Opened."""

    name: str


@dataclass(frozen=True, slots=True)
class Community:
    """Its sub-district, and the codes in use for its places."""

    sub_district: str
    places: frozenset[str] = frozenset()


def evolve_sub_district(sub_district: SubDistrict | None, event: Event) -> SubDistrict | None:
    """What an event makes of a sub-district."""
    return SubDistrict(event.name) if isinstance(event, SubDistrictOpened) else sub_district


def evolve_community(community: Community | None, event: Event) -> Community | None:
    """What an event makes of a community."""
    match community, event:
        case None, CommunityOpened(sub_district=sub_district):
            return Community(sub_district)
        case Community(), CompoundRegistered(place=place) | GridDrawn(place=place) | VenueOpened(place=place):
            return replace(community, places=community.places | {place})
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


def draw_grid(community: Community, *, place: str, name: str) -> GridDrawn:
    """Its code is new in the community."""
    _require_new(community, place)
    return GridDrawn(place=place, name=name)


def open_venue(community: Community, *, place: str, name: str, kind: VenueKind, compound: str | None) -> VenueOpened:
    """Its code is new in the community; a pavilion stands in a compound that is known."""
    _require_new(community, place)
    if compound is not None and compound not in community.places:
        raise NotFound("compound-not-found", "请先登记小区。", "Register the compound first.", compound=compound)
    return VenueOpened(place=place, name=name, kind=kind, compound=compound)


def _require_new(community: Community, place: str) -> None:
    if place in community.places:
        raise NotNow(
            "place-exists", "这个地点编号已被使用，请换一个。", "That place code is taken: choose another.", place=place
        )


sub_districts = Aggregate("sub_district", evolve_sub_district)
communities = Aggregate("community", evolve_community)
