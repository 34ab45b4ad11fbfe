"""What can be expected to go wrong with servers, and what to do about it: one sentence each."""

import errno
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

from shangliang.commands.output import fail
from shangliang.embedded import EmbeddedError
from shangliang.embedded.children import FULL

NOBODY = "is it running? `shangliang up` starts it, or set SHANGLIANG_POSTGRES and SHANGLIANG_KAFKA."


@contextmanager
def plain_errors() -> Generator[None]:
    """What can be expected to go wrong becomes one sentence."""
    try:
        yield
    except EmbeddedError as error:
        fail(str(error))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            fail(FULL)
        fail(f"{error}: {remedy(error)}")


def remedy(error: Exception) -> str:
    """What to do about an error of PostgreSQL, of the way there, or of Kafka's."""
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():  # no such role, a wrong password, not from there
            return "set SHANGLIANG_POSTGRES to a role and a password that this server lets in."
        case asyncpg.InvalidCatalogNameError() | asyncpg.InvalidParameterValueError():  # no such database, no such role
            return "no service of that name has run here yet: start it, or set SHANGLIANG_POSTGRES to where it has run."
        case asyncpg.InsufficientPrivilegeError():
            return "give the role in SHANGLIANG_POSTGRES the rights that docs/how-to/operate.md lists under login role."
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError() | asyncpg.UndefinedFunctionError():
            return "this database is of another version: start its service once with this one."
        case asyncpg.CannotConnectNowError():
            return "try again in a moment."
        case asyncpg.TooManyConnectionsError():
            return "run fewer processes, or raise max_connections of this server."
        case asyncpg.PostgresError():
            return "see the log of this PostgreSQL."
        case asyncpg.ClientConfigurationError():
            return "set SHANGLIANG_POSTGRES to a URI, postgresql://user:password@host:5432/postgres."
        case _:
            return NOBODY
