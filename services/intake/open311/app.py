"""GeoReport as an application of its own: it answers at an address, in forms and with errors that the standard has."""

from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.open311.api import router
from services.intake.open311.errors import install_errors
from shared.web.app import bare


class Declared:
    """What is empty in a query is as if it were not there, by the standard's word on optional arguments."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["query_string"]:
            scope["query_string"] = urlencode(parse_qsl(scope["query_string"])).encode()
        await self._app(scope, receive, send)


def georeport() -> FastAPI:
    """It answers once `app.state` holds what routes ask for."""
    app = bare(title="Open311 GeoReport v2", openapi_url=None)
    app.router.routes.extend(router.routes)
    install_errors(app)
    app.add_middleware(Declared)
    return app
