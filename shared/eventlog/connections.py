"""asyncpg's types, which only a type checker can subscribe."""

from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    Pool = asyncpg.Pool[Any]
    Connection = asyncpg.Connection[Any]
else:
    Pool, Connection = asyncpg.Pool, asyncpg.Connection
