"""How routes read views: as a role that owns nothing, each time in a transaction whose scope says what it may see. Of a
past time, the same scope is asked row by row."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

import asyncpg

from shared.deciding.scope import Scope
from shared.eventlog.connections import Pool
from shared.projecting.past import Past
from shared.projecting.reading import cursor_values, one_sql, page_of, page_sql, tally_sql
from shared.projecting.scoped import SETTING
from shared.projecting.view import Foldable
from shared.projecting.views import ViewBehind, Views

NOT_THERE_YET = (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError)
"""A view that has never been built, or whose build of before is yet to get its policies."""


class Reader:
    """The documents of one service's views, over a pool of the reader's role. `kinds`: the kinds of streams in its
    log. Asked for as they stood `at` a past time, they are told from the log."""

    def __init__(self, views: Views, pool: Pool, kinds: Sequence[str]):
        self.views, self.pool, self.past = views, pool, Past(views.log, kinds)

    async def get(
        self,
        scope: Scope,
        view: type[Foldable],
        key: str,
        *,
        read_after: int | None = None,
        at: datetime | None = None,
    ) -> bytes | None:
        """A document as it is stored, JSON; None where there is none that the scope sees. Raises ViewBehind,
        NotWritten; of a past time NotPast, TooMuchBehind."""
        if at is not None:
            return await self.past.get(view, key, at, partial(view.scope.permits, scope))
        rows = await self.query(scope, (view,), one_sql(view), [key], read_after=read_after)
        return rows[0]["document"].encode() if rows else None

    async def list(
        self,
        scope: Scope,
        view: type[Foldable],
        where: Mapping[str, Any],
        *,
        after: str | None = None,
        limit: int = 50,
        read_after: int | None = None,
        at: datetime | None = None,
    ) -> bytes:
        """A page of what the scope sees, JSON: `{"items": […], "next": cursor or null}`. Raises BadCursor and what
        `get` raises."""
        if at is not None:
            sees = partial(view.scope.permits, scope)
            return await self.past.list(view, where, at, sees, after=after, limit=limit)
        sql, values = page_sql(view, where, cursor_values(view, after), limit + 1)
        return page_of(await self.query(scope, (view,), sql, values, read_after=read_after), limit)

    async def tally(
        self,
        scope: Scope,
        view: type[Foldable],
        where: Mapping[str, Any],
        counted: Mapping[str, tuple[str, Sequence[str]]],
        *,
        read_after: int | None = None,
        at: datetime | None = None,
    ) -> dict[str, int]:
        """How many of the rows that the scope sees have one of some values in a column: for each name in `counted`.
        Raises what `get` raises."""
        if at is not None:
            return await self.past.tally(view, where, counted, at, partial(view.scope.permits, scope))
        sql, values = tally_sql(view, where, counted)
        [row] = await self.query(scope, (view,), sql, values, read_after=read_after)
        return dict(row)

    async def query(
        self,
        scope: Scope,
        views: Sequence[type[Foldable]],
        sql: str,
        values: Sequence[Any],
        *,
        read_after: int | None = None,
    ) -> Sequence[Any]:
        """What a query of some views tells the scope. Raises ViewBehind, NotWritten."""
        for view in views:
            await self.views.wait(view, read_after)
        try:
            async with scoped(self.pool, scope) as connection:
                return await connection.fetch(sql, *values)
        except NOT_THERE_YET:
            raise ViewBehind(views[0].table()) from None


@asynccontextmanager
async def scoped(pool: Pool, scope: Scope) -> AsyncGenerator[Any]:
    """A connection in a transaction that reads within the scope. It ends with the transaction; where nobody knows how
    that ended, the connection ends, too, and so is nobody's afterwards."""
    async with pool.acquire() as connection:
        try:
            await connection.execute(f"begin read only; set local {SETTING} = {_literal(scope)}")
            yield connection
            await connection.execute("commit")
        except asyncpg.PostgresError:
            await connection.execute("rollback")
            raise
        except BaseException:
            connection.terminate()
            raise


def _literal(scope: Scope) -> str:
    """The scope's marks, a text[] literal within an SQL one: `set` takes no parameters, and in this form it comes with
    the same round trip as `begin`."""
    marks = (mark.replace("\\", "\\\\").replace('"', '\\"') for mark in scope.marks)
    array = ",".join(f'"{mark}"' for mark in marks)
    return "'{" + array.replace("'", "''") + "}'"
