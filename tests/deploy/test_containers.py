"""Every service's container as a process of its own, from the image's packages alone, and a matter that goes through
all of them. Of what docker-compose.yml says only host names and the image's own paths are rewritten."""

import asyncio
import random
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from shangliang.embedded import Servers
from shangliang.embedded import servers as embedded_servers
from shangliang.replay.account import account_of
from shangliang.replay.scenario import read
from shangliang.replay.stage import STEWARD, Stage
from shangliang.replay.steps import VERBS, Telling
from shangliang.replay.world import prepare
from shangliang.services import SERVICES
from shared.contracts.words import Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from tests.deploy.containers import Image, compose

SETTINGS = {"POSTGRES_PASSWORD": "secret", "SHANGLIANG_ENVIRONMENT": "development"}
PORT = 8311
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 to give out")


class Collector(BaseHTTPRequestHandler):
    """Takes in figures and says nothing; `services` are those that sent some."""

    services: set[str] = set()  # noqa: RUF012 - of the one that runs

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/metrics":
            sent = ExportMetricsServiceRequest.FromString(body)
            said = [attribute for one in sent.resource_metrics for attribute in one.resource.attributes]
            self.services.update(one.value.string_value for one in said if one.key == "service.name")
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclass
class Host:
    """The host that the containers run on, each with an address of its own."""

    image: Image
    servers: Servers
    network: str = field(default_factory=lambda: f"127.{random.randint(1, 254)}.{random.randint(0, 255)}")
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, subprocess.Popen[bytes]])

    def address(self, name: str) -> str:
        """Of a service's container."""
        return f"{self.network}.{10 + list(SERVICES).index(name)}"

    def environment(self, name: str, container: dict[str, Any]) -> dict[str, str]:
        """What the container's process sees."""
        said = self.image.environment | {key: str(value) for key, value in container["environment"].items()}
        return {key: self._here(name, self.image.inside(value)) for key, value in said.items()}

    def start(self, name: str, container: dict[str, Any]) -> None:
        """Runs the container's process; what it writes goes to a file."""
        with (self.image.root.parent / f"{name}.log").open("wb") as out:
            self.processes[name] = subprocess.Popen(
                self.image.entrypoint(container["command"]),
                env=self.environment(name, container),
                cwd=self.image.folder,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def is_well(self, name: str, container: dict[str, Any]) -> bool:
        """What the image's health check says of a container."""
        command = [word.replace("127.0.0.1", self.address(name)) for word in self.image.healthcheck()]
        env = self.environment(name, container)
        return subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0

    def written(self, name: str) -> str:
        """What a container's process has said."""
        return (self.image.root.parent / f"{name}.log").read_text()

    def _here(self, name: str, value: str) -> str:
        postgres = f"postgresql://postgres@postgres-{name}/postgres"
        for host, address in {
            "0.0.0.0": self.address(name),  # noqa: S104 - read, not bound
            "kafka:9092": self.servers.kafka,
            "//collector": f"//{self.network}.9",
            postgres: self.servers.postgres,
        }.items():
            value = value.replace(host, address)
        return value


class ByService(httpx.AsyncBaseTransport):
    """Sends a request to the container whose path it is, as Caddy does."""

    def __init__(self, host: Host):
        self._host, self._inner = host, httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        service = request.url.path.split("/")[2]
        request.url = request.url.copy_with(host=self._host.address(service), port=PORT)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Servers of its own: another test's services would follow the same topics."""
    folder: Path = tmp_path_factory.mktemp("deploy")
    with ExitStack() as stack:
        running = stack.enter_context(embedded_servers(folder / "servers"))
        made = Host(Image.build(folder / "image"), running)
        collector = ThreadingHTTPServer((f"{made.network}.9", 4318), Collector)
        stack.callback(collector.server_close)
        stack.callback(collector.shutdown)
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        yield made
        for process in made.processes.values():
            process.kill()
            process.wait()


@pytest.fixture
async def stage(host: Host) -> AsyncIterator[Stage]:
    """People who use what runs, with tokens signed by the key that the containers share."""
    key = load_or_make_key(host.image.root / "keys" / "signing.jwk")
    async with httpx.AsyncClient(base_url="http://origin", transport=ByService(host), timeout=30) as http:
        yield Stage(http, mint(key, STEWARD, [Grant(Role.STEWARD)]))


async def ready(host: Host) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as http:
        for name, process in host.processes.items():
            while True:
                assert process.poll() is None, host.written(name)
                try:
                    if (await http.get(f"http://{host.address(name)}:{PORT}/readyz")).is_success:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)


def test_the_image_has_no_servers_of_its_own_and_asks_for_some(host: Host) -> None:
    env = {name: host.image.inside(value) for name, value in host.image.environment.items()}
    up = host.image.entrypoint(["up"])
    done = subprocess.run(up, env=env, cwd=host.image.root / "tmp", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "set SHANGLIANG_KAFKA" in done.stderr
    assert "Traceback" not in done.stderr


async def test_containers_start_together_and_are_well(host: Host) -> None:
    services = compose(SETTINGS)["services"]
    image = set(host.image.root.rglob("*"))
    for name in SERVICES:
        host.start(name, services[name])
    await ready(host)
    for name in SERVICES:
        assert host.is_well(name, services[name])
    made = set(host.image.root.rglob("*")) - image  # it could be read-only but for that
    assert made == {host.image.root / "keys" / name for name in ("signing.jwk", "keks.jwks")}
    assert {stat.S_IMODE(key.stat().st_mode) for key in made} == {0o600}


@pytest.mark.parametrize("name", ["corridor-lights", "micro-wishes"])
async def test_a_story_goes_through_all_of_them(stage: Stage, name: str) -> None:
    scenario = read()
    story = scenario.stories[name]
    await prepare(stage, scenario)
    telling = Telling(scenario, story, stage)
    for step in story.steps:
        await VERBS[step.does](telling, step)
    account = await account_of(telling)
    assert not account.broken, account.expected
    assert {"intake", "notify"} <= set(account.knows)


async def test_one_that_is_stopped_is_not_well_and_the_others_go_on(host: Host, stage: Stage) -> None:
    services = compose(SETTINGS)["services"]
    host.processes["deliberation"].kill()
    host.processes["deliberation"].wait()
    assert not host.is_well("deliberation", services["deliberation"])
    body = {"community": "yaopo", "channel": "web", "text": "楼道灯不亮"}
    resident = await stage.person("yaopo", "resident~1")
    made = await stage.post(resident.token, "/api/intake/v1/issues", body, key="while-one-is-away")
    secretary = await stage.person("yaopo", "secretary")

    async def told() -> bool:
        page = await stage.get(secretary.token, "/api/portal/v1/stories", community="yaopo", limit="200")
        return made["id"] in {row["id"] for row in page["items"]}

    await stage.until(told, "the issue to show in portal")
    host.start("deliberation", services["deliberation"])
    await ready(host)


def test_they_stop_when_asked_and_their_figures_have_reached_the_collector(host: Host) -> None:
    for process in host.processes.values():
        process.terminate()
    for name, process in host.processes.items():
        assert process.wait(20) == 0, host.written(name)
        assert "Traceback" not in host.written(name), host.written(name)
    assert Collector.services == set(SERVICES)
