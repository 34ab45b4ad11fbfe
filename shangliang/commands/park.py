"""`park`: events that a service could not take in."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.markup import escape

from shangliang.commands.connect import database
from shangliang.commands.errors import plain_errors
from shangliang.commands.output import AsJson, console, fail, run, show_json, show_rows
from shared.messaging.parking import NotNext, NotParked, list_parked, replay_parked, show_parked, skip_parked

app = typer.Typer(no_args_is_help=True, add_completion=False)
Service = Annotated[str, typer.Argument(help="The service whose inbox it is.")]
Id = Annotated[int, typer.Argument(help="As `park list` shows it.")]


@app.callback()
def park() -> None:
    """Events that a service could not take in: see them, try again, give one up."""


@app.command("list")
def list_(service: Service, as_json: AsJson = False) -> None:
    """What is parked, oldest first, and why."""

    async def ask() -> list[dict[str, object]]:
        async with database(service) as pool:
            return await list_parked(pool)

    with plain_errors():
        rows = run(ask())
        if not as_json:  # all else `show` tells
            rows = [{name: row[name] for name in ("id", "source", "stream", "version", "reason")} for row in rows]
        show_rows(f"parked in {service}", rows, as_json=as_json)


@app.command()
def show(service: Service, id: Id, as_json: AsJson = False) -> None:
    """One parked event with its headers and body."""

    async def ask() -> dict[str, object]:
        async with database(service) as pool:
            return await show_parked(pool, id)

    with plain_errors(), _known(service):
        said = run(ask())
        if as_json:
            show_json(said)
        else:
            for name, value in said.items():
                console.print(f"[bold]{name}[/] {escape(str(value))}", soft_wrap=True)


@app.command()
def replay(service: Service, id: Id, as_json: AsJson = False) -> None:
    """Tries again to take in what its stream has parked, in order."""

    async def go() -> int:
        async with database(service) as pool:
            one = await show_parked(pool, id)
            return await replay_parked(pool, str(one["source"]), str(one["stream"]))

    with plain_errors(), _known(service):
        _say(run(go()), "Taken in", "Nothing could be taken in: `park list` says why.", as_json=as_json)


@app.command()
def skip(
    service: Service, id: Id, reason: Annotated[str, typer.Option(help="Kept in the log.")], as_json: AsJson = False
) -> None:
    """Gives one event up for good; its stream goes on without it."""

    async def go() -> int:
        async with database(service) as pool:
            return await skip_parked(pool, id, reason)

    with plain_errors(), _known(service):
        _say(run(go()), "Given up: its stream goes on", "Given up: no stream waited for it.", as_json=as_json)


def _say(position: int, done: str, nothing: str, *, as_json: bool) -> None:
    if as_json:
        show_json({"position": position})
    else:
        console.print(f"[green]✓[/] {done}, up to position {position}." if position else nothing)


@contextmanager
def _known(service: str) -> Generator[None]:
    try:
        yield
    except NotParked as error:
        fail(f"{service} has parked no event {error}: `shangliang park list {service}` shows what there is.")
    except NotNext as error:
        fail(f"Too early, {error}: skip that first, `shangliang park list {service}` shows it.")
