"""A community that other systems report to by Open311: its secretary, a key, and the endpoint."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.system.places import District, Headers, until
from tests.town import Town

OPEN311, INTAKE, PARTNER = "/open311/v2", "/api/intake/v1", "/api/partner/v1"


@dataclass
class Endpoint:
    """`key` is an application's; `ids` are those of the issues that came with it."""

    here: Town
    community: str
    secretary: Headers
    key: str
    key_id: str
    ids: list[str] = field(default_factory=list[str])

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.here.settings.port}{OPEN311}"

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """A query to this community."""
        return await self.here.http.get(f"{OPEN311}{path}", params={"jurisdiction_id": self.community, **params})

    async def post(self, path: str = "/requests.json", /, **fields: Any) -> httpx.Response:
        """A report to this community, with the key."""
        form = {"jurisdiction_id": self.community, "api_key": self.key, "service_code": "lighting", **fields}
        form.setdefault("address_string", "2单元门口")
        return await self.here.http.post(f"{OPEN311}{path}", data={k: v for k, v in form.items() if v is not None})

    async def reported(self, **fields: Any) -> str:
        """The id of what is reported."""
        answer = await self.post(**fields)
        assert answer.status_code == 201, answer.text
        self.ids.append(answer.json()[0]["service_request_id"])
        return self.ids[-1]

    async def do(self, id: str, what: str, body: Any = None) -> int:
        """What the secretary does with an issue; its position."""
        path = f"{INTAKE}/issues/{id}/{what}"
        answer = await self.here.http.post(path, json=body, headers=self.secretary)
        assert answer.status_code == 202, answer.text
        return answer.json()["position"]

    async def public(self, path: str, position: int = 0, **params: Any) -> httpx.Response:
        """What everybody reads of intake."""
        return await self.here.http.get(f"{INTAKE}{path}", params=params, headers={"read-after": str(position)})


async def endpoint(here: Town) -> Endpoint:
    """Of a new community, as soon as intake has heard of its places and of the key."""
    district = District(here)
    _, secretary = await district.opened()
    await district.built(secretary)
    issued = await here.http.post(
        f"{PARTNER}/api-keys",
        json={"community": district.community, "application": "12345 热线"},
        headers=secretary,
    )
    assert issued.status_code == 202, issued.text
    made = Endpoint(here, district.community, secretary, issued.json()["key"], issued.json()["id"])

    async def heard() -> bool:
        answer = await made.get("/services/lighting.json")
        buildings: list[Any] = answer.json()["attributes"][1]["values"] if answer.is_success else []
        return len(buildings) == 4 and (await made.get("/requests.json", api_key=made.key)).is_success

    await until(heard, 30)
    return made
