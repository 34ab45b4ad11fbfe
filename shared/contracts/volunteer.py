"""What volunteer publishes: volunteers 志愿者 and micro-wishes 微心愿. A beneficiary is a pseudonym; who that is, is
sealed."""

from shared.contracts.event import Event
from shared.contracts.words import ClaimId, CommunityId, Line, PersonId, PlaceId, Text, Time, UnitId
from shared.privacy.private import Private


class VolunteerCheckedIn(Event, name="volunteer-checked-in"):
    """A volunteer or in-service party member reports to the community. 报到"""

    community: CommunityId
    person: PersonId
    unit: UnitId | None = None
    skills: tuple[Line, ...] = ()


class WishRegistered(Event, name="wish-registered", subject="beneficiary"):
    """A grid worker has written down what somebody in need wishes for, `units` of it; `for_whom` and `place`, where
    they live, are for the community's workers to know. 登记微心愿"""

    community: CommunityId
    by: PersonId
    beneficiary: PersonId
    item: Line
    units: int
    for_whom: Private[str] | None = None
    place: PlaceId | None = None


class WishPublished(Event, name="wish-published"):
    """Everyone may read it, without whom it is for, and claim a unit. 公布微心愿"""

    by: PersonId


class WishClaimed(Event, name="wish-claimed"):
    """One unit of the wish is somebody's to fulfil, until a time. 认领微心愿"""

    claim: ClaimId
    by: PersonId
    until: Time
    left: int


class ClaimReleased(Event, name="claim-released"):
    """Who claimed it gives it back. 放弃认领"""

    claim: ClaimId
    by: PersonId


class ClaimExpired(Event, name="claim-expired"):
    """Nothing came of the claim in time: the unit is free again. 认领到期"""

    claim: ClaimId
    by: PersonId


class WishDelivered(Event, name="wish-delivered"):
    """Who claimed it has brought it. 送达"""

    claim: ClaimId
    by: PersonId
    note: Text | None = None


class WishConfirmed(Event, name="wish-confirmed"):
    """The beneficiary or the grid worker says that it has come; `left` units have not yet. 确认实现"""

    claim: ClaimId
    by: PersonId
    left: int


class WishWithdrawn(Event, name="wish-withdrawn"):
    """Nobody needs it any more. 撤销微心愿"""

    by: PersonId
    reason: Line
