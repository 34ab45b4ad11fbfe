"""One origin for the services of a process: a request goes to the service that its path begins with."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

DEPTHS = (4, 3)
"""Slashes before a route's own path: in `/api/intake/v1/issues`, and in a standard's `/open311/v2/services.xml`."""


class Origin:
    """`apps` by their prefix; what begins with none of them is the front's. HEAD is answered as GET is (RFC 9110,
    9.3.2): the server leaves the body out."""

    def __init__(self, front: ASGIApp, apps: Mapping[str, ASGIApp]):
        self._front, self._apps = front, apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._front
        if scope["type"] == "http":
            if scope["method"] == "HEAD":
                scope = {**scope, "method": "GET"}  # the server goes on looking at its own
            parts = scope["path"].split("/", DEPTHS[0])
            for depth in DEPTHS:
                prefix = "/".join(parts[:depth])
                if prefix in self._apps:
                    app = self._apps[prefix]
                    scope["root_path"] = prefix
                    break
        await app(scope, receive, send)
