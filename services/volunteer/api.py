"""Volunteer over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from typing_extensions import TypedDict
from uuid_utils.compat import uuid7

from services.volunteer import volunteer, wish
from services.volunteer.views import Beneficiaries, ClaimRow, Claims, VolunteerRow, Volunteers, Wishes, WishRow
from services.volunteer.volunteer import volunteers
from services.volunteer.wish import wishes
from shared.contracts.words import ClaimId, CommunityId, Line, PersonId, PlaceId, Text, UnitId, WishId
from shared.deciding.answers import Accepted
from shared.privacy.keyring import Shown
from shared.privacy.traces import ReadTrace, reads_of, trace_read
from shared.web.app import Here
from shared.web.audience import Anyone, Public, Resident, Secretary, Volunteer, Worker
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)


class CheckIn(Body):
    """Where, from which unit, and what they can do."""

    community: CommunityId
    unit: UnitId | None = None
    skills: Annotated[tuple[Line, ...], Field(max_length=20)] = ()


class RegisterWish(Body):
    """What somebody in need wishes for; `beneficiary` is their pseudonym. `for_whom`, who and where they are, is
    sealed, and so can only be said of somebody whom directory knows. `place`, their building, is for workers only."""

    community: CommunityId
    beneficiary: PersonId
    item: Line
    units: Annotated[int, Field(ge=1, le=1000)] = 1
    for_whom: Text | None = None
    place: PlaceId | None = None


class Beneficiary(TypedDict):
    """Whom a wish is for; `for_whom` is null where nothing was said."""

    wish: str
    beneficiary: str
    for_whom: Shown | None


class Claim(Body):
    """The unit that this caller has claimed."""

    claim: ClaimId


class Deliver(Body):
    """Which unit was brought."""

    claim: ClaimId
    note: Text | None = None


class Withdraw(Body):
    """Why nobody needs it any more."""

    reason: Line


@router.post("/volunteers", status_code=202)
async def check_in(body: CheckIn, caller: Volunteer, here: Here) -> Accepted:
    """报到"""
    return await here.create(
        caller,
        volunteers,
        f"{body.community}.{caller.person}",
        body.community,
        volunteer.check_in,
        community=body.community,
        person=caller.person,
        unit=body.unit,
        skills=body.skills,
    )


@router.get("/volunteers", response_model=Page[VolunteerRow])
async def list_volunteers(worker: Worker, read: Read, part: Paging, community: CommunityId) -> Response:
    """Who has checked in, newest first"""
    worker.require(community)
    return await read.list(worker, Volunteers, part, community=community)


@router.post("/wishes", status_code=202)
async def register_wish(body: RegisterWish, worker: Worker, here: Here) -> Accepted:
    """登记微心愿"""
    worker.require(body.community, place=body.place)
    return await here.create(
        worker,
        wishes,
        uuid7(),
        body.community,
        wish.register,
        community=body.community,
        by=worker.person,
        beneficiary=body.beneficiary,
        item=body.item,
        units=body.units,
        for_whom=body.for_whom,
        place=body.place,
    )


@router.get("/wishes/{wish_id}/beneficiary", response_model=Beneficiary)
async def show_beneficiary(wish_id: WishId, caller: Anyone, read: Read, here: Here) -> Beneficiary:
    """Whom a wish is for: for themselves and the community's workers, whose reading they see"""
    row = await read.row(caller, Beneficiaries, wish_id, "wish")
    person = PersonId(UUID(row["beneficiary"]))
    shown = await here.keyring.open(row["for_whom"], "for_whom", stream=wishes.stream(wish_id), person=person)
    if shown and "text" in shown:
        await trace_read(here.log.pool, caller, person, ["for_whom"])
    return Beneficiary(wish=row["id"], beneficiary=row["beneficiary"], for_whom=shown)


@router.get("/me/reads", response_model=list[ReadTrace])
async def show_reads(caller: Anyone, here: Here) -> list[ReadTrace]:
    """Who has read here what is private of the caller, newest first"""
    return await reads_of(here.log.pool, caller.person)


@router.post("/wishes/{wish_id}/publish", status_code=202)
async def publish_wish(wish_id: WishId, secretary: Secretary, here: Here) -> Accepted:
    """公布微心愿"""
    return await here.execute(secretary, wishes, wish_id, wish.publish, by=secretary.person)


@router.post("/wishes/{wish_id}/claim", status_code=202)
async def claim_wish(wish_id: WishId, caller: Volunteer, here: Here) -> Accepted:
    """认领微心愿; one unit, and its claim stands in the wish"""
    claim = ClaimId(uuid7())
    return await here.execute(caller, wishes, wish_id, wish.claim, by=caller.person, claim=claim, at=caller.at)


@router.post("/wishes/{wish_id}/release", status_code=202)
async def release_claim(wish_id: WishId, body: Claim, caller: Volunteer, here: Here) -> Accepted:
    """放弃认领"""
    return await here.execute(caller, wishes, wish_id, wish.release, by=caller.person, claim=body.claim)


@router.post("/wishes/{wish_id}/deliver", status_code=202)
async def deliver_wish(wish_id: WishId, body: Deliver, caller: Volunteer, here: Here) -> Accepted:
    """送达"""
    return await here.execute(caller, wishes, wish_id, wish.deliver, by=caller.person, claim=body.claim, note=body.note)


@router.post("/wishes/{wish_id}/confirm", status_code=202)
async def confirm_wish(wish_id: WishId, body: Claim, worker: Worker, here: Here) -> Accepted:
    """网格员确认实现"""
    return await here.execute(worker, wishes, wish_id, wish.confirm, by=worker.person, claim=body.claim)


@router.post("/wishes/{wish_id}/confirm-own", status_code=202)
async def confirm_own_wish(wish_id: WishId, body: Claim, resident: Resident, here: Here) -> Accepted:
    """受助人确认实现"""
    return await here.execute(resident, wishes, wish_id, wish.confirm_own, by=resident.person, claim=body.claim)


@router.post("/wishes/{wish_id}/withdraw", status_code=202)
async def withdraw_wish(wish_id: WishId, body: Withdraw, worker: Worker, here: Here) -> Accepted:
    """撤销微心愿"""
    return await here.execute(worker, wishes, wish_id, wish.withdraw, by=worker.person, reason=body.reason)


@router.get("/claims", response_model=Page[ClaimRow])
async def list_own_claims(caller: Volunteer, read: Read, part: Paging) -> Response:
    """What the caller has claimed and is still to deliver"""
    return await read.list(caller, Claims, part, by=str(caller.person))


@router.get("/wishes", response_model=Page[WishRow])
async def list_wishes(
    public: Public,
    read: Read,
    part: Paging,
    community: CommunityId,
    status: wish.Listed = wish.Listed.PUBLISHED,
) -> Response:
    """A community's wishes in one state, newest first"""
    return await read.list(public, Wishes, part, community=community, status=status)


@router.get("/wishes/{wish_id}", response_model=WishRow)
async def show_wish(wish_id: WishId, public: Public, read: Read) -> Response:
    """One wish"""
    return await read.one(public, Wishes, wish_id, "wish")
