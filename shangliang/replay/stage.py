"""The people of a story and the system they use: every call is one that a client of theirs would make."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from shared.settings import Settings

STEWARD = PersonId(uuid5(NAMESPACE_URL, "shangliang/steward"))
PATIENCE = 30.0
"""Seconds until something that should follow from what was done is missed."""
ROLES = {
    "resident": Role.RESIDENT,
    "residents": Role.RESIDENT,
    "owner": Role.RESIDENT,
    "beneficiary": Role.RESIDENT,
    "grid-worker": Role.GRID_WORKER,
    "building-contact": Role.BUILDING_CONTACT,
    "secretary": Role.SECRETARY,
    "party-member": Role.VOLUNTEER,
    "volunteer": Role.VOLUNTEER,
}
NAMED = re.compile(r"^(?P<word>[a-z- ]+?)s?~(?P<first>\d+)(?:-(?P<last>\d+))?$")


class Failed(Exception):
    """The system answered what the story does not expect."""


@dataclass(frozen=True)
class Person:
    """Somebody of the story, signed in."""

    id: UUID
    token: str
    label: str


@dataclass
class Stage:
    """A client of the system's HTTP APIs. What is sent under the same key twice happens once, so a replay that was
    broken off goes on, and one that is repeated repeats nothing."""

    http: httpx.AsyncClient
    steward: str
    people: dict[tuple[str, str], Person] = field(default_factory=dict[tuple[str, str], Person])

    async def post(
        self, token: str, path: str, body: dict[str, Any] | None = None, *, key: str, at: datetime | None = None
    ) -> dict[str, Any]:
        """Sends a command; its answer. Raises Failed."""
        headers = {"authorization": f"Bearer {token}", "idempotency-key": key}
        if at is not None:
            headers["occurred-at"] = at.isoformat()
        return await self._call("POST", path, headers, json=body)

    async def get(self, token: str, path: str, **params: str) -> dict[str, Any]:
        """Asks a query. Raises Failed."""
        return await self._call("GET", path, {"authorization": f"Bearer {token}"}, params=params)

    async def until(self, ask: Callable[[], Awaitable[Any]], what: str) -> Any:
        """The first answer that is something: another service gets there by itself. Raises Failed."""
        given_up = monotonic() + PATIENCE
        while not (found := await ask()):
            if monotonic() > given_up:
                raise Failed(f"waited {PATIENCE:.0f} s for {what}: `shangliang lag` shows what is behind")
            await asyncio.sleep(0.05)
        return found

    async def person(self, community: str, label: str) -> Person:
        """Somebody of a community by their label in the file, registered and signed in."""
        known = self.people.get((community, label))
        if known is None:
            word = label.partition("~")[0]
            role = ROLES[word]
            scope = {"role": role, "scope": {"community": community}}
            known = await self._enrol(community, label, f"{community}/{label}", scope)
        return known

    async def operator(self, community: str, unit: str) -> Person:
        """Who acts for a partner unit."""
        known = self.people.get(("", unit))
        if known is None:
            scope = {"role": Role.OPERATOR, "scope": {"unit": unit}}
            known = await self._enrol(community, unit, f"operator/{unit}", scope)
            self.people["", unit] = known
            path = f"/api/partner/v1/units/{unit}/operators"
            await self.post(self.steward, path, {"person": str(known.id)}, key=f"appoint/{unit}")
        return known

    async def everybody(self, community: str, who: str) -> list[Person]:
        """`resident~4-15` as twelve people, anything else as one."""
        match = NAMED.match(who)
        if match is None:
            return [await self.person(community, who)]
        first, last = int(match["first"]), int(match["last"] or match["first"])
        return [await self.person(community, f"{match['word']}~{number}") for number in range(first, last + 1)]

    async def _enrol(self, community: str, label: str, key: str, scope: dict[str, Any]) -> Person:
        body = {"community": community, "label": label}
        made = await self.post(self.steward, "/api/directory/v1/people", body, key=f"person/{key}")
        path = f"/api/directory/v1/people/{made['id']}/grant"
        await self.post(self.steward, path, scope, key=f"role/{key}")
        said = await self._call("POST", "/api/directory/v1/tokens", {}, json={"person": made["id"]})
        self.people[community, label] = Person(UUID(made["id"]), said["token"], label)
        return self.people[community, label]

    async def _call(self, method: str, path: str, headers: dict[str, str], **more: Any) -> dict[str, Any]:
        answer = await self.http.request(method, path, headers=headers, **more)
        for attempt in range(20):
            if answer.status_code != 503:
                break
            await asyncio.sleep(0.1 * (attempt + 1))
            answer = await self.http.request(method, path, headers=headers, **more)
        if answer.is_error:
            said: dict[str, str] = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            why = f"{said.get('code', '')} {said.get('detail', '')}".strip()
            raise Failed(f"{method} {path}: {answer.status_code} {why}")
        return answer.json()


@asynccontextmanager
async def stage(origin: str, settings: Settings) -> AsyncGenerator[Stage]:
    """A stage on the system at `origin`, whose signing key the settings know."""
    steward = mint(load_or_make_key(settings.signing_key), STEWARD, [Grant(Role.STEWARD)])
    async with httpx.AsyncClient(base_url=origin, timeout=30) as http:
        yield Stage(http, steward)
