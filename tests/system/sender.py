"""A phone that sends files and adds them to issues, over HTTP."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.contracts.words import Role
from tests.system.places import Headers
from tests.town import Town

INTAKE = "/api/intake/v1"
TUS = {"tus-resumable": "1.0.0"}
BYTES = {**TUS, "content-type": "application/offset+octet-stream"}


@dataclass
class Sender:
    """Somebody with a phone. `http` is another process where it isn't the town's."""

    here: Town
    headers: Headers
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.here.http

    async def begin(self, length: int, **more: str) -> httpx.Response:
        return await self.http.post(
            f"{INTAKE}/uploads", headers={**self.headers, **TUS, "upload-length": str(length), **more}
        )

    async def go_on(self, place: str, offset: int, content: bytes, **more: str) -> httpx.Response:
        headers = {**self.headers, **BYTES, "upload-offset": str(offset), **more}
        return await self.http.patch(place, content=content, headers=headers)

    async def offset(self, place: str) -> int:
        answer = await self.http.head(place, headers={**self.headers, **TUS})
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    async def sent(self, content: bytes) -> str:
        """A file sent in one piece; the upload's id."""
        begun = await self.begin(len(content))
        assert begun.status_code == 201, begun.text
        place = begun.headers["location"]
        answer = await self.go_on(place, 0, content)
        assert answer.status_code == 204, answer.text
        return place.rpartition("/")[2]

    async def add(self, issue: str, upload: str, key: str | None = None, **more: Any) -> httpx.Response:
        headers = {**self.headers, "idempotency-key": key} if key else self.headers
        body = {"upload": upload, **more}
        return await self.http.post(f"{INTAKE}/issues/{issue}/evidence", json=body, headers=headers)

    async def added(self, issue: str, content: bytes, **more: Any) -> dict[str, Any]:
        """The evidence that a file has become, as it is listed."""
        answer = await self.add(issue, await self.sent(content), **more)
        assert answer.status_code == 202, answer.text
        return (await self.listed(issue, answer.json()["position"]))[-1]

    async def listed(self, issue: str, after: int = 0) -> list[dict[str, Any]]:
        headers = {**self.headers, "read-after": str(after)}
        answer = await self.http.get(f"{INTAKE}/issues/{issue}/evidence", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def get(self, issue: str, evidence: str, what: str = "file", **more: str) -> httpx.Response:
        return await self.http.get(
            f"{INTAKE}/issues/{issue}/evidence/{evidence}/{what}", headers={**self.headers, **more}
        )


@dataclass
class Neighbourhood:
    """People whom directory knows, and so have keys."""

    here: Town
    community: str
    secretary: Sender
    worker: Sender
    resident: Sender
    person: str

    async def issue(self) -> str:
        """Raised by the resident, and there to be read."""
        made = await self.here.raised(self.resident.headers, community=self.community)
        shown = {**self.resident.headers, "read-after": str(made["position"])}
        answer = await self.here.http.get(f"{INTAKE}/issues/{made['id']}", headers=shown)
        assert answer.status_code == 200, answer.text
        return made["id"]

    def stranger(self, role: Role, community: str | None = None) -> Sender:
        return Sender(self.here, self.here.headers(role, community or self.community))
