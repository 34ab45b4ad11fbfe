"""`rebuild` and `lag`: read models, and how far everything is behind."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.progress import Progress

from shangliang.commands.connect import database, known
from shangliang.commands.errors import plain_errors
from shangliang.commands.output import AsJson, aside, console, fail, run, show_json, show_rows
from shangliang.services import SERVICES
from shared.projecting import request_rebuild

BUILD = "select position, state from views.view_build where build = $1"
VIEWS = "select view, number, position, state from views.view_build where state <> 'retired' order by view, build"
CHECKPOINTS = "select follower, position from checkpoint order by follower"
HEAD = "select coalesce(max(position), 0) from log"
PARKED = "select count(*) from parked"


def rebuild(
    view: Annotated[str, typer.Argument(help="As `shangliang lag` names it, `ledger` or `intake.ledger`.")],
    as_json: AsJson = False,
) -> None:
    """Builds a view anew beside the one in use, and switches when it has caught up."""
    service, _, name = view.rpartition(".")
    found = [
        (one, kind)
        for one in SERVICES.values()
        for kind in one.views
        if kind.table() == name and service in ("", one.name)
    ]
    if len(found) != 1:
        known = ", ".join(f"{one.name}.{kind.table()}" for one in SERVICES.values() for kind in one.views)
        fail(f"{len(found)} views are called {view}: there are {known}.")
    [(one, kind)] = found
    with plain_errors():
        said = run(_rebuild(one.name, kind, as_json=as_json))
    if as_json:
        show_json(said)
    else:
        console.print(f"[green]✓[/] {one.name}.{name} is rebuilt, up to position {said['position']}.")


async def _rebuild(service: str, kind: Any, *, as_json: bool) -> dict[str, Any]:
    async with database(service) as pool:
        build = await request_rebuild(pool, kind)
        head: int = await pool.fetchval(HEAD)
        with Progress(console=aside, disable=as_json) as progress:
            task = progress.add_task(kind.table(), total=head or 1)
            while True:
                row = await pool.fetchrow(BUILD, build)
                if row is None or row["state"] == "active":
                    return {"view": kind.table(), "build": build, "position": row["position"] if row else head}
                progress.update(task, completed=row["position"])
                await asyncio.sleep(0.2)


def lag(
    services: Annotated[list[str] | None, typer.Argument(help="Of which services; of all if none is named.")] = None,
    as_json: AsJson = False,
) -> None:
    """How far relay, reactions and views are behind their log, and what is parked."""
    names = [known(name) for name in services or SERVICES]
    with plain_errors():
        show_rows("lag, in positions", run(_lag(names)), as_json=as_json)


async def _lag(services: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for service in services:
        async with database(service) as pool:
            head: int = await pool.fetchval(HEAD)
            followers = await pool.fetch(CHECKPOINTS)
            rows += [_row(service, row["follower"], head, row["position"]) for row in followers]
            for row in await pool.fetch(VIEWS):
                name = f"view {row['view']} v{row['number']}" + (" (building)" if row["state"] == "building" else "")
                rows.append(_row(service, name, head, row["position"]))
            rows.append({"service": service, "follower": "parked", "behind": await pool.fetchval(PARKED), "head": head})
    return rows


def _row(service: str, follower: str, head: int, position: int) -> dict[str, Any]:
    return {"service": service, "follower": follower, "behind": max(0, head - position), "head": head}
