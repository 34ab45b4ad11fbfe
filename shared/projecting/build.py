"""One build of a view: its tables, and how a batch of events gets into them with the checkpoint, in one statement."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from shared.eventlog.checkpoints import LAZILY, Overtaken
from shared.eventlog.connections import Pool
from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded
from shared.projecting.folding import plain
from shared.projecting.protecting import protect, protection, show
from shared.projecting.view import Change, Figure, Foldable, Row, View
from shared.telemetry import span_within

REMEMBERED = 10_000
BUILDS = (
    "select build, number, position, state, protection from views.view_build where view = $1 and state <> 'retired'"
)
BEGIN = "insert into views.view_build (view, number, protection) values ($1, $2, $3) returning build"
PROTECTED = "update views.view_build set protection = $2 where build = $1"
MOVE = "update views.view_build set position = $3 from lazily where build = $1 and position = $2 returning 1"
MOVE_ALONE = f"with {LAZILY} {MOVE}"
NOTHING = b"null"
PENDING = "gin_pending_list_limit = 256"
"""KiB of new words that wait to be sorted into an index of them: every search reads these one by one."""
UNTRACED = nullcontext()


def table_ddl(kind: type[Foldable], build: int) -> str:
    """Creates the table of one build."""
    name = f"{kind.table()}_{build}"
    columns = "".join(f', "{column}" {sql}' for column, sql in kind.columns.items())
    ddl = [f"create table views.{name} (key text primary key, document json not null{columns})"]
    for number, filters in enumerate(kind.lists):
        by = ", ".join(f'"{column}"' for column in (*filters, kind.order))
        ddl.append(f"create index {name}_{number} on views.{name} ({by}, key)")
    ddl.extend(
        f'create index {name}_{column} on views.{name} using gin ("{column}") with ({PENDING})'
        for column, sql in kind.columns.items()
        if sql == "tsvector"
    )
    return ";\n".join(ddl)


def write_sql(kinds: Sequence[type[Foldable]], build: int) -> str:
    """Moves the checkpoint from $2 to $3 and, if it stood there, writes and deletes documents of each table; says
    whether it did. Each table takes arrays of keys, documents, each of its columns, and keys to delete."""
    parts = [LAZILY, f"moved as ({MOVE.replace('$1', '$1::bigint')})"]
    at = 4
    for number, kind in enumerate(kinds):
        name = f"views.{kind.table()}_{build}"
        arrays = ", ".join(f"${at + i}::text[]" for i in range(2 + len(kind.columns)))
        names = "".join(f', "{column}"' for column in kind.columns)
        values = "".join(f', w."{column}"::{sql}' for column, sql in kind.columns.items())
        sets = "".join(f', "{column}" = excluded."{column}"' for column in kind.columns)
        parts.append(
            f"written{number} as (insert into {name} (key, document{names})"
            f" select w.key, w.document::json{values} from unnest({arrays}) as w(key, document{names})"
            f" where exists (select from moved)"
            f" on conflict (key) do update set document = excluded.document{sets})"
        )
        at += 2 + len(kind.columns)
        parts.append(
            f"deleted{number} as (delete from {name} where key = any(${at}::text[]) and exists (select from moved))"
        )
        at += 1
    return f"with {', '.join(parts)} select count(*) from moved"


def column_text(value: Any) -> str | None:
    """A value as SQL casts it from text."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


@dataclass
class Documents:
    """The documents of one table: those that are remembered as they are stored, and those that a batch touches."""

    kind: type[Foldable]
    build: int
    known: OrderedDict[str, bytes] = field(default_factory=OrderedDict[str, bytes])
    rows: dict[str, Row | None] = field(default_factory=dict[str, Row | None])
    changed: dict[str, None] = field(default_factory=dict[str, None])

    async def load(self, connection: Any, keys: set[str]) -> None:
        """Has the documents of the keys at hand, also where there is none."""
        missing = [key for key in keys if key not in self.known]
        if missing:
            sql = f"select key, document from views.{self.kind.table()}_{self.build} where key = any($1::text[])"
            self.known.update(dict.fromkeys(missing, NOTHING))
            self.known.update((key, document.encode()) for key, document in await connection.fetch(sql, missing))
        for key in keys:
            self.rows[key] = orjson.loads(self.known[key])

    def put(self, key: str, row: Row | None) -> Row | None:
        """Takes the document as fold left it; as it is from now on."""
        before = self.rows[key]
        after = plain(row, before)
        if after is not before:
            self.rows[key] = after
            self.changed[key] = None
        return after

    def parameters(self) -> list[list[Any]]:
        """What write_sql takes for this table."""
        kept: list[tuple[str, Row]] = []
        gone: list[str] = []
        for key in self.changed:
            row = self.rows[key]
            self.known[key] = orjson.dumps(row)
            if row is None:
                gone.append(key)
            else:
                kept.append((key, row))
        columns = [[column_text(row[name]) for _, row in kept] for name in self.kind.columns]
        return [[key for key, _ in kept], [self.known[key].decode() for key, _ in kept], *columns, gone]

    def settle(self) -> None:
        """The batch is on its way: its documents are remembered at least until the next one has been folded."""
        for key in self.changed:
            self.known.move_to_end(key)
        kept = max(REMEMBERED, len(self.changed))
        self.changed.clear()
        self.rows.clear()
        while len(self.known) > kept:
            self.known.popitem(last=False)

    def drop(self) -> None:
        """Forgets everything."""
        self.known.clear()
        self.changed.clear()
        self.rows.clear()


class Build:
    """A build that this process folds events into, from `position` on."""

    def __init__(self, view: View, build: int, position: int, state: str):
        self.view, self.build, self.position, self.state = view, build, position, state
        self.stored = position
        self._writing: asyncio.Task[None] | None = None
        self._figures: list[Figure] = [figure() for figure in view.figures]
        self._tables = view.tables()
        self._documents = [Documents(kind, build) for kind in self._tables]
        self._write = write_sql(self._tables, build)

    @classmethod
    async def begin(cls, connection: Any, view: View) -> "Build":
        """A new build of the view, with its tables, in the caller's transaction."""
        kinds = view.tables()
        build: int = await connection.fetchval(BEGIN, view.table(), view.number, protection(kinds))
        for kind in kinds:
            await connection.execute(table_ddl(kind, build))
        await protect(connection, kinds, build)
        return cls(view, build, 0, "building")

    async def protect(self, pool: Pool) -> None:
        """Gives a build of before the policies that the view declares now."""
        async with pool.acquire() as connection, connection.transaction():
            if self.state == "active":
                for kind in self._tables:  # the view before its table, in the order that readers lock them
                    await show(connection, kind, self.build)
            await protect(connection, self._tables, self.build)
            await connection.execute(PROTECTED, self.build, protection(self._tables))

    async def fold(self, log: Log, events: Sequence[Recorded], until: int) -> None:
        """Folds events into the documents and moves to `until`. Raises Overtaken, Unreadable and what a fold raises;
        then nothing has changed."""
        await self.fold_on(log, events, until)
        await self.written()

    async def fold_on(self, log: Log, events: Sequence[Recorded], until: int) -> None:
        """The same, but that the batch is still being written when this returns: the next one is folded meanwhile.
        What a write raises, the next call raises, or `written`."""
        wanted = [event for event in events if (event.source, event.type) in self.view.wanted]
        try:
            async with log.pool.acquire() as connection:
                await self._fold_all(log.own, connection, wanted)
            await self.written()
        except BaseException:
            await self._drop()
            raise
        changes = [parameter for one in self._documents for parameter in one.parameters()]
        self._writing = asyncio.create_task(self._store(log.pool, until, changes))
        for one in self._documents:
            one.settle()
        self.position = until

    async def written(self) -> None:
        """Returns when all that was folded is stored. Raises Overtaken, or the connection's error."""
        writing, self._writing = self._writing, None
        if writing is not None:
            try:
                await writing
            except BaseException:
                await self._drop()
                raise

    async def _store(self, pool: Pool, until: int, changes: list[Any]) -> None:
        if not await pool.fetchval(self._write, self.build, self.stored, until, *changes):
            raise Overtaken(self.view.table())
        self.stored = until

    async def _drop(self) -> None:
        """Back to what is stored: what is remembered may be wrong."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        for one in self._documents:
            one.drop()
        self.position = self.stored

    async def store_position(self, pool: Pool) -> None:
        """Moves the stored checkpoint to where nothing was to be folded. Raises Overtaken."""
        if self.position > self.stored:
            if not await pool.fetchval(MOVE_ALONE, self.build, self.stored, self.position):
                raise Overtaken(self.view.table())
            self.stored = self.position

    async def activate(self, pool: Pool) -> None:
        """Readers see this build from now on, and the one before is gone."""
        async with pool.acquire() as connection, connection.transaction():
            name = self.view.table()
            old = await connection.fetch(
                "select build from views.view_build where view = $1 and state = 'active'", name
            )
            await connection.execute(
                "update views.view_build set state = 'retired' where view = $1 and state = 'active'", name
            )
            await connection.execute("update views.view_build set state = 'active' where build = $1", self.build)
            for kind in self._tables:
                await show(connection, kind, self.build)
                for row in old:
                    await connection.execute(f"drop table if exists views.{kind.table()}_{row['build']}")
        self.state = "active"

    async def _fold_all(self, service: str, connection: Any, events: Sequence[Recorded]) -> None:
        view, (own, *figures) = self.view, self._documents
        name = f"fold {view.table()}"
        touched = [(event, view.keys(event)) for event in events]
        await own.load(connection, {key for _, keys in touched for key in keys})
        changes: list[Change] = []
        for event, keys in touched:
            traceparent = event.traceparent
            with span_within(service, traceparent, name) if traceparent else UNTRACED:
                for key in keys:
                    before = own.rows[key]
                    after = own.put(key, view.fold(before, event))
                    if after is not before:
                        changes.append(Change(before, after, event))
        for figure, documents in zip(self._figures, figures, strict=True):
            counted = [(change, figure.keys(change)) for change in changes]
            await documents.load(connection, {key for _, keys in counted for key in keys})
            for change, keys in counted:
                for key in keys:
                    documents.put(key, figure.fold(documents.rows[key], change))
