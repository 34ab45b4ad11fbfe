"""Signing in by an OpenID Connect issuer over HTTP: there and back."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Cookie, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.directory.login import oidc, outside_people, sessions
from services.directory.login.sessions import Means
from services.directory.login.signing_in import Signed, failed, signed
from shared.service import Running
from shared.settings import Settings
from shared.web.app import Here
from shared.web.audience import Public

router = APIRouter()
CALLBACK = "/api/directory/v1/login/oidc/callback"
OUTWARD = "shangliang-oidc"
"""The cookie of who is at the issuer."""
NOT_KEPT = {"cache-control": "no-store"}

logger = structlog.get_logger()


@router.get("/login/oidc/start", status_code=302, response_class=RedirectResponse)
async def start_outside(
    request: Request, _: Public, directory: Here, invitation: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """统一身份认证登录: to the issuer; with an invitation, who comes back is from then on the invited"""
    url, cookie = await _provider(request, directory).begin(invitation)
    answer = RedirectResponse(url, 302, NOT_KEPT)
    answer.set_cookie(
        OUTWARD,
        cookie,
        max_age=oidc.AWAY_FOR,
        path=CALLBACK,
        secure=directory.settings.address.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/login/oidc/callback")
async def come_back(
    request: Request,
    response: Response,
    _: Public,
    directory: Here,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
    outward: Annotated[str, Cookie(alias=OUTWARD)] = "",
) -> Signed:
    """统一身份认证登录: and back"""
    response.headers.update(NOT_KEPT)
    response.delete_cookie(OUTWARD, path=CALLBACK)
    try:
        outside = await _provider(request, directory).finish(outward, state, code, iss)
    except oidc.NotProven as error:
        logger.info("oidc-not-proven", why=str(error))
        raise failed() from None
    who = await outside_people.person_of(directory, outside)
    return await signed(request, directory, await sessions.begin(directory, who, Means.OIDC, None))


def _provider(request: Request, directory: Running) -> oidc.Provider:
    """The issuer of the settings, as this process knows it. Raises NotFound."""
    settings: Settings = directory.settings
    if not (settings.oidc_issuer and settings.oidc_client_id):
        raise oidc.none_set()
    found: oidc.Provider | None = getattr(request.app.state, "oidc", None)
    if found is None:
        found = request.app.state.oidc = oidc.Provider(settings, f"{settings.address}{CALLBACK}")
    return found
