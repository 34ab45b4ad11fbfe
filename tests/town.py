"""A town to test in: the whole system running in this process, and people who use it over HTTP."""

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from shangliang.embedded import Servers
from shangliang.embedded.kafka import free_port
from shangliang.running import serving
from shangliang.services import NAMES, SERVICES
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from shared.service import Running
from shared.settings import Environment, Settings

COMMUNITY = "yaopo"


@dataclass
class Town:
    """`http` reaches the origin; `running` are the services behind it."""

    http: httpx.AsyncClient
    settings: Settings
    running: dict[str, Running]

    def token(self, role: Role, community: str | None = COMMUNITY, unit: str | None = None) -> tuple[uuid.UUID, str]:
        """Somebody new in a role, and their token."""
        person = PersonId(uuid.uuid4())
        return person, mint(load_or_make_key(self.settings.signing_key), person, [Grant(role, community, unit)])

    def headers(self, role: Role, community: str | None = COMMUNITY, unit: str | None = None) -> dict[str, str]:
        """What a request of somebody new in a role carries."""
        return {"authorization": f"Bearer {self.token(role, community, unit)[1]}"}

    async def raised(self, headers: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
        """A new issue's answer."""
        body = {"community": COMMUNITY, "channel": "web", "text": "楼道灯不亮", **more}
        answer = await self.http.post(
            "/api/intake/v1/issues", json=body, headers=headers or self.headers(Role.RESIDENT)
        )
        assert answer.status_code == 202, answer.text
        return answer.json()


@asynccontextmanager
async def town(servers: Servers, data: Path, names: Sequence[str] = NAMES, **more: Any) -> AsyncGenerator[Town]:
    """All services, or some, on the given servers, answering at a free port."""
    settings = Settings(
        environment=Environment.DEVELOPMENT,
        data=data,
        postgres=servers.postgres,
        kafka=servers.kafka,
        port=more.pop("port", None) or free_port(),
        traces=0.0,
        **more,
    )
    async with (
        serving(settings, [SERVICES[name] for name in names]) as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}", timeout=30) as http,
    ):
        yield Town(http, settings, {one.service.name: one for one in running})
