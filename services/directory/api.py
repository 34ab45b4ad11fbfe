"""Directory over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

from services.directory import housing_api, keys, my_data, person, place
from services.directory.grants import grants_of
from services.directory.housing_api import reaching, require_may_grant
from services.directory.login import api as login_api
from services.directory.my_data import ContactRow, Found, MyData, Receipt
from services.directory.page import page
from services.directory.person import people
from services.directory.phone import Phone
from services.directory.place import communities, sub_districts
from services.directory.views import (
    Communities,
    CommunityRow,
    Contacts,
    People,
    PersonRow,
    SubDistrictRow,
    SubDistricts,
)
from shared.contracts.directory import Ground, Purpose, Scope, VenueKind
from shared.contracts.words import CommunityId, Line, PersonId, PlaceId, Role, SubDistrictId, Time
from shared.deciding.answers import Accepted
from shared.deciding.refusals import NotAllowed
from shared.identity.tokens import Tokens
from shared.settings import Environment, Settings
from shared.web.app import Here
from shared.web.audience import Anyone, Keeper, Officer, Overseer, Public, Steward, Worker
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)
NOT_KEPT = {"cache-control": "no-store", "vary": "Accept"}


class OpenSubDistrict(Body):
    """Its name, and the district it belongs to."""

    name: Line
    district: Line


class OpenCommunity(Body):
    """Its name, and the sub-district it belongs to."""

    sub_district: SubDistrictId
    name: Line


class RegisterCompound(Body):
    """Its name, and how many buildings it has."""

    name: Line
    buildings: Annotated[int, Field(ge=1, le=10_000)]


class DrawGrid(Body):
    """Its name and its buildings; without them it keeps those it has. They leave the grids they have been in."""

    name: Line
    buildings: Annotated[tuple[PlaceId, ...], Field(max_length=1_000)] | None = None


class OpenVenue(Body):
    """A pavilion stands in a compound; a room need not."""

    name: Line
    kind: VenueKind
    compound: PlaceId | None = None


class RegisterPerson(Body):
    """`label` is a pseudonym such as `resident~1`: never a name, never a phone number. Those have fields of their own,
    and are sealed."""

    community: CommunityId
    label: Line
    name: Line | None = None
    phone: Phone | None = None
    address: Line | None = None


class ChangeContact(Body):
    """What is something else now; what is left out stays."""

    name: Line | None = None
    phone: Phone | None = None
    address: Line | None = None


class GiveConsent(Body):
    """`terms` names the words that were agreed to."""

    terms: Line


class EraseByOrder(Body):
    """`order` names the law's article or the order: never a person."""

    order: Line


class GrantRole(Body):
    """The role, where, and for which term: at once and without end, if nothing else is said."""

    role: Role
    scope: Scope
    since: Time | None = None
    until: Time | None = None


class RevokeRole(Body):
    """The role, and where."""

    role: Role
    scope: Scope


class AskToken(Body):
    """Whose token."""

    person: PersonId


class Token(BaseModel):
    """A bearer token."""

    token: str


@router.post("/sub-districts/{sub_district}", status_code=202)
async def open_sub_district(
    sub_district: SubDistrictId, body: OpenSubDistrict, steward: Steward, directory: Here
) -> Accepted:
    """开通街道"""
    return await directory.create(
        steward,
        sub_districts,
        sub_district,
        sub_district,
        place.open_sub_district,
        name=body.name,
        district=body.district,
    )


@router.get("/sub-districts", response_model=Page[SubDistrictRow])
async def list_sub_districts(public: Public, read: Read, part: Paging) -> Response:
    """Sub-districts, by name"""
    return await read.list(public, SubDistricts, part)


@router.post("/communities/{community}", status_code=202)
async def open_community(community: CommunityId, body: OpenCommunity, officer: Officer, directory: Here) -> Accepted:
    """开通社区"""
    officer.require_sub_district(body.sub_district)
    return await directory.create(
        officer.anywhere(),
        communities,
        community,
        community,
        place.open_community,
        sub_district=body.sub_district,
        within=await directory.find(sub_districts, body.sub_district),
        name=body.name,
    )


@router.get("/communities", response_model=Page[CommunityRow])
async def list_communities(
    public: Public, read: Read, part: Paging, sub_district: SubDistrictId | None = None
) -> Response:
    """Communities with their places, by name"""
    return await read.list(public, Communities, part, sub_district=sub_district)


@router.get("/communities/{community}", response_model=CommunityRow)
async def show_community(community: CommunityId, public: Public, read: Read) -> Response:
    """One community with its places"""
    return await read.one(public, Communities, community, "community")


@router.post("/communities/{community}/compounds/{place_id}", status_code=202)
async def register_compound(
    community: CommunityId, place_id: PlaceId, body: RegisterCompound, keeper: Keeper, directory: Here
) -> Accepted:
    """登记小区"""
    return await directory.execute(
        await reaching(keeper, community, directory),
        communities,
        community,
        place.register_compound,
        place=place_id,
        name=body.name,
        buildings=body.buildings,
    )


@router.post("/communities/{community}/grids/{place_id}", status_code=202)
async def draw_grid(
    community: CommunityId, place_id: PlaceId, body: DrawGrid, keeper: Keeper, directory: Here
) -> Accepted:
    """划分网格，或重新划分"""
    return await directory.execute(
        await reaching(keeper, community, directory),
        communities,
        community,
        place.draw_grid,
        place=place_id,
        name=body.name,
        buildings=body.buildings,
    )


@router.post("/communities/{community}/venues/{place_id}", status_code=202)
async def open_venue(
    community: CommunityId, place_id: PlaceId, body: OpenVenue, keeper: Keeper, directory: Here
) -> Accepted:
    """开设议事亭、议事室"""
    return await directory.execute(
        await reaching(keeper, community, directory),
        communities,
        community,
        place.open_venue,
        place=place_id,
        name=body.name,
        kind=body.kind,
        compound=body.compound,
    )


@router.post("/people", status_code=202)
async def register_person(body: RegisterPerson, registrar: Overseer, directory: Here) -> Accepted:
    """登记人员（化名）"""
    id = uuid7()
    reached = await reaching(registrar, body.community, directory)
    reached.require(body.community)
    if body.name or body.phone or body.address:
        await keys.make(directory, id)
    return await directory.create(reached, people, id, body.community, person.register, **dict(body))


@router.post("/people/{person_id}/contact", status_code=202)
async def change_contact(person_id: PersonId, body: ChangeContact, caller: Anyone, directory: Here) -> Accepted:
    """变更联系方式; by the person, or by the community's workers"""
    person.require_may_know(caller, person_id, await directory.state(people, person_id))
    await keys.make(directory, person_id)
    return await directory.execute(
        caller.anywhere(), people, person_id, person.change_contact, by=caller.person, **dict(body)
    )


@router.get("/people/{person_id}/contact", response_model=ContactRow)
async def show_contact(person_id: PersonId, caller: Anyone, read: Read, directory: Here) -> ContactRow:
    """Who somebody is and how to reach them: for themselves and their community's workers, whose reading they see"""
    row = await read.row(caller, Contacts, person_id, "person")
    return await my_data.contact(directory, caller, person_id, row)


@router.get("/people/by-phone")
async def find_by_phone(worker: Worker, directory: Here, phone: Annotated[Phone, Header()]) -> Found:
    """Whose number it is, among a worker's own people; in a header, because addresses are logged on the way"""
    return await my_data.found(directory, worker, phone)


@router.post("/people/{person_id}/erase", status_code=202)
async def erase_by_order(person_id: PersonId, body: EraseByOrder, officer: Officer, directory: Here) -> Receipt:
    """依法注销个人信息"""
    accepted = await directory.execute(
        officer, people, person_id, person.erase, by=officer.person, ground=Ground.ORDER, order=body.order
    )
    return await my_data.erased(directory, person_id, accepted)


@router.get("/me/data", response_model=MyData, responses={200: {"content": {"text/html": {}}}})
async def show_my_data(request: Request, caller: Anyone, directory: Here) -> Response:
    """All that directory holds of the caller, and who has read it; a page to read where `text/html` is asked for"""
    said = await my_data.everything(directory, caller.person)
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(page(said), headers=NOT_KEPT)
    return JSONResponse(said, headers=NOT_KEPT)


@router.post("/me/erase", status_code=202)
async def erase_me(caller: Anyone, directory: Here) -> Receipt:
    """注销我的个人信息"""
    act, id = caller.anywhere(), caller.person
    accepted = await directory.execute(act, people, id, person.erase, by=id, ground=Ground.OWN_WISH)
    return await my_data.erased(directory, id, accepted)


@router.post("/me/consents/{purpose}/give", status_code=202)
async def give_consent(purpose: Purpose, body: GiveConsent, caller: Anyone, directory: Here) -> Accepted:
    """同意"""
    act, id = caller.anywhere(), caller.person
    return await directory.execute(act, people, id, person.give_consent, by=id, purpose=purpose, terms=body.terms)


@router.post("/me/consents/{purpose}/withdraw", status_code=202)
async def withdraw_consent(purpose: Purpose, caller: Anyone, directory: Here) -> Accepted:
    """撤回同意"""
    act, id = caller.anywhere(), caller.person
    return await directory.execute(act, people, id, person.withdraw_consent, by=id, purpose=purpose)


@router.post("/people/{person_id}/grant", status_code=202)
async def grant_role(person_id: PersonId, body: GrantRole, caller: Anyone, directory: Here) -> Accepted:
    """授予角色; a secretary the people of the community, an officer those of the sub-district, a steward anybody"""
    await require_may_grant(caller, person_id, body.role, body.scope, directory)
    return await directory.execute(
        caller.anywhere(),
        people,
        person_id,
        person.grant,
        role=body.role,
        scope=body.scope,
        since=body.since,
        until=body.until,
        within=await directory.find(communities, body.scope.community) if body.scope.grid else None,
    )


@router.post("/people/{person_id}/revoke", status_code=202)
async def revoke_role(person_id: PersonId, body: RevokeRole, caller: Anyone, directory: Here) -> Accepted:
    """撤销角色; by who may grant it"""
    await require_may_grant(caller, person_id, body.role, body.scope, directory)
    return await directory.execute(
        caller.anywhere(), people, person_id, person.revoke, role=body.role, scope=body.scope
    )


@router.get("/people", response_model=Page[PersonRow])
async def list_people(
    worker: Worker, read: Read, part: Paging, community: CommunityId, label: Line | None = None
) -> Response:
    """A community's people by their pseudonyms, newest first"""
    worker.require(community)
    return await read.list(worker, People, part, community=community, label=label)


@router.post("/tokens")
async def ask_token(body: AskToken, request: Request, public: Public, directory: Here) -> Token:
    """登录 (development only): a token for a person that is known"""
    settings: Settings = request.app.state.settings
    if settings.environment is not Environment.DEVELOPMENT:
        raise NotAllowed("development-only", "仅开发环境可用。", "This works in development only.")
    known, version = await directory.newest(people, body.person)
    tokens: Tokens = request.app.state.tokens
    return Token(token=tokens.mint(body.person, await grants_of(directory, known), version=version))


router.routes.extend(housing_api.router.routes)
router.routes.extend(login_api.router.routes)
