"""What the time, and home visits, make volunteer do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.volunteer import wish
from services.volunteer.wish import wishes
from shared.contracts.intake import VisitRecorded
from shared.contracts.volunteer import ClaimReleased, WishClaimed, WishDelivered
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Await, Do, Effect, Forget, Reactions

reactions = Reactions()


@reactions.on(WishClaimed)
def await_it(claimed: WishClaimed, event: Recorded, _: Any) -> Iterable[Effect]:
    """A claim lasts for a while."""
    yield Await("claim-expired", f"{event.stream_id}/{claimed.claim}", claimed.until)


@reactions.on(WishDelivered, ClaimReleased)
def it_came(done: WishDelivered | ClaimReleased, event: Recorded, _: Any) -> Iterable[Effect]:
    """Delivered, or given back, in time."""
    yield Forget("claim-expired", f"{event.stream_id}/{done.claim}")


@reactions.when_due("claim-expired")
def let_it_go(id: str, due: datetime) -> Do:
    """Nothing came of it."""
    of, _, claim = id.partition("/")
    return Do(wishes, UUID(of), wish.expire, {"claim": UUID(claim)})


@reactions.on(VisitRecorded)
def register_what_was_wished(visit: VisitRecorded, event: Recorded, _: Any) -> Iterable[Effect]:
    """A wish that somebody made when they were called on is a matter of its own."""
    for one in visit.wishes:
        said = {"beneficiary": one.beneficiary, "item": one.item, "units": one.units, "place": visit.place}
        arguments = {"community": visit.community, "by": visit.by, **said}
        yield Do(wishes, one.id, wish.register, arguments, visit.community, matter=True)
