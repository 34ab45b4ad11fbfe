"""The rules of taking a community's housing in from a list."""

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.directory import housing
from services.directory.housing import Count, Entry, Wrong, contradictions, take_in
from services.directory.place import Community, communities
from shared.contracts.directory import (
    BuildingRegistered,
    BuildingUnit,
    CommunityOpened,
    CompoundRegistered,
    GridDrawn,
)
from shared.contracts.event import Event
from shared.deciding.refusals import NotValid
from tests.given import given

OPENED = CommunityOpened(sub_district="shangzhan", name="窑坡社区")
ROWS = (
    Entry(2, "如意小区", "1号楼", "1单元", "101", "第1网格"),
    Entry(3, "如意小区", "1号楼", "1单元", "102", "第1网格"),
    Entry(4, "如意小区", "2号楼"),
)
TAKEN = (
    CompoundRegistered(place="compound-n1", name="如意小区", buildings=2),
    BuildingRegistered(
        place="compound-n1-1",
        name="1号楼",
        compound="compound-n1",
        units=(BuildingUnit(name="1单元", households=("101", "102")),),
    ),
    BuildingRegistered(place="compound-n1-2", name="2号楼", compound="compound-n1"),
    GridDrawn(place="grid-1", name="第1网格", buildings=("compound-n1-1",)),
)


def after(events: Iterable[Event], state: Community | None) -> Community:
    became = communities.fold(events, state)
    assert became is not None
    return became


def test_what_is_not_known_is_registered() -> None:
    given(communities, OPENED).when(take_in, entries=ROWS).then(*TAKEN)


def test_the_same_list_again_changes_nothing() -> None:
    given(communities, OPENED, *TAKEN).when(take_in, entries=ROWS).then()
    typed_otherwise = [replace(row, building=row.building.replace("1", "１") + " ") for row in ROWS]
    given(communities, OPENED, *TAKEN).when(take_in, entries=typed_otherwise).then()


def test_what_is_known_is_found_by_its_name_and_keeps_its_code() -> None:
    ruyi = CompoundRegistered(place="ruyi", name="如意小区", buildings=14)
    east = BuildingRegistered(place="east", name="1号楼", compound="ruyi")
    given(communities, OPENED, ruyi, east).when(take_in, entries=[Entry(2, "如意小区", "1号楼", "1单元")]).then(
        BuildingRegistered(place="east", name="1号楼", compound="ruyi", units=(BuildingUnit(name="1单元"),))
    )


def test_nothing_is_taken_away_and_a_building_moves_to_the_grid_that_the_list_says() -> None:
    rows = [Entry(2, "如意小区", "1号楼", "1单元", "201", "第2网格")]
    units = (BuildingUnit(name="1单元", households=("101", "102", "201")),)
    given(communities, OPENED, *TAKEN).when(take_in, entries=rows).then(
        BuildingRegistered(place="compound-n1-1", name="1号楼", compound="compound-n1", units=units),
        GridDrawn(place="grid-1", name="第1网格", released=("compound-n1-1",)),
        GridDrawn(place="grid-2", name="第2网格", buildings=("compound-n1-1",)),
    )


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (Entry(5, "", "1号楼"), "小区"),
        (Entry(5, "如意小区", ""), "楼栋"),
        (Entry(5, "如意小区", "1号楼", "", "301"), "单元"),
        (Entry(5, "如意小区", "１号楼", "1单元", "102"), "户号"),
        (Entry(5, "如意小区", "1号楼", "2单元", "102", "第2网格"), "网格"),
    ],
)
def test_a_row_that_contradicts_is_named_with_its_column(row: Entry, column: str) -> None:
    [wrong] = contradictions([*ROWS, row])
    assert (wrong.row, wrong.column) == (5, column)
    assert wrong.zh
    assert wrong.en.isascii()


words = st.sampled_from(["", "1", "2", "１", "A座"])
lists = st.lists(st.builds(Entry, st.integers(2, 99), words, words, words, words, words), max_size=12)
CELLS = [Wrong(7, "户号", "不能用公式", "A formula")]


@settings(max_examples=300)
@for_all(lists, st.sampled_from([[], CELLS]), st.randoms(use_true_random=False))
def test_a_list_is_taken_in_whole_or_not_at_all(
    entries: list[Entry], wrong: list[Wrong], chance: random.Random
) -> None:
    before = after([OPENED, *TAKEN], None)
    bad = [*contradictions(entries), *wrong]
    if bad:
        with pytest.raises(NotValid) as refused:
            take_in(before, entries=entries, wrong=wrong)
        named = {(one["row"], one["column"]) for one in refused.value.values["errors"]}
        assert named == {(one.row, one.column) for one in bad}
        return
    events = take_in(before, entries=entries)
    now = after(events, before)
    assert take_in(now, entries=entries) == []
    shuffled = chance.sample(entries, len(entries))
    assert take_in(now, entries=shuffled) == []
    grown = housing.new(before, events)
    assert all(number >= 0 for number in (grown.compounds, grown.buildings, grown.units, grown.households))
    together = [one for drawn in now.grids.values() for one in drawn.buildings]
    assert len(together) == len(set(together))
    assert set(before.buildings) <= set(now.buildings)


def test_what_a_list_names_and_what_is_new_of_it_are_counted() -> None:
    assert housing.told(ROWS) == Count(compounds=1, buildings=2, units=1, households=2, grids=1)
    before = after([OPENED, *TAKEN[:2]], None)
    assert housing.new(before, take_in(before, entries=ROWS)) == Count(buildings=1, grids=1)
