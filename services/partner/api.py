"""Partner over HTTP."""

from fastapi import APIRouter, Response

from services.partner import api_keys_api, unit, work_order
from services.partner.unit import units
from services.partner.views import UnitRow, Units, WorkOrderRow, WorkOrders
from services.partner.work_order import work_orders
from shared.contracts.words import CommunityId, Line, PersonId, Text, UnitId, WorkOrderId
from shared.deciding.answers import Accepted
from shared.web.app import Here
from shared.web.audience import Anyone, Officer, Operator, Public, Worker
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)

EVERYWHERE = "all"
"""Partner units work for the whole deployment: their events go under this key."""


class RegisterUnit(Body):
    """Its name and what it does (`power`, `transport`, `law`)."""

    name: Line
    field: Line


class Appoint(Body):
    """Who acts for it."""

    person: PersonId


class Decline(Body):
    """Why not."""

    reason: Text


class Survey(Body):
    """What was found at the place."""

    findings: Text


class Report(Body):
    """What was done, or seen to be done."""

    report: Text


@router.post("/units/{unit_id}", status_code=202)
async def register_unit(unit_id: UnitId, body: RegisterUnit, officer: Officer, partner: Here) -> Accepted:
    """登记共建单位"""
    return await partner.create(
        officer.anywhere(), units, unit_id, EVERYWHERE, unit.register, id=unit_id, name=body.name, field=body.field
    )


@router.post("/units/{unit_id}/operators", status_code=202)
async def appoint_operator(unit_id: UnitId, body: Appoint, officer: Officer, partner: Here) -> Accepted:
    """指定经办人"""
    return await partner.execute(officer.anywhere(), units, unit_id, unit.appoint, person=body.person)


@router.get("/units", response_model=Page[UnitRow])
async def list_units(public: Public, read: Read, part: Paging) -> Response:
    """Partner units, by name"""
    return await read.list(public, Units, part)


@router.get("/units/{unit_id}", response_model=UnitRow)
async def show_unit(unit_id: UnitId, public: Public, read: Read) -> Response:
    """One partner unit"""
    return await read.one(public, Units, unit_id, "unit")


@router.post("/work-orders/{order_id}/accept", status_code=202)
async def accept_work_order(order_id: WorkOrderId, operator: Operator, partner: Here) -> Accepted:
    """接单"""
    return await partner.execute(operator, work_orders, order_id, work_order.accept, by=operator.person)


@router.post("/work-orders/{order_id}/decline", status_code=202)
async def decline_work_order(order_id: WorkOrderId, body: Decline, operator: Operator, partner: Here) -> Accepted:
    """拒单"""
    return await partner.execute(
        operator, work_orders, order_id, work_order.decline, by=operator.person, reason=body.reason
    )


@router.post("/work-orders/{order_id}/survey", status_code=202)
async def survey_site(order_id: WorkOrderId, body: Survey, operator: Operator, partner: Here) -> Accepted:
    """实地考察"""
    return await partner.execute(
        operator, work_orders, order_id, work_order.survey, by=operator.person, findings=body.findings
    )


@router.post("/work-orders/{order_id}/start", status_code=202)
async def start_work(order_id: WorkOrderId, operator: Operator, partner: Here) -> Accepted:
    """开工"""
    return await partner.execute(operator, work_orders, order_id, work_order.start, by=operator.person)


@router.post("/work-orders/{order_id}/complete", status_code=202)
async def complete_work(order_id: WorkOrderId, body: Report, operator: Operator, partner: Here) -> Accepted:
    """完工"""
    return await partner.execute(
        operator, work_orders, order_id, work_order.complete, by=operator.person, report=body.report
    )


@router.post("/work-orders/{order_id}/verify", status_code=202)
async def verify_work(order_id: WorkOrderId, body: Report, worker: Worker, partner: Here) -> Accepted:
    """验收"""
    return await partner.execute(worker, work_orders, order_id, work_order.verify, by=worker.person, report=body.report)


@router.post("/work-orders/{order_id}/return", status_code=202)
async def return_work(order_id: WorkOrderId, body: Decline, worker: Worker, partner: Here) -> Accepted:
    """退回整改"""
    return await partner.execute(
        worker, work_orders, order_id, work_order.return_, by=worker.person, reason=body.reason
    )


@router.get("/work-orders", response_model=Page[WorkOrderRow])
async def list_work_orders(operator: Operator, read: Read, part: Paging, unit: UnitId | None = None) -> Response:
    """The work orders of the caller's units, newest first; of one of them, where it is given"""
    return await read.list(operator, WorkOrders, part, unit=operator.units(unit))


@router.get("/communities/{community}/work-orders", response_model=Page[WorkOrderRow])
async def list_community_work_orders(community: CommunityId, worker: Worker, read: Read, part: Paging) -> Response:
    """A community's work orders, newest first"""
    worker.require(community)
    return await read.list(worker, WorkOrders, part, community=community)


@router.get("/work-orders/{order_id}", response_model=WorkOrderRow)
async def show_work_order(order_id: WorkOrderId, caller: Anyone, read: Read) -> Response:
    """One work order, for its unit's operators and its community's workers"""
    return await read.one(caller, WorkOrders, order_id, "work-order")


router.routes.extend(api_keys_api.router.routes)
