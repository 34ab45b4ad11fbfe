"""What stands between the server and a service's app."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.problems import OTHERS, problem


class HeadAsGet:
    """HEAD is answered as GET is (RFC 9110, 9.3.2); the server leaves the body out."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, send)


class Mounted:
    """A service's app under its path, which its telemetry tells with its routes. Starlette's body limit answers 413 in
    plain text, outside of every handler: here it becomes a problem too. And what has failed was answered and logged in
    the app: it goes no further, unless half an answer is out and the server has to break it off."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        too_large = answered = False

        async def watched(message: Message) -> None:
            nonlocal too_large, answered
            if message["type"] == "http.response.start" and message["status"] == 413:
                too_large = answered = True
                await problem(Request(scope), 413, *OTHERS[413])(scope, receive, send)
            elif not too_large:
                await send(message)
                answered = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            await self.app({**scope, "app_root_path": scope["root_path"]}, receive, watched)
        except Exception:
            if not answered:
                raise
