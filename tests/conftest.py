"""The real servers, started once for all tests, and fresh databases on them."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from shangliang.embedded import Servers
from shangliang.embedded import servers as embedded_servers
from shared.audit import install_audit
from shared.eventlog.connections import Pool
from shared.eventlog.database import install_log, open_pool, open_readers, prepare
from shared.eventlog.log import Log
from shared.messaging import install_inbox
from shared.privacy.keyring import install_privacy
from shared.projecting import install_views
from tests.town import Town, town

_uris: dict[Log, str] = {}
NewLog = Callable[[str], Awaitable[Log]]
Again = Callable[[Log], Awaitable[Log]]


def uri_of(log: Log) -> str:
    """The database that a test's log is in."""
    return _uris[log]


async def readers_of(log: Log) -> Pool:
    """A new pool of the reader's role on that database."""
    return await open_readers(uri_of(log), database_of(log))


def database_of(log: Log) -> str:
    """Its name, as a service's."""
    return uri_of(log).partition("?")[0].rpartition("/shangliang_")[2]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A real PostgreSQL and a real Kafka, empty."""
    data: Path = tmp_path_factory.mktemp("shangliang")
    with embedded_servers(data) as running:
        yield running


@pytest.fixture
async def new_log(servers: Servers) -> AsyncIterator[NewLog]:
    """Makes a log for a service of the given name, in a database of its own."""
    made: list[Log] = []

    async def make(own: str) -> Log:
        database = f"{own}_{uuid.uuid4().hex[:12]}"
        installs = (install_log, install_inbox, install_views, install_audit, install_privacy)
        uri = await prepare(servers.postgres, database, installs)
        log = Log(own, await open_pool(uri, database))
        _uris[log] = uri
        log.writer.start()
        made.append(log)
        return log

    yield make
    for log in made:
        await log.writer.stop()
        log.pool.terminate()


@pytest.fixture
async def as_another_process() -> AsyncIterator[Again]:
    """Opens the database of `log` once more, as a second process of the same service would."""
    made: list[Log] = []

    async def open_again(log: Log) -> Log:
        uri = uri_of(log)
        again = Log(log.own, await open_pool(uri, database_of(log)))
        again.writer.start()
        made.append(again)
        return again

    yield open_again
    for log in made:
        await log.writer.stop()
        log.pool.terminate()


@pytest.fixture
async def log(new_log: NewLog) -> Log:
    """A log of the service `garden`."""
    return await new_log("garden")


@pytest.fixture(scope="session")
async def here(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The whole system, running: one town for all tests that ask for one."""
    async with town(servers, tmp_path_factory.mktemp("town")) as made:
        yield made
