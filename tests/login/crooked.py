"""An OpenID Connect issuer that says whatever a test wants it to say."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import time
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shangliang.embedded.kafka import free_port

CLIENT = "shangliang"


class Crooked:
    """`id_token` is what the next code is exchanged for; `asked` what it was exchanged with."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.key = self.new_key()
        self.id_token = ""
        self.asked: dict[str, Any] = {}
        self.says = self.issuer
        self.broken = False

    @staticmethod
    def new_key() -> ECKey:
        return ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, auto_kid=True)

    def claims(self, nonce: str, /, **other: Any) -> dict[str, Any]:
        """What a right ID token says, but for what is other."""
        now = int(time())
        said = {"iss": self.issuer, "aud": CLIENT, "sub": "worker-7", "iat": now, "exp": now + 60, "nonce": nonce}
        return {name: value for name, value in (said | other).items() if value is not None}

    def signed(self, claims: dict[str, Any], key: ECKey | None = None, kid: str | None = None) -> str:
        """An ID token."""
        key = key or self.key
        return jwt.encode({"alg": "ES256", "kid": kid or key.kid}, claims, key, algorithms=["ES256"])

    async def discovery(self, _: Request) -> Response:
        if self.broken:
            return Response("", 500)
        return JSONResponse(
            {
                "issuer": self.says,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            }
        )

    async def jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def token(self, request: Request) -> Response:
        form = {name: one for name, [one] in parse_qs((await request.body()).decode()).items()}
        self.asked = {**form, "authorization": request.headers.get("authorization")}
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self.id_token})


@asynccontextmanager
async def crooked() -> AsyncGenerator[Crooked]:
    """One, answering."""
    made = Crooked()
    routes = [
        Route("/.well-known/openid-configuration", made.discovery),
        Route("/jwks", made.jwks),
        Route("/token", made.token, methods=["POST"]),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), "127.0.0.1", made.port, log_config=None))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        yield made
    finally:
        server.should_exit = True
        await task
