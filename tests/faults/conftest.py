"""Servers that tests may kill: each file its own, so that no other test loses them."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from shangliang.embedded import Servers
from shangliang.embedded import servers as embedded_servers
from tests.faults.processes import Process

NewProcess = Callable[..., Process]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the servers and the processes keep what they have; the signing key is there, too."""
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def servers(data: Path) -> Iterator[Servers]:
    """A real PostgreSQL and a real Kafka, in place of those that the other tests share."""
    with embedded_servers(data) as running:
        yield running


@pytest.fixture
async def new_process(servers: Servers, data: Path) -> AsyncIterator[NewProcess]:
    """Makes a process of the services that are named, not yet started."""
    made: list[Process] = []

    def make(*services: str) -> Process:
        made.append(Process(servers, data, *services))
        return made[-1]

    yield make
    for process in made:
        process.end()
