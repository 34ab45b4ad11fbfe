"""A secretary's desk at intake."""

import uuid
from typing import Any

import httpx

from shared.contracts.words import Role
from tests.system.places import Headers
from tests.town import Town

INTAKE = "/api/intake/v1"


class Desk:
    """In a community of its own."""

    def __init__(self, here: Town, community: str | None = None):
        self.here = here
        self.community = community or f"c-{uuid.uuid4().hex[:10]}"
        self.secretary = here.headers(Role.SECRETARY, self.community)
        self.position = 0

    async def send(self, path: str, body: Any = None, by: Headers | None = None) -> httpx.Response:
        return await self.here.http.post(f"{INTAKE}{path}", json=body, headers=by or self.secretary)

    async def do(self, path: str, body: Any = None) -> dict[str, Any]:
        answer = await self.send(path, body)
        assert answer.status_code == 202, answer.text
        self.position = max(self.position, answer.json()["position"])
        return answer.json()

    async def upload(self, text: str | bytes, by: Headers | None = None, **params: str) -> httpx.Response:
        headers = {"content-type": "text/plain; charset=utf-8", **(by or self.secretary)}
        content = text.encode() if isinstance(text, str) else text
        path = f"{INTAKE}/communities/{self.community}/chats"

        answer = await self.here.http.post(path, content=content, params=params, headers=headers)
        if answer.is_success:
            self.position = max(self.position, answer.json()["position"])
        return answer

    async def ask(self, path: str, by: Headers | None = None, **params: str) -> httpx.Response:
        headers = {**(by or self.secretary), "read-after": str(self.position)}
        return await self.here.http.get(f"{INTAKE}{path}", params=params, headers=headers)

    async def open(self) -> list[dict[str, Any]]:
        """The open candidates, oldest first."""
        items = (await self.ask("/candidates", community=self.community)).json()["items"]
        return sorted(items, key=lambda one: one["since"])
