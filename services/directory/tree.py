"""The place tree as it is read: whole, a community's at a time; and building by building."""

import re
from typing import Any

from typing_extensions import TypedDict

from shared.contracts.directory import (
    BuildingContracted,
    BuildingRegistered,
    CommunityOpened,
    CompoundRegistered,
    GridDrawn,
    RoleRevoked,
    Scope,
    VenueOpened,
)
from shared.eventlog.recorded import Recorded
from shared.projecting import PUBLIC, Row, Scoped, View


def in_order(name: str) -> str:
    """Sorts 2号楼 before 10号楼."""
    return re.sub(r"\d+", lambda number: number[0].zfill(6), name)


class UnitNode(TypedDict):
    """A unit 单元 and the door numbers of its households 户."""

    name: str
    households: list[str]


class BuildingNode(TypedDict):
    """A building 楼栋, and the grid that it is in."""

    id: str
    name: str
    grid: str | None
    units: list[UnitNode]


class CompoundNode(TypedDict):
    """A compound 小区 and those of its buildings that are registered."""

    id: str
    name: str
    buildings: list[BuildingNode]


class GridNode(TypedDict):
    """A grid 网格 and its buildings."""

    id: str
    name: str
    buildings: list[str]


class VenueNode(TypedDict):
    """A pavilion 议事亭 or a meeting room 议事室."""

    id: str
    name: str
    kind: str
    compound: str | None


class TreeRow(TypedDict):
    """All places of a community."""

    id: str
    name: str
    sub_district: str
    compounds: list[CompoundNode]
    grids: list[GridNode]
    venues: list[VenueNode]


class Trees(
    View,
    number=1,
    scope=PUBLIC,
    events=(CommunityOpened, CompoundRegistered, BuildingRegistered, GridDrawn, VenueOpened),
    columns={"name": "text"},
    order="name",
    lists=(),
):
    """One document a community: 3,000 households take about 50 kB."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case CommunityOpened(sub_district=sub_district, name=name):
                places: dict[str, list[Any]] = {"compounds": [], "grids": [], "venues": []}
                return {"id": event.stream_id, "name": name, "sub_district": sub_district, **places}
            case _ if row is None:
                return None
            case CompoundRegistered(place=place, name=name):
                return row | {"compounds": with_node(row["compounds"], {"id": place, "name": name, "buildings": []})}
            case BuildingRegistered() as told:
                return row | {"compounds": _placed(row["compounds"], told)}
            case GridDrawn(place=place, name=name, buildings=buildings):
                grid = {"id": place, "name": name, "buildings": list(buildings)}
                return row | {
                    "grids": with_node(row["grids"], grid),
                    "compounds": _drawn(row["compounds"], event.data),
                }
            case VenueOpened(place=place, name=name, kind=kind, compound=compound):
                venue = {"id": place, "name": name, "kind": kind, "compound": compound}
                return row | {"venues": with_node(row["venues"], venue)}
            case _:
                return row


def with_node(nodes: list[Row], told: Row) -> list[Row]:
    """The nodes with this one in its place by name, and what there was of that id gone."""
    return sorted([*(one for one in nodes if one["id"] != told["id"]), told], key=lambda one: in_order(one["name"]))


def _placed(compounds: list[Row], told: BuildingRegistered) -> list[Row]:
    known = next((one for it in compounds for one in it["buildings"] if one["id"] == told.place), None)
    node = {"id": told.place, "name": told.name, "grid": known and known["grid"], "units": _units(told)}
    return [
        it | {"buildings": with_node(it["buildings"], node)}
        if it["id"] == told.compound
        else it | {"buildings": [one for one in it["buildings"] if one["id"] != told.place]}
        for it in compounds
    ]


def _drawn(compounds: list[Row], grid: GridDrawn) -> list[Row]:
    return [it | {"buildings": [_in_grid(one, grid) for one in it["buildings"]]} for it in compounds]


def _units(told: BuildingRegistered) -> list[Row]:
    return [unit.model_dump() for unit in told.units]


def _in_grid(building: Row, drawn: GridDrawn) -> Row:
    """The building after a grid was drawn."""
    if building["id"] in drawn.buildings:
        return building | {"grid": drawn.place}
    if building["id"] in drawn.released and building["grid"] == drawn.place:
        return building | {"grid": None}
    return building


class BuildingRow(TypedDict):
    """A building 楼栋 with its units 单元 and households 户, and the grid 网格 that it is in."""

    id: str
    community: str
    compound: str
    name: str
    grid: str | None
    units: list[UnitNode]


class Buildings(
    View,
    number=1,
    scope=PUBLIC,
    events=(BuildingRegistered, GridDrawn),
    columns={"community": "text", "compound": "text", "grid": "text", "sorted_by": "text"},
    order="sorted_by",
    lists=(("community",), ("community", "compound"), ("community", "grid"), ("community", "compound", "grid")),
):
    """One row a building: codes are unique within a community."""

    def keys(self, event: Recorded) -> tuple[str, ...]:
        match event.data:
            case BuildingRegistered(place=place):
                return (building_key(event.stream_id, place),)
            case GridDrawn(buildings=buildings, released=released):
                return tuple(building_key(event.stream_id, one) for one in (*buildings, *released))
            case _:
                return ()

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case BuildingRegistered(place=place, name=name, compound=compound) as told:
                return {
                    "id": place,
                    "community": event.stream_id,
                    "compound": compound,
                    "name": name,
                    "grid": row["grid"] if row else None,
                    "units": _units(told),
                    "sorted_by": in_order(name),
                }
            case GridDrawn() as drawn if row is not None:
                return _in_grid(row, drawn)
            case _:
                return row


def building_key(community: str, building: str) -> str:
    """What a building's row is found by."""
    return f"{community}/{building}"


class ContractRow(TypedDict):
    """Who looks after a building 包联, in which capacity and for how long."""

    person: str
    community: str
    building: str
    capacity: str
    since: str | None
    until: str | None
    contracted_at: str


class Contracts(
    View,
    number=1,
    scope=Scoped(community="community", place="building"),
    events=(BuildingContracted, RoleRevoked),
    columns={"community": "text", "building": "text", "contracted_at": "timestamptz"},
    order="contracted_at",
    lists=(("community",), ("community", "building")),
):
    """One row a person and building, as long as it lasts."""

    def keys(self, event: Recorded) -> tuple[str, ...]:
        match event.data:
            case BuildingContracted(community=community, building=building):
                return (f"{event.stream_id}/{community}/{building}",)
            case RoleRevoked(scope=Scope(community=community, building=str(building))):
                return (f"{event.stream_id}/{community}/{building}",)
            case _:
                return ()

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case BuildingContracted() as contracted:
                return {"person": event.stream_id, **contracted.model_dump(), "contracted_at": event.at}
            case _:
                return None
