"""The rules of the place tree: compounds, buildings, grids."""

from typing import Any
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.directory import place
from services.directory.place import Community, communities
from shared.contracts.directory import (
    BuildingRegistered,
    BuildingUnit,
    CommunityOpened,
    CompoundRegistered,
    GridDrawn,
    VenueKind,
    VenueOpened,
)
from shared.contracts.event import Event
from shared.contracts.words import PersonId
from tests.given import given

WORKER, OTHER = PersonId(UUID(int=1)), PersonId(UUID(int=2))
OPENED = CommunityOpened(sub_district="shangzhan", name="窑坡社区")
RUYI = CompoundRegistered(place="ruyi", name="如意小区", buildings=14)
UNITS = (BuildingUnit(name="1单元", households=("101", "102")),)


def building(number: int, units: tuple[BuildingUnit, ...] = ()) -> BuildingRegistered:
    return BuildingRegistered(place=f"ruyi-{number}", name=f"{number}号楼", compound="ruyi", units=units)


def said(number: int, units: tuple[BuildingUnit, ...] = ()) -> dict[str, Any]:
    return {"place": f"ruyi-{number}", "name": f"{number}号楼", "compound": "ruyi", "units": units}


TWO = (OPENED, RUYI, building(1), building(2))


def test_a_building_stands_in_a_compound_that_is_known_and_is_told_once() -> None:
    given(communities, OPENED).when(place.register_building, **said(1)).fails("compound-not-found")
    given(communities, OPENED, RUYI).when(place.register_building, **said(1)).then(building(1))
    given(communities, *TWO).when(place.register_building, **said(1)).then()


def test_a_building_is_corrected_by_telling_it_anew() -> None:
    given(communities, *TWO).when(place.register_building, **said(1, UNITS)).then(building(1, UNITS))


def test_codes_and_names_are_given_once() -> None:
    given(communities, *TWO).when(place.register_building, **{**said(3), "place": "ruyi"}).fails("place-exists")
    given(communities, *TWO).when(place.register_building, **{**said(1), "place": "x-1"}).fails("building-name-taken")
    given(communities, *TWO).when(place.draw_grid, place="ruyi-1", name="第1网格").fails("place-exists")
    venue = {"name": "议事亭", "kind": VenueKind.PAVILION, "compound": "ruyi"}
    given(communities, *TWO).when(place.open_venue, place="ruyi-2", **venue).fails("place-exists")


def test_a_pavilion_stands_in_a_compound_and_a_room_need_not() -> None:
    words: dict[str, Any] = {"place": "venue-1", "name": "有事好商量", "compound": None}
    given(communities, *TWO).when(place.open_venue, **words, kind=VenueKind.PAVILION).fails("pavilion-without-compound")
    room = VenueOpened(place="venue-1", name="有事好商量", kind=VenueKind.ROOM)
    given(communities, *TWO).when(place.open_venue, **words, kind=VenueKind.ROOM).then(room)
    unknown = {**words, "compound": "nowhere"}
    given(communities, *TWO).when(place.open_venue, **unknown, kind=VenueKind.ROOM).fails("compound-not-found")


def test_units_of_a_building_and_households_of_a_unit_are_named_once() -> None:
    for twice in ((*UNITS, *UNITS), (BuildingUnit(name="1单元", households=("101", "101")),)):
        given(communities, *TWO).when(place.register_building, **said(3, twice)).fails("named-twice")


def test_a_grid_is_drawn_of_buildings_that_are_registered() -> None:
    drawn = GridDrawn(place="grid-1", name="第1网格", buildings=("ruyi-1",))
    words: dict[str, Any] = {"place": "grid-1", "name": "第1网格", "buildings": ("ruyi-1",)}
    given(communities, *TWO).when(place.draw_grid, **words).then(drawn)
    given(communities, *TWO, drawn).when(place.draw_grid, **words).then()
    given(communities, OPENED, RUYI).when(place.draw_grid, **words).fails("building-not-found")


def test_a_grid_drawn_anew_takes_buildings_over_and_says_what_it_lets_go() -> None:
    one = GridDrawn(place="grid-1", name="第1网格", buildings=("ruyi-1",), worker=WORKER)
    two = GridDrawn(place="grid-2", name="第2网格", buildings=("ruyi-2",))
    given(communities, *TWO, one, two).when(place.draw_grid, place="grid-2", name="东网格", buildings=("ruyi-1",)).then(
        GridDrawn(place="grid-1", name="第1网格", released=("ruyi-1",), worker=WORKER),
        GridDrawn(place="grid-2", name="东网格", buildings=("ruyi-1",), released=("ruyi-2",)),
    )
    given(communities, *TWO, one).when(place.draw_grid, place="grid-1", name="东网格").then(
        GridDrawn(place="grid-1", name="东网格", buildings=("ruyi-1",), worker=WORKER)
    )


def test_a_grid_is_left_only_by_who_has_it() -> None:
    drawn = GridDrawn(place="grid-1", name="第1网格", worker=WORKER)
    given(communities, *TWO, drawn).when(place.leave_grid, grid="grid-1", worker=OTHER).then()
    free = GridDrawn(place="grid-1", name="第1网格")
    given(communities, *TWO, drawn).when(place.leave_grid, grid="grid-1", worker=WORKER).then(free)
    given(communities, *TWO, drawn).when(place.hand_over_grid, grid="grid-1", worker=WORKER).then()
    taken = GridDrawn(place="grid-1", name="第1网格", worker=OTHER)
    given(communities, *TWO, drawn).when(place.hand_over_grid, grid="grid-1", worker=OTHER).then(taken)


def test_a_grid_that_was_drawn_before_buildings_were_told_can_still_be_read() -> None:
    assert GridDrawn.model_validate_json('{"place": "grid-1", "name": "第1网格"}').buildings == ()


drawings = st.lists(
    st.tuples(st.sampled_from(["grid-1", "grid-2", "grid-3"]), st.lists(st.integers(1, 6), max_size=6)), max_size=12
)


@for_all(drawings)
def test_a_building_is_in_one_grid_at_most_however_they_are_drawn(drawings: list[tuple[str, list[int]]]) -> None:
    state = communities.fold([OPENED, RUYI, *map(building, range(1, 7))])
    seen: dict[str, str | None] = {}
    for grid, numbers in drawings:
        assert isinstance(state, Community)
        wanted = tuple(f"ruyi-{number}" for number in numbers)
        events = place.draw_grid(state, place=grid, name=grid, buildings=wanted)
        state = communities.fold(events, state)
        assert isinstance(state, Community)
        assert set(state.grids[grid].buildings) == set(wanted)
        together = [one for drawn in state.grids.values() for one in drawn.buildings]
        assert len(together) == len(set(together))
        follow(seen, events)
    assert isinstance(state, Community)
    known = {one: drawn.place for drawn in state.grids.values() for one in drawn.buildings}
    assert {one: grid for one, grid in seen.items() if grid} == known


def follow(seen: dict[str, str | None], events: list[GridDrawn]) -> None:
    """What a reader knows who hears of the events alone, and remembers each building by itself."""
    for drawn in events:
        seen.update({one: None for one in drawn.released if seen.get(one) == drawn.place})
        seen.update(dict.fromkeys(drawn.buildings, drawn.place))


def test_a_grids_worker_reaches_the_grid_its_buildings_and_their_compounds() -> None:
    events: list[Event] = [*TWO, GridDrawn(place="grid-1", name="第1网格", buildings=("ruyi-1",))]
    state = communities.fold(events)
    assert state is not None
    assert state.places_of("grid-1") == ("grid-1", "ruyi-1", "ruyi")
