"""Each kind of trouble with PostgreSQL is told with what to do about it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from typer.testing import CliRunner

from shangliang.commands import app
from shangliang.commands.errors import remedy
from shangliang.embedded.postgres import Postgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL's URI, on which no service has run."""
    own = Postgres(tmp_path_factory.mktemp("unused") / "postgres")
    own.start()
    yield own.uri
    own.stop()


@pytest.fixture(scope="module")
async def guest(server: str) -> str:
    """Its URI as a role that may log in and no more. Of one service there is the database, without tables."""
    owner = await asyncpg.connect(server)
    await owner.execute("create role guest login")
    await owner.execute("create role shangliang_portal")
    await owner.execute("create database shangliang_portal")
    await owner.close()
    host = parse_qs(urlsplit(server).query)["host"][0]
    return f"postgresql://guest@/postgres?host={host}"


async def lag(service: str, uri: str) -> str:
    """The sentence that `lag` ends with."""
    said = await asyncio.to_thread(CliRunner().invoke, app, ["lag", service], env={"SHANGLIANG_POSTGRES": uri})
    assert said.exit_code == 1
    return " ".join(said.stderr.split())


async def test_a_role_without_rights_is_told_which_to_give_it(guest: str) -> None:
    said = await lag("portal", guest)
    assert "permission denied to set role" in said
    assert "docs/how-to/operate.md lists under login role." in said


async def test_a_service_that_never_ran_here_is_to_be_started(guest: str) -> None:
    said = await lag("notify", guest)
    assert 'database "shangliang_notify" does not exist: no service of that name has run here yet' in said


async def test_a_role_that_is_not_let_in_is_to_be_another(server: str) -> None:
    said = await lag("notify", server.replace("postgres@", "nobody@"))
    assert "does not exist: set SHANGLIANG_POSTGRES to a role and a password" in said


async def test_a_database_without_the_tables_is_of_another_version(guest: str, server: str) -> None:
    assert "does not exist: this database is of another version" in await lag("portal", server)


async def test_what_is_no_uri_is_to_become_one() -> None:
    assert "set SHANGLIANG_POSTGRES to a URI" in await lag("portal", "[localhost]")


async def test_only_where_nobody_answers_it_is_asked_whether_it_runs() -> None:
    assert "is it running?" in await lag("portal", "postgresql://127.0.0.1:1/x")
    assert "a role and a password" in remedy(asyncpg.InvalidPasswordError("password authentication failed"))
    assert "in a moment" in remedy(asyncpg.CannotConnectNowError("the database system is starting up"))
    assert "max_connections" in remedy(asyncpg.TooManyConnectionsError("sorry, too many clients already"))
    assert "see the log" in remedy(asyncpg.DiskFullError("could not extend file"))


@pytest.mark.parametrize("one", ["SHANGLIANG_POSTGRES", "SHANGLIANG_KAFKA"])
def test_serve_brings_no_server_of_its_own(one: str, tmp_path: Path) -> None:
    other = {"SHANGLIANG_POSTGRES": "SHANGLIANG_KAFKA", "SHANGLIANG_KAFKA": "SHANGLIANG_POSTGRES"}[one]
    env = {"SHANGLIANG_DATA": str(tmp_path), one: "x", other: ""}
    said = CliRunner().invoke(app, ["serve", "intake"], env=env)
    assert said.exit_code == 1
    assert f"Set {other}, or run `shangliang up`" in " ".join(said.stderr.split())
    assert list(tmp_path.iterdir()) == []
