"""Who may do something where."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Act, Grant
from shared.deciding.refusals import NotAllowed
from shared.deciding.scope import Scope
from tests.gardening import gardener

places = st.sampled_from(["north", "south"])
units = st.sampled_from(["power", "water"])
anywhere = st.none()
grants = st.builds(
    Grant, st.sampled_from(Role), st.one_of(anywhere, places), st.one_of(anywhere, units), st.one_of(anywhere, places)
)
held = st.lists(grants, max_size=4).map(tuple)


def acting(*grants: Grant) -> Act:
    return replace(gardener(), grants=grants)


def allowed(act: Act, place: str, *roles: Role, unit: str | None = None) -> bool:
    try:
        act.require_role(place, *roles, unit=unit) if roles else act.require(place, unit)
    except NotAllowed:
        return False
    return True


@for_all(held, places, st.one_of(anywhere, units))
def test_one_grant_that_reaches_the_place_or_the_unit_is_needed_and_enough(
    grants: tuple[Grant, ...], place: str, unit: str | None
) -> None:
    reaching = [
        grant
        for grant in grants
        if grant.role is Role.STEWARD or grant.community == place or (unit is not None and grant.unit == unit)
    ]
    assert allowed(acting(*grants), place, unit=unit) is bool(reaching)


@for_all(held, grants, places, st.one_of(anywhere, units))
def test_no_further_grant_ever_takes_away_what_one_may(
    grants: tuple[Grant, ...], more: Grant, place: str, unit: str | None
) -> None:
    for roles in ((), (Role.SECRETARY,), (Role.SECRETARY, Role.OPERATOR)):
        if allowed(acting(*grants), place, *roles, unit=unit):
            assert allowed(acting(more, *grants), place, *roles, unit=unit)


@for_all(held, places)
def test_a_role_counts_only_where_it_is_held_itself(grants: tuple[Grant, ...], place: str) -> None:
    itself = [g for g in grants if g.role is Role.STEWARD or (g.role is Role.SECRETARY and g.community == place)]
    assert allowed(acting(*grants), place, Role.SECRETARY) is bool(itself)


def test_a_grant_of_nowhere_reaches_nothing() -> None:
    nowhere = acting(*(Grant(role) for role in Role if role is not Role.STEWARD))
    assert not allowed(nowhere, "north")
    assert not allowed(nowhere, "north", unit="power")
    with pytest.raises(NotAllowed) as refused:
        nowhere.require_sub_district("north")
    assert (refused.value.code, refused.value.values) == ("out-of-sub-district", {"sub_district": "north"})
    with pytest.raises(NotAllowed) as refused:
        nowhere.require("north")
    assert (refused.value.code, refused.value.values) == ("out-of-scope", {"community": "north"})
    with pytest.raises(NotAllowed):
        nowhere.units()


def test_who_operates_for_two_units_has_both_and_no_third() -> None:
    both = acting(Grant(Role.OPERATOR, unit="power"), Grant(Role.OPERATOR, unit="water"))
    assert both.units() == ("power", "water")
    assert both.units("water") == ("water",)
    with pytest.raises(NotAllowed) as refused:
        both.units("gas")
    assert (refused.value.code, refused.value.values) == ("not-your-unit", {"unit": "gas"})


def test_the_service_itself_may_everything_but_has_no_role() -> None:
    assert allowed(gardener(), "north")
    assert allowed(acting().anywhere(), "north")
    assert not allowed(gardener(), "north", Role.SECRETARY)


def test_an_effects_ids_are_those_of_the_last_time_and_another_acts_are_new() -> None:
    cause = uuid4()
    effect = gardener(effect_of=cause)
    assert effect.event_id("plant-1", 2) == gardener(effect_of=cause).event_id("plant-1", 2)
    others = [
        effect.event_id("plant-1", 3),
        effect.event_id("plant-2", 2),
        gardener(effect_of=uuid4()).event_id("x", 1),
    ]
    ids = {effect.event_id("plant-1", 2), *others, gardener().event_id("plant-1", 2), gardener().event_id("plant-1", 2)}
    assert len(ids) == 6


somewhere = st.sampled_from(["house", "yard", "corner"])
narrowed = st.lists(somewhere, max_size=3).map(lambda some: Grant(Role.GRID_WORKER, "north", places=tuple(some)))
whole = st.just(Grant(Role.SECRETARY, "north"))


@for_all(st.lists(narrowed | whole, max_size=3), st.none() | somewhere)
def test_a_grant_of_some_places_reaches_those_and_what_is_about_none(grants: list[Grant], place: str | None) -> None:
    act = acting(*grants)
    reaching = [one for one in grants if one.places is None or place is None or place in one.places]
    assert may(act.require, "north", place=place) is bool(reaching)
    assert may(act.require_role, "north", Role.GRID_WORKER, place=place) is any(
        one.role is Role.GRID_WORKER for one in reaching
    )
    assert not may(act.require, "south", place=place)
    listed = [one for one in grants if one.places is None or (place is not None and place in one.places)]
    assert may(act.require_list, "north", place) is bool(listed)


def test_an_officer_reaches_a_community_that_was_opened_after_the_grants_were_told_but_in_their_sub_district() -> None:
    officer = acting(Grant(Role.OFFICER, sub_district="uphill"))
    assert not allowed(officer, "north", Role.OFFICER)
    assert allowed(officer.reaching("north", "uphill"), "north", Role.OFFICER)
    assert not allowed(officer.reaching("north", "downhill"), "north", Role.OFFICER)
    secretary = acting(Grant(Role.SECRETARY, "south"))
    assert not allowed(secretary.reaching("north", "uphill"), "north")


def may(require: Callable[..., None], *arguments: Any, **more: Any) -> bool:
    try:
        require(*arguments, **more)
    except NotAllowed:
        return False
    return True


def test_a_scope_is_what_the_grants_reach_and_what_is_ones_own() -> None:
    someone = replace(
        acting(
            Grant(Role.SECRETARY, "north"),
            Grant(Role.GRID_WORKER, "south", places=("yard",)),
            Grant(Role.GRID_WORKER, "south", places=("house",)),
            Grant(Role.RESIDENT, "west"),
            Grant(Role.OPERATOR, unit="power"),
            Grant(Role.OFFICER, None, sub_district="uphill"),
            Grant(Role.OFFICER, "east", sub_district="uphill"),
        ),
        caller=PersonId(uuid4()),
    )
    scope = someone.scope
    assert scope.communities == {"north", "east"}
    assert scope.parts == {"south": {"yard", "house"}}
    assert scope.member_of == {"north", "south", "west", "east"}
    assert (scope.units, scope.person, scope.everything) == ({"power"}, str(someone.caller), False)


def test_the_public_and_an_auditor_see_what_is_published_and_a_steward_and_the_service_itself_all() -> None:
    assert acting().scope == acting(Grant(Role.AUDITOR)).scope == Scope()
    assert acting(Grant(Role.STEWARD)).scope == gardener().scope == Scope(everything=True)


@for_all(held, grants)
def test_no_further_grant_ever_takes_away_what_one_sees(grants: tuple[Grant, ...], more: Grant) -> None:
    before, after = acting(*grants).scope, acting(more, *grants).scope
    assert after.everything or before.marks <= after.marks
