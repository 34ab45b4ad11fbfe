"""Directory over HTTP."""

from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

from services.directory import housing_api, person, place
from services.directory.housing_api import reaching
from services.directory.person import Person, people
from services.directory.place import communities, sub_districts
from services.directory.views import (
    Communities,
    CommunityRow,
    People,
    PersonRow,
    SubDistrictRow,
    SubDistricts,
)
from shared.contracts.directory import Scope, VenueKind
from shared.contracts.words import CommunityId, Line, PersonId, PlaceId, Role, SubDistrictId, Time
from shared.deciding.act import Grant
from shared.deciding.answers import Accepted
from shared.deciding.refusals import NotAllowed
from shared.identity.tokens import Tokens
from shared.settings import Environment, Settings
from shared.web.answer import Cursor, Limit, Page, one_of, page_of
from shared.web.app import Here, ReadAfter
from shared.web.audience import Anyone, Keeper, Officer, Public, Registrar, Steward, Worker
from shared.web.body import Body
from shared.web.command import CommandRoute

router = APIRouter(route_class=CommandRoute)


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
    """`label` is a pseudonym such as `resident~1`: never a name, never a phone number."""

    community: CommunityId
    label: Line


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
async def list_sub_districts(
    _: Public, directory: Here, after: Cursor = None, limit: Limit = 50, read_after: ReadAfter = None
) -> Response:
    """Sub-districts, by name"""
    return page_of(await directory.views.list(SubDistricts, {}, after=after, limit=limit, read_after=read_after))


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
    _: Public,
    directory: Here,
    sub_district: SubDistrictId | None = None,
    after: Cursor = None,
    limit: Limit = 50,
    read_after: ReadAfter = None,
) -> Response:
    """Communities with their places, by name"""
    where = {"sub_district": sub_district} if sub_district else {}
    return page_of(await directory.views.list(Communities, where, after=after, limit=limit, read_after=read_after))


@router.get("/communities/{community}", response_model=CommunityRow)
async def show_community(community: CommunityId, _: Public, directory: Here, read_after: ReadAfter = None) -> Response:
    """One community with its places"""
    return one_of(await directory.views.get(Communities, community, read_after=read_after), "community", community)


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
async def register_person(body: RegisterPerson, registrar: Registrar, directory: Here) -> Accepted:
    """登记人员（化名）"""
    return await directory.create(
        await reaching(registrar, body.community, directory),
        people,
        uuid7(),
        body.community,
        person.register,
        community=body.community,
        label=body.label,
    )


@router.post("/people/{person_id}/grant", status_code=202)
async def grant_role(person_id: PersonId, body: GrantRole, caller: Anyone, directory: Here) -> Accepted:
    """授予角色; a secretary within the community, an officer within the sub-district, a steward anywhere"""
    caller = await reaching(caller, body.scope.community, directory)
    person.require_may_grant(caller, body.role, body.scope)
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
    caller = await reaching(caller, body.scope.community, directory)
    person.require_may_grant(caller, body.role, body.scope)
    return await directory.execute(
        caller.anywhere(), people, person_id, person.revoke, role=body.role, scope=body.scope
    )


@router.get("/people", response_model=Page[PersonRow])
async def list_people(
    worker: Worker,
    directory: Here,
    community: CommunityId,
    label: Line | None = None,
    after: Cursor = None,
    limit: Limit = 50,
    read_after: ReadAfter = None,
) -> Response:
    """A community's people by their pseudonyms, newest first"""
    worker.require(community)
    where = {"community": community} | ({"label": label} if label else {})
    return page_of(await directory.views.list(People, where, after=after, limit=limit, read_after=read_after))


@router.post("/tokens")
async def ask_token(body: AskToken, request: Request, _: Public, directory: Here) -> Token:
    """登录 (development only): a token for a person that is known"""
    settings: Settings = request.app.state.settings
    if settings.environment is not Environment.DEVELOPMENT:
        raise NotAllowed("development-only", "仅开发环境可用。", "This works in development only.")
    known = await directory.state(people, body.person)
    tokens: Tokens = request.app.state.tokens
    return Token(token=tokens.mint(body.person, await _grants(directory, known)))


async def _grants(directory: Here, known: Person) -> list[Grant]:
    """What the person may now, with what their roles reach."""
    now = datetime.now(UTC)
    scopes = [held.scope for held in known.counting(now)]
    rows = [await directory.views.get(SubDistricts, one.sub_district) for one in scopes if one.sub_district]
    communities_of = {row["id"]: row["communities"] for row in map(orjson.loads, filter(None, rows))}
    gridded = {one.community for one in scopes if one.grid and one.community}
    found = {code: await directory.state(communities, code) for code in gridded}
    return known.grants(now, communities_of, found)


@router.get("/jwks")
async def jwks(request: Request, _: Public) -> Response:
    """The keys that tokens are checked with (RFC 7517)"""
    tokens: Tokens = request.app.state.tokens
    return Response(orjson.dumps({"keys": [tokens.public_key()]}), media_type="application/json")


router.routes.extend(housing_api.router.routes)
