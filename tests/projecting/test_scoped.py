"""Who sees which rows: said once, and the same in Python and in PostgreSQL."""

import types
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.deciding.act import EVERYTHING
from shared.deciding.scope import Scope
from shared.eventlog.log import Log
from shared.projecting import PUBLIC, Figure, Reader, Row, Scoped, View, ViewBehind, Views
from shared.projecting.build import Build
from shared.projecting.reader import scoped
from shared.projecting.reading import page_sql
from shared.projecting.view import Foldable
from tests.conftest import NewLog, readers_of
from tests.garden import AT, Planted, Plants
from tests.projecting.test_views import following, plant

NOBODY = Scope()
COLUMNS = {
    "community": "text",
    "place": "text",
    "unit": "text",
    "person": "text",
    "published": "bool",
    "at": "timestamptz",
}
DECLARED = (
    PUBLIC,
    Scoped(),
    Scoped(community="community"),
    Scoped(community="community", place="place", person="person"),
    Scoped(community="community", unit="unit", public="published"),
    Scoped(member_of="community", unit="unit"),
    Scoped(person="person", unit="person"),
)


def declared(number: int) -> type[View]:
    """A view for each way to declare."""

    class Some(View, number=1, scope=DECLARED[number], events=(Planted,), columns=COLUMNS, order="at", lists=()):
        @classmethod
        def table(cls) -> str:
            return f"some_{number}"

    return Some


VIEWS = [declared(number) for number in range(len(DECLARED))]

names = st.sampled_from(["north", "south"]) | st.text(
    st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=4
)
some = st.frozensets(names, max_size=3)
scopes = st.just(EVERYTHING) | st.builds(
    Scope,
    communities=some,
    parts=st.dictionaries(names, some, max_size=2),
    member_of=some,
    units=some,
    person=st.none() | names,
)
rows = st.fixed_dictionaries(
    {name: st.none() | names for name in ("community", "place", "unit", "person")}
    | {"published": st.none() | st.booleans(), "at": st.just(AT.isoformat())}
)


Built = tuple[Log, asyncpg.Pool]


@pytest.fixture
async def built(new_log: NewLog) -> AsyncGenerator[Built]:
    """A log with the views above in use, and empty; and a pool of the reader's."""
    log = await new_log("garden")
    for view in VIEWS:
        async with log.pool.acquire() as connection, connection.transaction():
            build = await Build.begin(connection, view())
        await build.activate(log.pool)
    pool = await readers_of(log)
    yield log, pool
    pool.terminate()


async def put(log: Log, view: type[View], row: Mapping[str, Any]) -> None:
    """The only row of a view."""
    values = [row[name] if name != "at" else AT for name in COLUMNS]
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    async with log.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"delete from views.{view.table()}")
        await connection.execute(
            f"insert into views.{view.table()} (key, document, {', '.join(COLUMNS)}) values ('one', '{{}}', {places})",
            *values,
        )


async def seen(pool: asyncpg.Pool, scope: Scope, view: type[Foldable]) -> int:
    async with scoped(pool, scope) as connection:
        return await connection.fetchval(f"select count(*) from views.{view.table()}")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@for_all(st.sampled_from(VIEWS), scopes, rows)
async def test_the_database_shows_just_the_rows_that_the_rule_permits(
    built: Built, view: type[View], scope: Scope, row: Row
) -> None:
    log, pool = built
    await put(log, view, row)
    assert await seen(pool, scope, view) == view.scope.permits(scope, row)


async def test_without_a_scope_nothing_is_seen_not_even_what_is_public(built: Built) -> None:
    log, pool = built
    row = {**dict.fromkeys(COLUMNS), "community": "", "person": "", "published": True}
    for view in VIEWS:
        await put(log, view, row)
        assert await seen(pool, EVERYTHING, view) == 1
        for _ in range(pool.get_max_size() * 2):  # connections that have had a scope, and that have not
            assert await pool.fetchval(f"select count(*) from views.{view.table()}") == 0


async def test_the_reader_has_views_and_no_more(built: Built) -> None:
    log, pool = built
    found = await log.pool.fetch(
        "select schemaname || '.' || tablename from pg_tables where schemaname in ('public', 'audit')"
    )
    tables = [row[0] for row in found]
    assert {"public.log", "public.answered", "public.person_key", "public.read_trace", "audit.head"} <= set(tables)
    for table in [*tables, "views.view_build"]:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.fetchval(f"select count(*) from {table}")
    for sql in ("delete from views.some_0", "insert into views.some_0 (key, document) values ('x', '{}')"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with pool.acquire() as connection:
                await connection.execute(f"begin read write; {sql}")


async def test_every_table_of_a_build_is_protected_even_from_its_owner(built: Built) -> None:
    log, _ = built
    unprotected = await log.pool.fetch("""
        select relname from pg_class c join pg_namespace n on n.oid = relnamespace
        where nspname = 'views' and relkind = 'r' and relname <> 'view_build'
          and not (relrowsecurity and relforcerowsecurity)""")
    assert unprotected == []


async def test_a_scoped_list_is_still_read_by_its_index_and_the_scope_is_looked_at_once(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as views:
        for bed in ("north", "south", "east"):
            await plant(log, 60, bed)
        await views.get(Plants, "", read_after=await log.head())
        async with scoped(views.reader.pool, Scope(communities=frozenset({"south"}))) as connection:
            await connection.execute("set local enable_seqscan = off; set local enable_sort = off")
            sql, values = page_sql(Plants, {"bed": "south"}, (AT, "p1"), 20)
            plan = "\n".join(row[0] for row in await connection.fetch(f"explain (analyze) {sql}", *values))
    index = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "Sort" not in plan
    assert "bed = " in index
    assert "planted_at" in index
    assert "InitPlan" in plan
    assert "SubPlan" not in plan


async def test_a_list_of_what_is_not_yours_is_empty_and_a_document_is_not_there(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as views:
        [id, *_] = await plant(log, 3, "south")
        head = await log.head()
        reader = views.reader
        assert await reader.get(Scope(communities=frozenset({"south"})), Plants, id, read_after=head)
        for scope in (NOBODY, Scope(communities=frozenset({"north"})), Scope(member_of=frozenset({"south"}))):
            assert await reader.get(scope, Plants, id) is None
            assert orjson.loads(await reader.list(scope, Plants, {"bed": "south"})) == {"items": [], "next": None}


async def test_a_build_of_before_there_were_policies_gets_them_and_is_not_read_until_it_has(new_log: NewLog) -> None:
    log = await new_log("garden")
    async with following(log, Plants) as views:
        [id, *_] = await plant(log, 3)
        assert await views.get(Plants, id, read_after=await log.head())
    [row] = await log.pool.fetch("select build from views.view_build")
    for name in ("plants", "beds"):
        table = f"views.{name}_{row['build']}"
        await log.pool.execute(f"""
            drop policy folding on {table}; drop policy reading on {table};
            alter table {table} no force row level security; alter table {table} disable row level security;
            revoke all on {table} from public; revoke select on {table} from "{await reader_role(log)}";
            drop view views.{name}; create view views.{name} as select * from {table}""")
    await log.pool.execute("update views.view_build set protection = null")
    pool = await readers_of(log)
    before = Reader(Views(log, [Plants]), pool)
    with pytest.raises(ViewBehind):
        await before.get(EVERYTHING, Plants, id)
    pool.terminate()
    async with following(log, Plants) as views:
        await plant(log, 1)
        assert await views.get(Plants, id, read_after=await log.head())
        assert await views.reader.get(NOBODY, Plants, id) is None
        assert [one["build"] for one in await log.pool.fetch("select build from views.view_build")] == [row["build"]]


async def reader_role(log: Log) -> str:
    return f"{await log.pool.fetchval('select current_user')}_reader"


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"scope": Scoped(community="nowhere")},
        {"scope": Scoped(public="community")},
        {"scope": Scoped(place="community")},
    ],
)
def test_who_sees_its_rows_is_declared_of_every_view_by_columns_that_it_has(declared: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        types.new_class(
            "Some", (View,), {"number": 1, "events": (), "columns": {"community": "text"}, "order": "", **declared}
        )
    with pytest.raises(TypeError):
        types.new_class("Counted", (Figure,), {"number": 1, "of": VIEWS[0], **declared})
