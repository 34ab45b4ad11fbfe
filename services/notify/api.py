"""Notify over HTTP."""

from fastapi import APIRouter, Response

from services.notify import message
from services.notify.message import inbox_of, messages
from services.notify.views import Inboxes, MessageRow
from shared.contracts.notify import ToOperators, ToPerson, ToRole
from shared.contracts.words import MessageId, UnitId
from shared.deciding.answers import Accepted
from shared.web.app import Here
from shared.web.audience import Anyone, Operator
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)


@router.get("/messages", response_model=Page[MessageRow])
async def list_messages(caller: Anyone, read: Read, part: Paging) -> Response:
    """The caller's inbox and those of their roles, newest first"""
    roles = (ToRole(role=one.role, community=one.community) for one in caller.grants or () if one.community)
    inboxes = tuple(map(inbox_of, (ToPerson(person=caller.person), *roles)))
    return await read.list(caller, Inboxes, part, inbox=inboxes)


@router.get("/unit-messages", response_model=Page[MessageRow])
async def list_unit_messages(operator: Operator, read: Read, part: Paging, unit: UnitId | None = None) -> Response:
    """The inbox of the caller's units, newest first; of one of them, where it is given"""
    inboxes = tuple(inbox_of(ToOperators(unit=one)) for one in operator.units(unit))
    return await read.list(operator, Inboxes, part, inbox=inboxes)


@router.post("/messages/{message_id}/read", status_code=202)
async def read_message(message_id: MessageId, caller: Anyone, notify: Here) -> Accepted:
    """已读"""
    return await notify.execute(caller.anywhere(), messages, message_id, message.read, by=caller.person, act=caller)
