"""A deployment whose disks a test may search: servers of its own, services in processes of their own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from shangliang.embedded import servers as embedded_servers
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from shared.settings import Settings
from tests.faults.processes import Process
from tests.town import COMMUNITY


@dataclass
class Deployment:
    """Directory in one process, intake, volunteer and portal in another; all they keep is under `data`."""

    data: Path
    settings: Settings
    directory: Process
    others: Process
    http: httpx.AsyncClient

    def headers(self, role: Role, person: PersonId) -> dict[str, str]:
        """What a request of the person in a role carries."""
        token = mint(load_or_make_key(self.settings.signing_key), person, [Grant(role, COMMUNITY)])
        return {"authorization": f"Bearer {token}"}

    def at(self, path: str) -> str:
        """The address that a path is answered at."""
        return f"{(self.directory if path.startswith('/api/directory') else self.others).origin}{path}"


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    data = tmp_path_factory.mktemp("privacy")
    with embedded_servers(data) as running:
        directory, others = Process(running, data, "directory"), Process(running, data, "intake", "volunteer", "portal")
        settings = Settings(data=data, postgres=running.postgres, kafka=running.kafka)
        try:
            await directory.start()
            await others.start()
            async with httpx.AsyncClient(timeout=30) as http:
                yield Deployment(data, settings, directory, others, http)
        finally:
            directory.end()
            others.end()
