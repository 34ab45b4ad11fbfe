"""Signing in: residents by phone and one-time code, staff by a password besides, anybody by an OpenID Connect issuer.

What is kept of it is in tables of directory's own and not in the log: it is no history, and only hashes of it are."""

from importlib.resources import files

from shared.eventlog.connections import Connection

TABLES = "session, one_time_code, password, invitation, outside_identity, attempt, wrong_try, outbox"


async def install_login(connection: Connection, role: str) -> None:
    """The tables."""
    await connection.execute(files("services.directory.login").joinpath("schema.sql").read_text())
    await connection.execute(f'grant select, insert, update, delete on {TABLES} to "{role}"')
