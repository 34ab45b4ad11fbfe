"""One `shangliang up --json` for all tests of this folder."""

import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import orjson
import pytest

from shangliang.embedded.kafka import free_port
from tests.commands.console import Console


@dataclass(frozen=True)
class Up:
    """The system that runs, what it said when it was up, and a console with the same settings."""

    process: subprocess.Popen[str]
    console: Console
    origin: str
    postgres: str
    kafka: str


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Runs until the tests have ended, or one of them has ended it."""
    data = tmp_path_factory.mktemp("up") / "data"
    console = Console({"SHANGLIANG_DATA": str(data), "SHANGLIANG_PORT": str(free_port())})
    process = console.begin("up", "--json")
    assert process.stdout is not None
    lines: list[str] = []
    while (not lines or lines[-1] != "}\n") and (line := process.stdout.readline()):
        lines.append(line)
    assert lines, process.communicate()
    yield Up(process, console, **orjson.loads("".join(lines)))
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@dataclass(frozen=True)
class Raised:
    """An issue that somebody has raised, and the token of a secretary of its community."""

    id: UUID
    resident: str
    secretary: str


@pytest.fixture(scope="session")
async def http(up: Up) -> AsyncIterator[httpx.AsyncClient]:
    """Reaches the system."""
    async with httpx.AsyncClient(base_url=up.origin, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
async def raised(up: Up, http: httpx.AsyncClient) -> Raised:
    """The tokens are the `token` command's."""
    resident = (await up.console("token", "resident", "--community", "yaopo")).out.strip()
    secretary = (await up.console("token", "secretary", "--community", "yaopo", "--json")).json["token"]
    body = {"community": "yaopo", "channel": "web", "text": "楼道灯不亮"}
    headers = {"authorization": f"Bearer {resident}"}
    made = (await http.post("/api/intake/v1/issues", json=body, headers=headers)).json()
    read = {**headers, "read-after": str(made["position"])}
    assert (await http.get(f"/api/intake/v1/issues/{made['id']}", headers=read)).is_success
    return Raised(UUID(made["id"]), resident, secretary)
