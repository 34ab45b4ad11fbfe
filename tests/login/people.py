"""People who sign in, and what they do for it over HTTP."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

import httpx

from shared.contracts.words import Role
from tests.town import COMMUNITY, Town

DIRECTORY = "/api/directory/v1"
LOGIN = f"{DIRECTORY}/login"
PASSWORD = "三根 correct horses 和一匹 battery"
numbers = Random()


def new_phone() -> str:
    """A number that nobody has yet."""
    return f"+86139{numbers.randrange(10**8):08d}"


async def until(ask: Callable[[], Awaitable[Any]], seconds: float = 15) -> Any:
    """The first answer that is something."""
    given_up = monotonic() + seconds
    while not (found := await ask()):
        assert monotonic() < given_up, "waited in vain"
        await asyncio.sleep(0.1)
    return found


@dataclass
class Someone:
    """Somebody with a phone, registered in a town."""

    here: Town
    phone: str = field(default_factory=new_phone)
    id: str = ""

    @property
    def http(self) -> httpx.AsyncClient:
        return self.here.http

    async def register(self, *roles: Role, community: str = COMMUNITY) -> "Someone":
        """With these roles there; they can sign in afterwards."""
        steward = self.here.headers(Role.STEWARD)
        body = {"community": community, "label": "resident~1", "phone": self.phone}
        made = await self.http.post(f"{DIRECTORY}/people", json=body, headers=steward)
        assert made.status_code == 202, made.text
        self.id = made.json()["id"]
        for role in roles:
            await self.grant(role, community=community)
        pool = self.here.running["directory"].log.pool
        await until(lambda: pool.fetchval("select true from phone_index where person = $1", uuid.UUID(self.id)))
        return self

    async def grant(self, role: Role, **scope: str) -> None:
        """One more role."""
        await self._post(f"/people/{self.id}/grant", {"role": role, "scope": scope})

    async def revoke(self, role: Role, **scope: str) -> None:
        """One role less."""
        await self._post(f"/people/{self.id}/revoke", {"role": role, "scope": scope})

    async def _post(self, path: str, body: Any) -> None:
        answer = await self.http.post(f"{DIRECTORY}{path}", json=body, headers=self.here.headers(Role.STEWARD))
        assert answer.status_code == 202, answer.text

    async def code(self) -> str:
        """A one-time code, as development shows it."""
        answer = await self.http.post(f"{LOGIN}/code", json={"phone": self.phone})
        assert answer.status_code == 202, answer.text
        return answer.json()["code"]

    async def by_phone(self, code: str | None = None, **more: Any) -> httpx.Response:
        """Tries to sign in."""
        body = {"phone": self.phone, "code": code or await self.code(), **more}
        return await self.http.post(f"{LOGIN}/phone", json=body)

    async def signed_in(self) -> dict[str, Any]:
        """Signs in by phone."""
        answer = await self.by_phone()
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def invitation(self) -> str:
        """Lets them set a password, or come from outside."""
        path = f"{DIRECTORY}/people/{self.id}/invitation"
        answer = await self.http.put(path, headers=self.here.headers(Role.STEWARD))
        assert answer.status_code == 200, answer.text
        return answer.json()["invitation"]

    async def with_password(self, password: str = PASSWORD) -> "Someone":
        """They have accepted an invitation."""
        body = {"invitation": await self.invitation(), "password": password}
        answer = await self.http.post(f"{LOGIN}/invitation", json=body)
        assert answer.status_code == 200, answer.text
        return self

    async def by_password(self, password: str = PASSWORD, code: str | None = None) -> httpx.Response:
        """Tries to sign in with a password, too."""
        body = {"phone": self.phone, "code": code or await self.code(), "password": password}
        return await self.http.post(f"{LOGIN}/password", json=body)


def bearer(signed: dict[str, Any]) -> dict[str, str]:
    """What requests of who is signed in carry."""
    return {"authorization": f"Bearer {signed['access_token']}"}


async def refreshed(here: Town, signed: dict[str, Any]) -> httpx.Response:
    """Goes on with a session."""
    return await here.http.post(f"{LOGIN}/refresh", json={"refresh_token": signed["refresh_token"]})
