"""A person: registered under a pseudonym, reached, agreeing, and erased for good."""

import uuid
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.directory import person
from services.directory.person import people
from services.directory.phone import blinded, normalised
from shared.contracts.directory import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactChanged,
    Ground,
    PersonErased,
    PersonRegistered,
    Purpose,
    RoleGranted,
    Scope,
)
from shared.contracts.event import decode
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Act, Grant
from shared.deciding.refusals import NotAllowed
from shared.privacy.private import Private
from tests.given import given

WHO, WORKER = PersonId(uuid.uuid4()), PersonId(uuid.uuid4())
REGISTERED = PersonRegistered(community="yaopo", label="resident~1")
ERASED = PersonErased(by=WHO, ground=Ground.OWN_WISH)
NOTHING = {"name": None, "phone": None, "address": None}


def test_what_changes_of_a_contact_is_private_and_the_rest_is_left_out() -> None:
    given(people, REGISTERED).when(person.change_contact, by=WHO, **NOTHING | {"name": "居民甲"}).then(
        ContactChanged(by=WHO, name=Private("居民甲"))
    )
    given(people, REGISTERED).when(person.change_contact, by=WHO, **NOTHING).fails("nothing-to-change")


def test_a_consent_is_withdrawn_only_while_it_is_in_force() -> None:
    gave = ConsentGiven(by=WHO, purpose=Purpose.NOTICES, terms="2026-11")
    took = ConsentWithdrawn(by=WHO, purpose=Purpose.NOTICES)
    withdrawing = given(people, REGISTERED, gave).when(person.withdraw_consent, by=WHO, purpose=Purpose.NOTICES)
    withdrawing.then(took)
    other = given(people, REGISTERED, gave).when(person.withdraw_consent, by=WHO, purpose=Purpose.SHARING)
    other.fails("no-such-consent")
    again = given(people, REGISTERED, gave, took).when(person.withdraw_consent, by=WHO, purpose=Purpose.NOTICES)
    again.fails("no-such-consent")


def test_who_was_erased_is_nothing_any_more_and_becomes_nothing_again() -> None:
    role = RoleGranted(role=Role.RESIDENT, scope=Scope(community="yaopo"))
    gone = given(people, REGISTERED, role, ConsentGiven(by=WHO, purpose=Purpose.NOTICES, terms="1"), ERASED)
    state = people.fold(gone.events)
    assert state is not None
    assert (state.roles, state.consents) == ((), frozenset())
    assert state.grants(datetime.now(UTC), {}, {}) == []
    gone.when(person.erase, by=WHO, ground=Ground.OWN_WISH).fails("person-erased")
    gone.when(person.change_contact, by=WHO, **NOTHING | {"name": "居民甲"}).fails("person-erased")
    gone.when(person.give_consent, by=WHO, purpose=Purpose.NOTICES, terms="1").fails("person-erased")
    gone.when(person.withdraw_consent, by=WHO, purpose=Purpose.NOTICES).fails("person-erased")
    gone.when(person.grant, role=role.role, scope=role.scope, until=None).fails("person-erased")


@pytest.mark.parametrize(
    ("caller", "grants", "may"),
    [
        (WHO, (Grant(Role.RESIDENT, "yaopo"),), True),
        (WORKER, (Grant(Role.GRID_WORKER, "yaopo"),), True),
        (WORKER, (Grant(Role.SECRETARY, "xishan"),), False),
        (WORKER, (Grant(Role.RESIDENT, "yaopo"), Grant(Role.VOLUNTEER, "yaopo")), False),
        (WORKER, (Grant(Role.OFFICER, "yaopo"),), False),
        (WORKER, (Grant(Role.AUDITOR),), False),
    ],
)
def test_who_may_know_whom(caller: PersonId, grants: tuple[Grant, ...], may: bool) -> None:
    act, known = Act("x", datetime.now(UTC), grants, caller), people.fold([REGISTERED])
    assert known is not None
    with nullcontext() if may else pytest.raises(NotAllowed):
        person.require_may_know(act, WHO, known)


def test_a_person_registered_under_version_1_reads_as_one_of_whom_nothing_is_known() -> None:
    read = decode("directory", "person-registered", 1, '{"community": "yaopo", "label": "resident~1"}')
    assert read == REGISTERED


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800000000", "+8613800000000"),
        ("138 0000-0000", "+8613800000000"),
        ("１３８００００００００", "+8613800000000"),
        ("+86 138 0000 0000", "+8613800000000"),
        ("0086 13800000000", "+8613800000000"),
        ("(0353) 1234567", "+863531234567"),
        ("+44 20 0000 0000", "+442000000000"),
    ],
)
def test_a_number_is_one_however_it_is_written(written: str, number: str) -> None:
    assert normalised(written) == number == normalised(number)


@pytest.mark.parametrize("written", ["", "110", "居民甲", "+0123456789", "1380000000x", "138000000000000000"])
def test_what_is_no_number_is_refused_without_being_shown(written: str) -> None:
    with pytest.raises(ValueError, match="must be a phone number") as refused:
        normalised(written)
    assert not written or written not in str(refused.value)


@for_all(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True), st.binary(min_size=32), st.binary(min_size=32))
def test_a_blinded_number_is_the_same_under_one_key_only(number: str, key: bytes, other: bytes) -> None:
    assert blinded(number, key) == blinded(number, key)
    assert (blinded(number, key) == blinded(number, other)) == (key == other)
    assert number.encode() not in blinded(number, key)
