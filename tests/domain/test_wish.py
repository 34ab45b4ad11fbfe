"""The rules of a micro-wish."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.volunteer import wish
from services.volunteer.wish import CLAIM_LASTS, wishes
from shared.contracts.event import Event
from shared.contracts.volunteer import (
    ClaimExpired,
    ClaimReleased,
    WishClaimed,
    WishConfirmed,
    WishDelivered,
    WishPublished,
    WishRegistered,
)
from shared.contracts.words import ClaimId, PersonId
from shared.deciding.refusals import Refusal
from tests.given import given

AT = datetime(2023, 11, 24, 7, tzinfo=UTC)
WORKER, OLD = PersonId(UUID(int=1)), PersonId(UUID(int=2))
ONE, OTHER = PersonId(UUID(int=3)), PersonId(UUID(int=4))
FIRST, SECOND = ClaimId(UUID(int=5)), ClaimId(UUID(int=6))


def registered(units: int = 1) -> WishRegistered:
    return WishRegistered(community="xishan", by=WORKER, beneficiary=OLD, item="拐杖", units=units)


def claimed(claim: ClaimId, by: PersonId, left: int) -> WishClaimed:
    return WishClaimed(claim=claim, by=by, until=AT + CLAIM_LASTS, left=left)


PUBLISHED = WishPublished(by=WORKER)


def test_a_wish_is_claimed_after_it_was_published() -> None:
    given(wishes, registered()).when(wish.claim, by=ONE, claim=FIRST, at=AT).fails("wish-not-published")
    given(wishes, registered(), PUBLISHED).when(wish.claim, by=ONE, claim=FIRST, at=AT).then(claimed(FIRST, ONE, 0))


def test_a_unit_is_claimed_once_and_a_person_holds_one() -> None:
    taken = given(wishes, registered(), PUBLISHED, claimed(FIRST, ONE, 0))
    taken.when(wish.claim, by=OTHER, claim=SECOND, at=AT).fails("wish-all-claimed")
    taken.when(wish.claim, by=ONE, claim=SECOND, at=AT).fails("wish-already-yours")


def test_what_was_given_back_can_be_claimed_again() -> None:
    released = ClaimReleased(claim=FIRST, by=ONE)
    free = given(wishes, registered(), PUBLISHED, claimed(FIRST, ONE, 0), released)
    free.when(wish.claim, by=OTHER, claim=SECOND, at=AT).then(claimed(SECOND, OTHER, 0))


def test_only_who_claimed_it_delivers_and_only_the_beneficiary_confirms_their_own() -> None:
    mine = (registered(), PUBLISHED, claimed(FIRST, ONE, 0))
    delivered = WishDelivered(claim=FIRST, by=ONE)
    given(wishes, *mine).when(wish.deliver, by=OTHER, claim=FIRST, note=None).fails("not-your-claim")
    given(wishes, *mine).when(wish.deliver, by=ONE, claim=FIRST, note=None).then(delivered)
    given(wishes, *mine).when(wish.confirm, by=WORKER, claim=FIRST).fails("not-to-confirm")
    confirmed = WishConfirmed(claim=FIRST, by=WORKER, left=0)
    given(wishes, *mine, delivered).when(wish.confirm, by=WORKER, claim=FIRST).then(confirmed)
    given(wishes, *mine, delivered).when(wish.confirm_own, by=OTHER, claim=FIRST).fails("not-the-beneficiary")


def test_a_claim_expires_unless_it_was_delivered() -> None:
    mine = (registered(), PUBLISHED, claimed(FIRST, ONE, 0))
    given(wishes, *mine).when(wish.expire, claim=FIRST).then(ClaimExpired(claim=FIRST, by=ONE))
    given(wishes, *mine, WishDelivered(claim=FIRST, by=ONE)).when(wish.expire, claim=FIRST).then()


people = st.integers(min_value=1, max_value=8).map(lambda number: PersonId(UUID(int=number)))


@for_all(st.integers(min_value=1, max_value=4), st.lists(st.tuples(people, st.booleans()), max_size=40))
def test_never_more_units_are_claimed_than_there_are(units: int, presses: list[tuple[PersonId, bool]]) -> None:
    events: list[Event] = [registered(units), PUBLISHED]
    for number, (person, gives_back) in enumerate(presses):
        state = wishes.fold(events)
        assert state is not None
        held = [id for id, one in state.claims.items() if one.by == person]
        try:
            if gives_back and held:
                events.append(wish.release(state, by=person, claim=held[0]))
            else:
                events.append(wish.claim(state, by=person, claim=ClaimId(UUID(int=100 + number)), at=AT))
        except Refusal as refusal:
            assert refusal.code in {"wish-all-claimed", "wish-already-yours"}  # noqa: PT017
        state = wishes.fold(events)
        assert state is not None
        assert 0 <= state.left <= units
        assert len({one.by for one in state.claims.values()}) == len(state.claims)
