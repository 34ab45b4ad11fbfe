"""Services as a deployment runs them: in processes of their own, on servers of their own, told of over the wire."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from shangliang.embedded import Servers
from shangliang.embedded import servers as embedded_servers
from shangliang.embedded.kafka import free_port
from shangliang.services import SERVICES
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from shared.settings import Settings
from tests.web.receiver import Receiver, receiving

COMMUNITY = "yaopo"
PATIENCE = 30.0


@dataclass
class Process:
    """`shangliang serve` with some services."""

    http: httpx.Client
    log: Path


@dataclass
class Outside:
    """`intake` runs alone, `rest` runs the others; both tell `receiver` what they do."""

    servers: Servers
    data: Path
    receiver: Receiver
    intake: Process
    rest: Process

    def headers(self, role: Role) -> dict[str, str]:
        """What a request of somebody new in a role carries."""
        key = load_or_make_key(Settings(data=self.data).signing_key)
        token = mint(key, PersonId(uuid.uuid4()), [Grant(role, COMMUNITY)])
        return {"authorization": f"Bearer {token}"}

    def logs(self) -> str:
        """What both have logged."""
        return self.intake.log.read_text() + self.rest.log.read_text()


@contextmanager
def outside(data: Path) -> Generator[Outside]:
    """Both processes, up."""
    with ExitStack() as opened:
        servers = opened.enter_context(embedded_servers(data / "servers"))
        receiver = opened.enter_context(receiving())
        intake = opened.enter_context(_serving(["intake"], servers, receiver, data))
        rest = opened.enter_context(_serving([name for name in SERVICES if name != "intake"], servers, receiver, data))
        for one in (intake, rest):
            _wait_for(one)
        yield Outside(servers, data, receiver, intake, rest)


@contextmanager
def _serving(names: list[str], servers: Servers, receiver: Receiver, data: Path) -> Generator[Process]:
    port = free_port()
    env = {
        **os.environ,
        "SHANGLIANG_ENVIRONMENT": "development",
        "SHANGLIANG_POSTGRES": servers.postgres,
        "SHANGLIANG_KAFKA": servers.kafka,
        "SHANGLIANG_DATA": str(data),
        "SHANGLIANG_PORT": str(port),
        "SHANGLIANG_TRACES": "0",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
    }
    log = data / f"{names[-1]}.log"
    with log.open("w") as to, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        process = subprocess.Popen(
            [sys.executable, "-m", "shangliang", "serve", *names], env=env, stdout=to, stderr=to, cwd=Path.cwd()
        )
        try:
            yield Process(http, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def _wait_for(process: Process) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            if process.http.get("/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < until, process.log.read_text()
        time.sleep(0.1)
