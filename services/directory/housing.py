"""A community's compounds, buildings, units, households and grids, taken in from a list: all of it, or nothing."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.directory.place import Community, communities, draw_grid, register_building, register_compound
from shared.contracts.directory import BuildingUnit
from shared.contracts.event import Event, JsonObject
from shared.deciding.refusals import NotValid

COLUMNS = ("小区", "楼栋", "单元", "户号", "网格")
MOST_TOLD = 200
"""Wrong rows that an answer names; how many there are it says in any case."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list, numbered as its reader sees it: a household, or a unit or building without one. What it does
    not say is empty."""

    row: int
    compound: str
    building: str
    unit: str = ""
    household: str = ""
    grid: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Wrong:
    """Where a row is wrong, and what to change there."""

    row: int
    column: str
    zh: str
    en: str

    def told(self) -> JsonObject:
        return {"row": self.row, "column": self.column, "zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Count:
    """How many of each."""

    compounds: int = 0
    buildings: int = 0
    units: int = 0
    households: int = 0
    grids: int = 0


def take_in(community: Community, *, entries: Sequence[Entry], wrong: Sequence[Wrong] = ()) -> list[Event]:
    """What the list says and the community does not know yet. What is known by its name stays, and nothing is taken
    away: a building that the list puts into a grid leaves the one it was in. With one row `wrong`, nothing is done."""
    found = sorted([*wrong, *contradictions(entries)])
    if found:
        raise NotValid(
            "rows-wrong",
            "表里有需要修改的行，请按 errors 逐处修改后重新上传；本次没有写入任何内容。",
            "Some rows need changing: change what `errors` lists and send the file again. Nothing was taken in.",
            wrong=len(found),
            errors=[one.told() for one in found[:MOST_TOLD]],
        )
    return _Taking(community).all(entries)


def contradictions(entries: Iterable[Entry]) -> list[Wrong]:
    """Rows that lack what they need, say again what another says, or put a building into a second grid."""
    wrong: list[Wrong] = []
    households: dict[tuple[str, ...], int] = {}
    grids: dict[tuple[str, ...], Entry] = {}
    for one in entries:
        for column, value in (("小区", one.compound), ("楼栋", one.building)):
            if not value:
                wrong.append(Wrong(one.row, column, f"请填写{column}。", "Fill this in."))
        if one.household and not one.unit:
            wrong.append(Wrong(one.row, "单元", "有户号的行须填写单元，如 1单元。", "Name the unit of this household."))
        building = (same(one.compound), same(one.building))
        if one.household:
            first = households.setdefault((*building, same(one.unit), same(one.household)), one.row)
            if first != one.row:
                wrong.append(
                    Wrong(
                        one.row, "户号", f"与第 {first} 行是同一户，请删去一行。", f"The same household as row {first}."
                    )
                )
        if one.grid:
            other = grids.setdefault(building, one)
            if same(other.grid) != same(one.grid):
                wrong.append(
                    Wrong(
                        one.row,
                        "网格",
                        f"同一栋楼在第 {other.row} 行属于“{other.grid}”，一栋楼只能属于一个网格。",
                        f"Row {other.row} puts this building into another grid: a building is in one.",
                    )
                )
    return wrong


def same(name: str) -> str:
    """What names of one place have in common, however they are typed: `１号楼 ` and `1号楼`."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def told(entries: Iterable[Entry]) -> Count:
    """What the list names."""
    rows = [[same(part) for part in (one.compound, one.building, one.unit, one.household)] for one in entries]
    levels = [len({tuple(row[:depth]) for row in rows if row[depth - 1]}) for depth in range(1, 5)]
    return Count(*levels, grids=len({same(one.grid) for one in entries if one.grid}))


def new(community: Community, events: Iterable[Event]) -> Count:
    """How much of it there was not before."""
    now = communities.fold(events, community)
    assert now is not None
    before, after = _counted(community), _counted(now)
    return Count(*(a - b for a, b in zip(after, before, strict=True)))


def _counted(community: Community) -> tuple[int, int, int, int, int]:
    units = [unit for building in community.buildings.values() for unit in building.units]
    households = sum(len(unit.households) for unit in units)
    return len(community.compounds), len(community.buildings), len(units), households, len(community.grids)


class _Taking:
    """The community as it becomes, event by event."""

    def __init__(self, community: Community):
        self.community = community
        self.events: list[Event] = []

    def all(self, entries: Sequence[Entry]) -> list[Event]:
        """Compounds, then buildings, then grids, in the list's order."""
        buildings: dict[tuple[str, str], list[Entry]] = {}
        for entry in entries:
            buildings.setdefault((same(entry.compound), same(entry.building)), []).append(entry)
        sizes: dict[str, int] = {}
        for compound, _ in buildings:
            sizes[compound] = sizes.get(compound, 0) + 1
        grids: dict[str, tuple[str, list[str]]] = {}
        for (compound, _), rows in buildings.items():
            code = self._building(self._compound(rows[0].compound, sizes[compound]), rows)
            if grid := next((row.grid for row in rows if row.grid), None):
                grids.setdefault(same(grid), (grid, []))[1].append(code)
        for name, codes in grids.values():
            self._grid(name, codes)
        return self.events

    def _take(self, *events: Event) -> None:
        self.events += events
        became = communities.fold(events, self.community)
        assert became is not None
        self.community = became

    def _compound(self, name: str, buildings: int) -> str:
        for known in self.community.compounds.values():
            if same(known.name) == same(name):
                return known.place
        code = self._free("compound", "")
        self._take(register_compound(self.community, place=code, name=name, buildings=buildings))
        return code

    def _building(self, compound: str, rows: list[Entry]) -> str:
        name = rows[0].building
        known = next(
            (
                one
                for one in self.community.buildings.values()
                if one.compound == compound and same(one.name) == same(name)
            ),
            None,
        )
        code = known.place if known else self._free(compound[:30], name)
        units = _merged(known.units if known else (), rows)
        called = known.name if known else name
        self._take(*register_building(self.community, place=code, name=called, compound=compound, units=units))
        return code

    def _grid(self, name: str, buildings: list[str]) -> None:
        known = next((one for one in self.community.grids.values() if same(one.name) == same(name)), None)
        code, called = (known.place, known.name) if known else (self._free("grid", name), name)
        wanted = (*(known.buildings if known else ()), *buildings)
        self._take(*draw_grid(self.community, place=code, name=called, buildings=wanted))

    def _free(self, start: str, name: str) -> str:
        """A code that is not in use: `ruyi-8` for 8号楼 of the compound `ruyi`, `grid-3` for 第3网格, or the next
        number."""
        spoken = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKC", name).casefold()).strip("-")
        if spoken and len(spoken) < 9 and not self.community.knows(f"{start}-{spoken}"):
            return f"{start}-{spoken}"
        number = 1
        while self.community.knows(f"{start}-n{number}"):
            number += 1
        return f"{start}-n{number}"


def _merged(known: Sequence[BuildingUnit], rows: Iterable[Entry]) -> tuple[BuildingUnit, ...]:
    """The units as they are known, with the units and households that the rows add."""
    names = {same(unit.name): unit.name for unit in known}
    doors = {same(unit.name): {same(door): door for door in unit.households} for unit in known}
    for row in rows:
        if row.unit:
            names.setdefault(same(row.unit), row.unit)
            its = doors.setdefault(same(row.unit), {})
            if row.household:
                its.setdefault(same(row.household), row.household)
    return tuple(BuildingUnit(name=names[unit], households=tuple(its.values())) for unit, its in doors.items())
