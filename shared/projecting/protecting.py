"""Row-level security of a build's tables: the service's role folds into them, the reader's sees what its scope does."""

from collections.abc import Sequence
from typing import Any

from shared.eventlog.database import reader_of
from shared.projecting.view import Foldable


def protection(kinds: Sequence[type[Foldable]]) -> str:
    """What the policies of a view and its figures say: once it changes, builds get it anew."""
    return "\n".join(f"{kind.table()}: {kind.scope.policy()}" for kind in kinds)


async def protect(connection: Any, kinds: Sequence[type[Foldable]], build: int) -> None:
    """Gives the tables of a build their policies, in the caller's transaction; again, too."""
    role = await connection.fetchval("select current_user")
    for kind in kinds:
        await connection.execute(_table_sql(kind, f"{kind.table()}_{build}", role))


async def show(connection: Any, kind: type[Foldable], build: int) -> None:
    """Makes the build the one that is read under the view's name, in the caller's transaction."""
    role = await connection.fetchval("select current_user")
    name = kind.table()
    await connection.execute(f"""
        drop view if exists views.{name};
        create view views.{name} with (security_invoker = true) as select * from views.{name}_{build};
        grant select on views.{name} to "{reader_of(role)}"
    """)


def _table_sql(kind: type[Foldable], name: str, role: str) -> str:
    return f"""
        alter table views.{name} enable row level security;
        alter table views.{name} force row level security;
        drop policy if exists folding on views.{name};
        drop policy if exists reading on views.{name};
        create policy folding on views.{name} to "{role}" using (true) with check (true);
        create policy reading on views.{name} for select to "{reader_of(role)}" using ({kind.scope.policy()});
        grant select on views.{name} to "{reader_of(role)}"
    """
