"""The rules of roles: where, for how long, and who looks after a building."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.directory import person, reactions
from services.directory.person import people
from services.directory.place import communities
from shared.contracts.directory import (
    BuildingContracted,
    BuildingRegistered,
    Capacity,
    CommunityOpened,
    CompoundRegistered,
    GridDrawn,
    PersonRegistered,
    RoleGranted,
    RoleRevoked,
    Scope,
)
from shared.contracts.words import Role
from shared.deciding.act import Act, Grant
from shared.deciding.refusals import NotAllowed
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Await
from tests.given import given

AT = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
REGISTERED = PersonRegistered(community="yaopo", label="party-member~1")
YAOPO = communities.fold(
    [
        CommunityOpened(sub_district="shangzhan", name="窑坡社区"),
        CompoundRegistered(place="ruyi", name="如意小区", buildings=2),
        BuildingRegistered(place="ruyi-1", name="1号楼", compound="ruyi"),
        BuildingRegistered(place="ruyi-2", name="2号楼", compound="ruyi"),
        GridDrawn(place="grid-1", name="第1网格", buildings=("ruyi-1", "ruyi-2")),
    ]
)
GRID, HOUSE = Scope(community="yaopo", grid="grid-1"), Scope(community="yaopo", building="ruyi-1")


def test_a_grid_worker_is_granted_a_grid_that_is_drawn() -> None:
    words: dict[str, Any] = {"role": Role.GRID_WORKER, "scope": GRID}
    given(people, REGISTERED).when(person.grant, **words, within=YAOPO).then(RoleGranted(**words))
    wrong: dict[str, Any] = {"role": Role.GRID_WORKER, "scope": Scope(community="yaopo", grid="grid-9")}
    given(people, REGISTERED).when(person.grant, **wrong, within=YAOPO).fails("grid-not-found")
    given(people, REGISTERED).when(person.grant, **words, within=None).fails("community-not-found")


def test_nobody_else_is_granted_a_grid_and_nobody_a_building_without_its_contract() -> None:
    for role in set(Role) - {Role.GRID_WORKER}:
        given(people, REGISTERED).when(person.grant, role=role, scope=GRID, within=YAOPO).fails("scope-does-not-fit")
    for role in Role:
        given(people, REGISTERED).when(person.grant, role=role, scope=HOUSE).fails("scope-does-not-fit")


def test_a_term_ends_after_it_begins() -> None:
    words: dict[str, Any] = {"role": Role.SECRETARY, "scope": Scope(community="yaopo"), "since": AT, "until": AT}
    given(people, REGISTERED).when(person.grant, **words).fails("term-ends-first")


def test_a_building_is_contracted_with_the_role_of_its_contact_and_ends_with_it() -> None:
    words: dict[str, Any] = {
        "community": "yaopo",
        "within": YAOPO,
        "building": "ruyi-1",
        "capacity": Capacity.PARTY_MEMBER,
    }
    contracted = BuildingContracted(community="yaopo", building="ruyi-1", capacity=Capacity.PARTY_MEMBER, until=AT)
    granted = RoleGranted(role=Role.BUILDING_CONTACT, scope=HOUSE, until=AT)
    given(people, REGISTERED).when(person.contract_building, **words, until=AT).then(contracted, granted)
    again = given(people, REGISTERED, contracted, granted)
    again.when(person.contract_building, **words, until=AT).fails("building-already-contracted")
    longer: dict[str, Any] = {**words, "until": AT + DAY, "capacity": Capacity.VOLUNTEER}
    again.when(person.contract_building, **longer).then(
        BuildingContracted(community="yaopo", building="ruyi-1", capacity=Capacity.VOLUNTEER, until=AT + DAY),
        RoleGranted(role=Role.BUILDING_CONTACT, scope=HOUSE, until=AT + DAY),
    )
    revoked = RoleRevoked(role=Role.BUILDING_CONTACT, scope=HOUSE)
    given(people, REGISTERED, contracted, granted, revoked).when(person.contract_building, **words, until=AT).then(
        contracted, granted
    )


def test_a_person_may_have_several_buildings_but_only_such_as_are_registered() -> None:
    words: dict[str, Any] = {"community": "yaopo", "within": YAOPO, "capacity": Capacity.VOLUNTEER}
    state = people.fold([REGISTERED])
    assert state is not None
    for building in ("ruyi-1", "ruyi-2"):
        state = people.fold(person.contract_building(state, building=building, **words), state)
        assert state is not None
    assert state.grants(AT, {}, {}) == [
        Grant(Role.BUILDING_CONTACT, "yaopo", places=("ruyi-1",)),
        Grant(Role.BUILDING_CONTACT, "yaopo", places=("ruyi-2",)),
    ]
    given(people, REGISTERED).when(person.contract_building, building="ruyi-3", **words).fails("building-not-found")


def test_a_term_that_is_over_ends_the_role_unless_it_was_granted_for_longer() -> None:
    words: dict[str, Any] = {"role": Role.GRID_WORKER, "scope": GRID}
    revoked = RoleRevoked(**words)
    given(people, REGISTERED, RoleGranted(**words, until=AT)).when(person.end_term, **words, due=AT).then(revoked)
    longer = given(people, REGISTERED, RoleGranted(**words, until=AT), RoleGranted(**words, until=AT + DAY))
    longer.when(person.end_term, **words, due=AT).fails("term-not-over")
    forever = given(people, REGISTERED, RoleGranted(**words))
    forever.when(person.end_term, **words, due=AT).fails("term-not-over")
    given(people, REGISTERED).when(person.end_term, **words, due=AT).fails("term-not-over")


moments = st.none() | st.integers(-3, 3).map(lambda days: AT + days * DAY)


@for_all(moments, moments)
def test_a_token_carries_a_role_just_within_its_term(since: datetime | None, until: datetime | None) -> None:
    granted = RoleGranted(role=Role.GRID_WORKER, scope=GRID, since=since, until=until)
    state = people.fold([REGISTERED, granted])
    assert state is not None
    assert YAOPO is not None
    counts = (since is None or since <= AT) and (until is None or until > AT)
    places = ("grid-1", "ruyi-1", "ruyi-2", "ruyi")
    expected = [Grant(Role.GRID_WORKER, "yaopo", places=places)] if counts else []
    assert state.grants(AT, {}, {"yaopo": YAOPO}) == expected


@for_all(
    st.sampled_from(Role),
    st.builds(
        Scope,
        community=st.none() | st.just("yaopo"),
        sub_district=st.none() | st.just("shang-zhan"),
        unit=st.none() | st.just("power"),
        grid=st.none() | st.just("grid-1"),
        building=st.none() | st.just("ruyi-1"),
    ),
)
def test_a_timer_names_a_role_so_that_it_is_understood_again(role: Role, scope: Scope) -> None:
    who = str(UUID(int=7))
    granted = RoleGranted(role=role, scope=scope, until=AT)
    json = granted.model_dump_json()
    event = Recorded(1, UUID(int=1), "directory", f"person-{who}", 2, "role-granted", 1, json, "{}", "yaopo", AT)
    [awaited] = [one for one in reactions.reactions.effects(event, [event]) if isinstance(one, Await)]
    do = reactions.end_the_role(str(awaited.id), awaited.due)
    assert (do.id, do.arguments) == (who, {"role": role, "scope": scope, "due": AT})


@pytest.mark.parametrize(
    ("holder", "role", "scope", "may"),
    [
        (Grant(Role.SECRETARY, "yaopo"), Role.GRID_WORKER, Scope(community="yaopo"), True),
        (Grant(Role.SECRETARY, "yaopo"), Role.SECRETARY, Scope(community="yaopo"), False),
        (Grant(Role.SECRETARY, "xishan"), Role.VOLUNTEER, Scope(community="xishan"), False),
        (Grant(Role.SECRETARY, "xishan"), Role.VOLUNTEER, Scope(community="yaopo"), False),
        (Grant(Role.OFFICER, "yaopo", None, "shangzhan"), Role.SECRETARY, Scope(community="yaopo"), True),
        (Grant(Role.OFFICER, "yaopo", None, "shangzhan"), Role.OPERATOR, Scope(unit="power"), True),
        (Grant(Role.OFFICER, "xishan", None, "xiazhan"), Role.OPERATOR, Scope(unit="power"), False),
        (Grant(Role.OFFICER, "yaopo", None, "shangzhan"), Role.OFFICER, Scope(sub_district="shangzhan"), False),
        (Grant(Role.STEWARD), Role.OFFICER, Scope(sub_district="shangzhan"), True),
    ],
)
def test_a_role_is_granted_where_one_answers_and_to_the_people_one_answers_for(
    holder: Grant, role: Role, scope: Scope, may: bool
) -> None:
    known = people.fold([REGISTERED])
    assert known is not None
    with nullcontext() if may else pytest.raises(NotAllowed):
        person.require_may_grant(Act("x", AT, (holder,)), known, role, scope)
