"""Volunteer's read models."""

from typing import Any

from typing_extensions import TypedDict

from shared.contracts.volunteer import (
    ClaimExpired,
    ClaimReleased,
    VolunteerCheckedIn,
    WishClaimed,
    WishConfirmed,
    WishDelivered,
    WishPublished,
    WishRegistered,
    WishWithdrawn,
)
from shared.eventlog.recorded import Recorded
from shared.privacy.keyring import kept
from shared.projecting import PUBLIC, Row, Scoped, View


class WishRow(TypedDict):
    """A wish as everyone may read it: never whom it is for. Times are RFC 3339, in UTC."""

    id: str
    community: str
    item: str
    units: int
    left: int
    status: str
    registered_at: str
    claims: list[dict[str, str]]


class Wishes(
    View,
    number=1,
    scope=PUBLIC,
    events=(
        WishRegistered,
        WishPublished,
        WishClaimed,
        ClaimReleased,
        ClaimExpired,
        WishDelivered,
        WishConfirmed,
        WishWithdrawn,
    ),
    columns={"community": "text", "status": "text", "registered_at": "timestamptz"},
    order="registered_at",
    lists=(("community", "status"),),
):
    """One row a wish. `status`: registered, published, claimed (none left), confirmed (all have come), withdrawn."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case WishRegistered(community=community, item=item, units=units):
                return {
                    "id": event.stream_id,
                    "community": community,
                    "item": item,
                    "units": units,
                    "left": units,
                    "status": "registered",
                    "registered_at": event.at,
                    "claims": [],
                }
            case _ if row is None:
                return None
            case WishPublished():
                return row | {"status": "published"}
            case WishWithdrawn():
                return row | {"status": "withdrawn"}
            case WishClaimed(claim=claim, left=left):
                claims = [*row["claims"], {"id": str(claim), "status": "claimed"}]
                return row | {"claims": claims, "left": left, "status": "published" if left else "claimed"}
            case ClaimReleased(claim=claim) | ClaimExpired(claim=claim):
                claims = [one for one in row["claims"] if one["id"] != str(claim)]
                return row | {"claims": claims, "left": row["left"] + 1, "status": "published"}
            case WishDelivered(claim=claim):
                return _claim(row, claim, "delivered")
            case WishConfirmed(claim=claim, left=left):
                return _claim(row, claim, "confirmed") | ({} if left else {"status": "confirmed"})
            case _:
                return row


class Beneficiaries(
    View,
    number=2,
    scope=Scoped(community="community", place="place", person="beneficiary"),
    events=(WishRegistered,),
    columns={"community": "text", "place": "text", "beneficiary": "text", "registered_at": "timestamptz"},
    order="registered_at",
    lists=(),
):
    """One row a wish: whom it is for, sealed. Read one by one, never listed."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case WishRegistered(community=community, beneficiary=beneficiary, place=place):
                return {
                    "id": event.stream_id,
                    "community": community,
                    "place": place,
                    "beneficiary": beneficiary,
                    "for_whom": kept(event, "for_whom"),
                    "registered_at": event.at,
                }
            case _:
                return row


def _claim(row: Row, id: object, status: str) -> Row:
    claims: list[dict[str, Any]] = [one | {"status": status} if one["id"] == str(id) else one for one in row["claims"]]
    return row | {"claims": claims}


class ClaimRow(TypedDict):
    """A claim, for who made it."""

    id: str
    wish: str
    by: str
    until: str
    claimed_at: str


class Claims(
    View,
    number=2,
    scope=Scoped(person="by"),
    events=(WishClaimed, ClaimReleased, ClaimExpired, WishDelivered),
    columns={"by": "text", "claimed_at": "timestamptz"},
    order="claimed_at",
):
    """One row a claim that is still to be delivered."""

    def keys(self, event: Recorded) -> tuple[str, ...]:
        match event.data:
            case WishClaimed() | ClaimReleased() | ClaimExpired() | WishDelivered() as told:
                return (str(told.claim),)
            case _:
                return ()

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case WishClaimed(claim=claim, by=by, until=until):
                return {"id": claim, "wish": event.stream_id, "by": by, "until": until, "claimed_at": event.at}
            case _:
                return None


class VolunteerRow(TypedDict):
    """Who has checked in to a community."""

    id: str
    community: str
    person: str
    unit: str | None
    skills: list[str]
    at: str


class Volunteers(
    View,
    number=1,
    scope=Scoped(community="community"),
    events=(VolunteerCheckedIn,),
    columns={"community": "text", "at": "timestamptz"},
    order="at",
):
    """One row a volunteer of a community."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case VolunteerCheckedIn() as checked_in:
                return {"id": event.stream_id, **checked_in.model_dump(), "at": event.at}
            case _:
                return row
