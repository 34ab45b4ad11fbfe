"""GeoReport v2's methods (https://wiki.open311.org/GeoReport_v2), each as XML and as JSON."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from uuid_utils.compat import uuid7

from services.intake.deadlines.terms import TERMS
from services.intake.deadlines.timing import timed
from services.intake.issues.issue import issues
from services.intake.open311 import catalogue
from services.intake.open311.applications import application_of
from services.intake.open311.asking import MOST, asked, listed
from services.intake.open311.discovery import discovery
from services.intake.open311.finding import Requests, is_id
from services.intake.open311.formats import Format, written
from services.intake.open311.jurisdiction import Caller, Said, Where, jurisdiction_of
from services.intake.open311.reporting import fields_of, raised, report_of
from services.intake.open311.views import Reports
from shared.deciding.act import Act
from shared.deciding.refusals import NotValid, no_such
from shared.projecting import ViewBehind
from shared.telemetry import current_traceparent
from shared.web.app import Here
from shared.web.audience import key_of
from shared.web.command import BODY, LARGEST_BODY, read_body
from shared.web.headers import header

router = APIRouter()

FORM = "application/x-www-form-urlencoded"
REQUESTS = "service_requests"
NOTICE = "社区已收到，将在时限内受理；凭 service_request_id 可查进展。"


@router.get("/discovery.{form}")
async def discover(form: Format, intake: Here) -> Response:
    """Service discovery"""
    return written(form, "discovery", discovery(intake.settings))


@router.get("/services.{form}")
async def list_services(form: Format, _: Where) -> Response:
    """GET service list"""
    return written(form, "services", list(catalogue.services()))


@router.get("/services/{service_code}.{form}")
async def define_service(service_code: str, form: Format, where: Where) -> Response:
    """GET service definition"""
    return written(form, "service_definition", catalogue.definition(service_code, where.places))


@router.post("/requests.{form}")
async def post_request(form: Format, request: Request, intake: Here) -> Response:
    """POST service request: an issue, raised by the application whose key it comes with"""
    if (header(request, b"content-type") or "").partition(";")[0].strip().lower() != FORM:
        raise NotValid(
            "not-a-form",
            "请以 application/x-www-form-urlencoded 发送；照片只收网址（media_url）。",
            "Send it as application/x-www-form-urlencoded; of media, their address (media_url).",
        )
    request.scope[BODY] = await read_body(request, request.receive, LARGEST_BODY)
    fields = fields_of(request.url.query, request.scope[BODY])
    where = await jurisdiction_of(intake, fields.get("jurisdiction_id"))
    application = await application_of(intake, fields.get("api_key", ""), where.community)
    report = report_of(fields)
    now = datetime.now(UTC)
    key = key_of(request, str(application.id))
    accepted = await intake.create(
        Act(f"application:{application.id}", now, None, application.id, key, traceparent=current_traceparent()),
        issues,
        uuid7(),
        where.community,
        timed(await intake.look_up(TERMS, where.community), now, raised),
        community=where.community,
        application=application.id,
        report=report,
        where=report.where(where.places.known),
    )
    with suppress(ViewBehind):  # clients ask at once for what they have posted
        await intake.views.wait(Reports, accepted.position)
    told = {"service_request_id": accepted.id, "service_notice": NOTICE, "account_id": None}
    return written(form, REQUESTS, [told], 201)


@router.get("/tokens/{token}.{form}")
async def show_token(token: str, form: Format, intake: Here, where: Where) -> Response:
    """GET service_request_id from a token: an id is known at once, and stands for itself"""
    known = await intake.find(issues, token.lower()) if is_id(token) else None
    if known is None or known.community != where.community:
        raise no_such("token", token)
    return written(form, REQUESTS, [{"service_request_id": token, "token": token}])


@router.get("/requests.{form}")
async def list_requests(
    form: Format,
    intake: Here,
    where: Where,
    caller: Caller,
    service_request_id: Said = None,
    service_code: Said = None,
    status: Said = None,
    start_date: Said = None,
    end_date: Said = None,
    page: Annotated[int, Query(ge=1, le=MOST)] = 1,
    page_size: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    extensions: bool = False,
) -> Response:
    """GET service requests: of 90 days and a thousand at most, of which `page` and `page_size` show a part"""
    requests = Requests(intake.reader, where, caller, extended=extensions)
    if ids := listed(service_request_id):
        found = [one for id in dict.fromkeys(ids) if (one := await requests.one(id))]
    else:
        found = await requests.list(
            asked(
                datetime.now(UTC),
                service_code=service_code,
                status=status,
                start_date=start_date,
                end_date=end_date,
            )
        )
    return written(form, REQUESTS, found[(page - 1) * page_size : page * page_size])


@router.get("/requests/{service_request_id}.{form}")
async def show_request(
    service_request_id: str,
    form: Format,
    intake: Here,
    where: Where,
    caller: Caller,
    extensions: bool = False,
) -> Response:
    """GET service request"""
    found = await Requests(intake.reader, where, caller, extended=extensions).one(service_request_id)
    if found is None:
        raise no_such("service-request", service_request_id)
    return written(form, REQUESTS, [found])
