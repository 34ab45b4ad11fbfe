"""A micro-wish 微心愿: registered, published, claimed unit by unit, delivered, confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from shared.contracts.event import Event
from shared.contracts.volunteer import (
    ClaimExpired,
    ClaimReleased,
    WishClaimed,
    WishConfirmed,
    WishDelivered,
    WishPublished,
    WishRegistered,
    WishWithdrawn,
)
from shared.contracts.words import ClaimId, PersonId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotAllowed, NotFound, NotNow
from shared.privacy.private import Private

CLAIM_LASTS = timedelta(days=14)


class Status(StrEnum):
    """Whether a wish can be claimed."""

    REGISTERED = "registered"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Listed(StrEnum):
    """The states that everyone may list."""

    PUBLISHED = "published"
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Claim:
    """One unit in somebody's hands."""

    by: PersonId
    delivered: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What the commands below need to know."""

    status: Status
    units: int
    beneficiary: PersonId
    place: str | None = None
    claims: Mapping[ClaimId, Claim] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def left(self) -> int:
        """Units that nobody has claimed."""
        return self.units - len(self.claims)


def evolve(wish: Wish | None, event: Event) -> Wish | None:
    """What an event makes of a wish."""
    match wish, event:
        case None, WishRegistered(units=units, beneficiary=beneficiary, place=place):
            return Wish(Status.REGISTERED, units, beneficiary, place)
        case Wish(), WishPublished():
            return replace(wish, status=Status.PUBLISHED)
        case Wish(), WishWithdrawn():
            return replace(wish, status=Status.WITHDRAWN)
        case Wish(), WishClaimed(claim=claim, by=by):
            return _with(wish, claim, Claim(by))
        case Wish(), WishDelivered(claim=claim):
            return _with(wish, claim, replace(wish.claims[claim], delivered=True))
        case Wish(), WishConfirmed(claim=claim):
            return _with(wish, claim, replace(wish.claims[claim], confirmed=True))
        case Wish(), ClaimReleased(claim=claim) | ClaimExpired(claim=claim):
            left = {id: one for id, one in wish.claims.items() if id != claim}
            return replace(wish, claims=MappingProxyType(left))
        case _:
            return wish


def _with(wish: Wish, id: ClaimId, claim: Claim) -> Wish:
    return replace(wish, claims=MappingProxyType({**wish.claims, id: claim}))


def register(
    *,
    community: str,
    by: PersonId,
    beneficiary: PersonId,
    item: str,
    units: int,
    for_whom: str | None = None,
    place: str | None = None,
) -> WishRegistered:
    """Whom it is for is private; what it is, is to be read by everyone."""
    return WishRegistered(
        community=community,
        by=by,
        beneficiary=beneficiary,
        item=item,
        units=units,
        for_whom=None if for_whom is None else Private(for_whom),
        place=place,
    )


def publish(wish: Wish, *, by: PersonId) -> WishPublished:
    """From now on it can be claimed."""
    if wish.status is not Status.REGISTERED:
        raise NotNow("wish-already-published", "心愿已公布或已撤销。", "This wish was published or withdrawn before.")
    return WishPublished(by=by)


def claim(wish: Wish, *, by: PersonId, claim: ClaimId, at: datetime) -> WishClaimed:
    """One unit, for one person, for a while."""
    if wish.status is not Status.PUBLISHED:
        raise NotNow("wish-not-published", "心愿未公布，暂不能认领。", "This wish is not open for claims.")
    if any(one.by == by and not one.confirmed for one in wish.claims.values()):
        raise NotNow("wish-already-yours", "您已认领这个心愿。", "You have claimed this wish already.")
    if wish.left == 0:
        raise NotNow(
            "wish-all-claimed",
            "这个心愿已被认领，请看看别的心愿。",
            "Every unit of this wish is claimed: have a look at the others.",
        )
    return WishClaimed(claim=claim, by=by, until=at + CLAIM_LASTS, left=wish.left - 1)


def release(wish: Wish, *, by: PersonId, claim: ClaimId) -> ClaimReleased:
    """Given back before it was delivered."""
    _own(wish, claim, by)
    return ClaimReleased(claim=claim, by=by)


def deliver(wish: Wish, *, by: PersonId, claim: ClaimId, note: str | None) -> WishDelivered:
    """Brought to whom it is for."""
    _own(wish, claim, by)
    return WishDelivered(claim=claim, by=by, note=note)


def confirm(wish: Wish, *, by: PersonId, claim: ClaimId) -> WishConfirmed:
    """It has come: the grid worker says so, or whom it is for."""
    known = _known(wish, claim)
    if not known.delivered or known.confirmed:
        raise NotNow("not-to-confirm", "送达后可确认一次。", "A delivered unit is confirmed once.")
    done = sum(one.confirmed for one in wish.claims.values()) + 1
    return WishConfirmed(claim=claim, by=by, left=wish.units - done)


def confirm_own(wish: Wish, *, by: PersonId, claim: ClaimId) -> WishConfirmed:
    """It has come, says whom it is for."""
    if by != wish.beneficiary:
        raise NotAllowed(
            "not-the-beneficiary", "只有受助人或网格员可以确认。", "Only the beneficiary may confirm here."
        )
    return confirm(wish, by=by, claim=claim)


def expire(wish: Wish, *, claim: ClaimId) -> list[ClaimExpired]:
    """Nothing came of it in time."""
    known = wish.claims.get(claim)
    if known is None or known.delivered:
        return []
    return [ClaimExpired(claim=claim, by=known.by)]


def withdraw(wish: Wish, *, by: PersonId, reason: str) -> WishWithdrawn:
    """Nobody needs it any more, and nobody is on the way with it."""
    if wish.status is Status.WITHDRAWN or wish.claims:
        raise NotNow("wish-claimed", "已有人认领，不能撤销。", "Somebody has claimed this wish: it can't be withdrawn.")
    return WishWithdrawn(by=by, reason=reason)


def _known(wish: Wish, claim: ClaimId) -> Claim:
    known = wish.claims.get(claim)
    if known is None:
        raise NotFound("claim-not-found", "没有这次认领，可能已到期。", "There is no such claim: it may have expired.")
    return known


def _own(wish: Wish, claim: ClaimId, by: PersonId) -> None:
    known = _known(wish, claim)
    if known.by != by:
        raise NotAllowed("not-your-claim", "这次认领属于他人。", "This claim is somebody else's.")
    if known.delivered:
        raise NotNow("already-delivered", "心愿已送达。", "This unit has been delivered.")


wishes = Aggregate("wish", evolve, place=lambda wish: wish.place)
