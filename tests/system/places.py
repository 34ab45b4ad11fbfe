"""A sub-district with its officer, a community with its secretary, and what they do over HTTP."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.contracts.words import Role
from shared.excel import XLSX
from tests.town import Town

DIRECTORY = "/api/directory/v1"
Headers = dict[str, str]


async def until(ask: Callable[[], Awaitable[Any]], seconds: float = 10) -> Any:
    """The first answer that is something."""
    given_up = time.monotonic() + seconds
    while not (found := await ask()):
        assert time.monotonic() < given_up, "waited in vain"
        await asyncio.sleep(0.05)
    return found


@dataclass
class District:
    """One sub-district of the town with one community, both under codes of their own."""

    here: Town
    code: str = field(default_factory=lambda: f"d-{uuid.uuid4().hex[:10]}")
    position: int = 0

    @property
    def community(self) -> str:
        return f"{self.code}-c"

    @property
    def steward(self) -> Headers:
        return self.here.headers(Role.STEWARD)

    async def send(self, by: Headers, path: str, body: Any = None) -> httpx.Response:
        """A command, as JSON."""
        return await self.here.http.post(f"{DIRECTORY}{path}", json=body, headers=by)

    async def do(self, by: Headers, path: str, body: Any = None) -> dict[str, Any]:
        """A command that is accepted."""
        answer = await self.send(by, path, body)
        assert answer.status_code == 202, answer.text
        self.position = max(self.position, answer.json()["position"])
        return answer.json()

    async def ask(self, by: Headers, path: str, **params: Any) -> httpx.Response:
        """A query that sees what was done here."""
        said = {**by, "read-after": str(self.position)}
        return await self.here.http.get(f"{DIRECTORY}{path}", params=params, headers=said)

    async def upload(
        self, by: Headers, content: bytes, check: bool = False, more: Headers | None = None
    ) -> httpx.Response:
        """A community's housing in Excel."""
        path = f"{DIRECTORY}/communities/{self.community}/import{'?check=true' if check else ''}"
        said = {"content-type": XLSX, **by, **(more or {})}
        return await self.here.http.post(path, content=content, headers=said)

    async def person(self, by: Headers, label: str) -> str:
        """Somebody of the community, registered."""
        return (await self.do(by, "/people", {"community": self.community, "label": label}))["id"]

    async def enrol(self, by: Headers, label: str, role: Role, **scope: str) -> tuple[str, Headers]:
        """Somebody registered, granted a role, and signed in."""
        person = await self.person(by, label)
        await self.do(by, f"/people/{person}/grant", {"role": role, "scope": scope})
        return person, await self.sign_in(person)

    async def sign_in(self, person: str) -> Headers:
        """With what they may now, as soon as the views are there."""

        async def ask() -> dict[str, str] | None:
            answer = await self.here.http.post(f"{DIRECTORY}/tokens", json={"person": person})
            assert answer.status_code in (200, 503), answer.text
            return answer.json() if answer.is_success else None

        return {"authorization": f"Bearer {(await until(ask))['token']}"}

    async def opened(self) -> tuple[Headers, Headers]:
        """Opened by its officer, who was granted the sub-district before there was a community in it; the officer's and
        the secretary's headers."""
        await self.do(self.steward, f"/sub-districts/{self.code}", {"name": f"{self.code}街道", "district": "城区"})
        _, officer = await self.enrol(self.steward, "officer", Role.OFFICER, sub_district=self.code)
        body = {"sub_district": self.code, "name": f"{self.code}社区"}
        await self.do(officer, f"/communities/{self.community}", body)
        _, secretary = await self.enrol(officer, "secretary", Role.SECRETARY, community=self.community)
        return officer, secretary

    async def built(self, by: Headers) -> None:
        """Four buildings of one compound, two in each of two grids."""
        at = f"/communities/{self.community}"
        await self.do(by, f"{at}/compounds/ruyi", {"name": "如意小区", "buildings": 4})
        for number in range(1, 5):
            units = [{"name": "1单元", "households": ["101", "102"]}]
            body = {"name": f"{number}号楼", "compound": "ruyi", "units": units}
            await self.do(by, f"{at}/buildings/ruyi-{number}", body)
        for grid, buildings in (("grid-1", ["ruyi-1", "ruyi-2"]), ("grid-2", ["ruyi-3", "ruyi-4"])):
            await self.do(by, f"{at}/grids/{grid}", {"name": grid, "buildings": buildings})
