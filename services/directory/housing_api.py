"""Buildings and all that is below them, over HTTP: one by one, from a list in Excel, and who looks after them."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.directory import housing, person, place, sheet
from services.directory.person import contact_scope, people
from services.directory.place import communities
from services.directory.tree import (
    BuildingRow,
    Buildings,
    ContractRow,
    Contracts,
    TreeRow,
    Trees,
    building_key,
)
from shared.contracts.directory import BuildingUnit, Capacity, Scope
from shared.contracts.words import CommunityId, Line, PersonId, PlaceId, Role, Time
from shared.deciding.act import Act
from shared.deciding.answers import Accepted
from shared.excel import XLSX
from shared.service import Running
from shared.web.app import Here
from shared.web.audience import Anyone, Keeper, Public, Worker
from shared.web.body import Body
from shared.web.command import CommandRoute, Raw
from shared.web.reading import Page, Paging, Read
from shared.web.workbook import WORKBOOK, workbook

router = APIRouter(route_class=CommandRoute)


class RegisterUnit(Body):
    """A unit's name and the door numbers of its households."""

    name: Line
    households: Annotated[tuple[Line, ...], Field(max_length=1_000)] = ()


class RegisterBuilding(Body):
    """All that is said of a building: sent again, it takes the place of what was said before."""

    name: Line
    compound: PlaceId
    units: Annotated[tuple[RegisterUnit, ...], Field(max_length=100)] = ()


class ContractBuilding(Body):
    """The building, as what the person looks after it, and for which term."""

    community: CommunityId
    building: PlaceId
    capacity: Capacity
    since: Time | None = None
    until: Time | None = None


class Counted(BaseModel):
    """How many of each."""

    compounds: int
    buildings: int
    units: int
    households: int
    grids: int


class Imported(Accepted):
    """`told` is what the file names; `changed` says whether any of it is new. A check also says how much: `new`."""

    changed: bool
    told: Counted
    new: Counted | None = None


async def reaching(act: Act, community: str | None, directory: Running) -> Act:
    """The act of an officer also where the community was opened after their token was made."""
    known = await directory.find(communities, community) if community else None
    return act.reaching(community, known.sub_district) if known and community else act


async def require_may_grant(act: Act, person_id: PersonId, role: Role, scope: Scope, directory: Running) -> None:
    """Raises NotAllowed; of nobody it says nothing, which the command does, under the key that it came with."""
    known = await directory.find(people, person_id)
    if known is None:
        return
    for community in {scope.community, known.community}:
        act = await reaching(act, community, directory)
    person.require_may_grant(act, known, role, scope)


@router.get("/communities/{community}/tree", response_model=TreeRow)
async def show_tree(community: CommunityId, public: Public, read: Read) -> Response:
    """All places of a community, down to the household"""
    return await read.one(public, Trees, community, "community")


@router.get("/communities/{community}/buildings", response_model=Page[BuildingRow])
async def list_buildings(
    community: CommunityId,
    public: Public,
    read: Read,
    part: Paging,
    compound: PlaceId | None = None,
    grid: PlaceId | None = None,
) -> Response:
    """Buildings by name, of one compound or one grid"""
    return await read.list(public, Buildings, part, community=community, compound=compound, grid=grid)


@router.get("/communities/{community}/buildings/{place_id}", response_model=BuildingRow)
async def show_building(community: CommunityId, place_id: PlaceId, public: Public, read: Read) -> Response:
    """One building, its units and households, and the grid it is in"""
    return await read.one(public, Buildings, building_key(community, place_id), "building")


@router.post("/communities/{community}/buildings/{place_id}", status_code=202)
async def register_building(
    community: CommunityId, place_id: PlaceId, body: RegisterBuilding, keeper: Keeper, directory: Here
) -> Accepted:
    """登记楼栋、单元、户，或更正"""
    return await directory.execute(
        await reaching(keeper, community, directory),
        communities,
        community,
        place.register_building,
        place=place_id,
        name=body.name,
        compound=body.compound,
        units=tuple(BuildingUnit(name=unit.name, households=unit.households) for unit in body.units),
    )


@router.get("/templates/housing", response_class=Response, responses=WORKBOOK)
async def housing_template(_: Public) -> Response:
    """导入用的 Excel 模板"""
    return workbook(sheet.template(), "housing")


@router.post("/communities/{community}/import", status_code=202)
async def import_housing(
    community: CommunityId,
    file: Annotated[bytes, Raw(XLSX, largest=sheet.LARGEST)],
    keeper: Keeper,
    directory: Here,
    check: bool = False,
) -> Imported:
    """导入小区、楼栋、单元、户、网格; all rows or none, and with `check` none in any case"""
    keeper = await reaching(keeper, community, directory)
    keeper.require(community)
    entries, wrong = await asyncio.to_thread(sheet.read, file)
    told = Counted.model_validate(housing.told(entries), from_attributes=True)
    if check:
        known = await directory.state(communities, community)
        events = housing.take_in(known, entries=entries, wrong=wrong)
        new = Counted.model_validate(housing.new(known, events), from_attributes=True)
        return Imported(id=community, version=0, position=0, changed=bool(events), told=told, new=new)
    accepted = await directory.execute(keeper, communities, community, housing.take_in, entries=entries, wrong=wrong)
    return Imported(**accepted.model_dump(), changed=accepted.position > 0, told=told)


@router.post("/people/{person_id}/contract", status_code=202)
async def contract_building(person_id: PersonId, body: ContractBuilding, caller: Anyone, directory: Here) -> Accepted:
    """包联楼栋; by who may grant the role of its contact, which comes with it and ends it when it is revoked"""
    scope = contact_scope(body.community, body.building)
    await require_may_grant(caller, person_id, Role.BUILDING_CONTACT, scope, directory)
    return await directory.execute(
        caller.anywhere(),
        people,
        person_id,
        person.contract_building,
        community=body.community,
        within=await directory.find(communities, body.community),
        building=body.building,
        capacity=body.capacity,
        since=body.since,
        until=body.until,
    )


@router.get("/communities/{community}/contracts", response_model=Page[ContractRow])
async def list_contracts(
    community: CommunityId,
    worker: Worker,
    read: Read,
    part: Paging,
    building: PlaceId | None = None,
) -> Response:
    """Who looks after which building 包联, newest first"""
    worker.require_list(community, building)
    return await read.list(worker, Contracts, part, community=community, building=building)
