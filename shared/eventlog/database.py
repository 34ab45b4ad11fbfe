"""A service's own database: created where it is missing, its tables the owner's, its data the service role's."""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from shared.eventlog.connections import Connection, Pool

Install = Callable[[Connection, str], Awaitable[None]]
"""Creates one part's tables, given the owner's connection and the role that will use them."""

IDLE = "5s"
GRANTS = """
grant usage on schema public to "{role}";
grant select, insert on log, answered to "{role}";
grant select, insert, update, delete on checkpoint, timer, inbox_offset, parked to "{role}";
"""


async def install_log(connection: Connection, role: str) -> None:
    """The log's own tables and functions."""
    here = files("shared.eventlog")
    for name in ("schema.sql", "append.sql"):
        await connection.execute(here.joinpath(name).read_text())
    await connection.execute(GRANTS.format(role=role))


def database_uri(server: str, database: str) -> str:
    """The URI of one database of the server that `server` (a URI, its path unimportant) points at."""
    parts = urlsplit(server)
    uri = urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))
    # urlunsplit leaves out the slashes of an empty host, as a URI of a Unix socket has it
    return uri if "://" in uri else uri.replace(":/", ":///", 1)


async def prepare(server: str, service: str, installs: tuple[Install, ...]) -> str:
    """Creates database and role `shangliang_<service>`, a role `…_reader` beside it, and what `installs` asks for; safe
    to run again, and by several processes at once. Returns the database's URI."""
    name = f"shangliang_{service}"
    admin = await asyncpg.connect(database_uri(server, "postgres"))
    try:
        await admin.execute("select pg_advisory_lock(7220)")  # `create database` has no `if not exists`
        for role in (name, reader_of(name)):
            if not await admin.fetchval("select 1 from pg_roles where rolname = $1", role):
                await admin.execute(f'create role "{role}"')
        if not await admin.fetchval("select 1 from pg_database where datname = $1", name):
            await admin.execute(f'create database "{name}"')
    finally:
        await admin.close()
    uri = database_uri(server, name)
    owner = await asyncpg.connect(uri)
    try:
        await owner.execute("select pg_advisory_lock(7220)")
        for install in installs:
            await install(owner, name)
    finally:
        await owner.close()
    return uri


def reader_of(role: str) -> str:
    """The role that reads views for a service's role: it owns nothing and may do nothing else."""
    return f"{role}_reader"


async def _as_it_is(_: Connection) -> None:
    """No session of ours is left other than it was found; asking PostgreSQL to reset it doubles the round trips."""


async def open_pool(uri: str, service: str, size: int = 20) -> Pool:
    """A pool whose connections act as the service's role: they may add to the log but never change it. A process that
    stands still in the middle of a transaction loses it, and what it holds, after IDLE."""
    return await _open(uri, size, {"role": f"shangliang_{service}"})


async def open_readers(uri: str, service: str, size: int = 10) -> Pool:
    """A pool whose connections act as the reader's role: they may read views, as far as a transaction's scope goes."""
    read_only = {"default_transaction_read_only": "on"}
    return await _open(uri, size, {"role": reader_of(f"shangliang_{service}"), **read_only})


async def _open(uri: str, size: int, settings: dict[str, str]) -> Pool:
    settings = {**settings, "idle_in_transaction_session_timeout": IDLE}
    return await asyncpg.create_pool(
        uri, min_size=1, max_size=size, command_timeout=30, server_settings=settings, reset=_as_it_is
    )
