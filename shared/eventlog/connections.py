"""asyncpg's types, which only a type checker can subscribe: those from a pool are Borrowed. And what it looks like when
the database is away."""

from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    Pool = asyncpg.Pool[Any]
    Connection = asyncpg.Connection[Any]
    Borrowed = asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]
else:
    Pool, Connection = asyncpg.Pool, asyncpg.Connection
    Borrowed = asyncpg.Connection

AWAY = (
    OSError,  # a time that is up is one, too
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that broke, and whose end has not been noticed yet, is used again
)
"""A database that can't be reached, is going, or is just coming back."""
