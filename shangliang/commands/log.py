"""`log`: what stands in a service's log."""

import asyncio
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from shangliang.commands.connect import database
from shangliang.commands.errors import plain_errors
from shangliang.commands.output import AsJson, console, fail, run, show_json, show_line
from shared.eventlog.connections import Pool
from shared.eventlog.log import END, Log, NotPast
from shared.eventlog.recorded import Recorded
from shared.web.times import time_of

app = typer.Typer(no_args_is_help=True, add_completion=False)
Service = Annotated[str, typer.Argument(help="The service whose log it is.")]


@app.callback()
def log() -> None:
    """What stands in a service's log."""


@app.command()
def tail(
    service: Service,
    last: Annotated[int, typer.Option("--last", "-n", help="How many to begin with.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as events come, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """The newest events, a line each; with --json, JSON Lines."""
    with plain_errors():
        run(_tail(service, last, follow=follow, as_json=as_json))


@app.command()
def show(
    service: Service,
    stream: Annotated[str, typer.Argument(help="A stream's name, `issue-0192…`.")],
    source: Annotated[str | None, typer.Option(help="Of another service that this one follows.")] = None,
    at: Annotated[str | None, typer.Option(help="As recorded by then: an RFC 3339 time, with its offset.")] = None,
    as_json: AsJson = False,
) -> None:
    """One stream's events, first to last."""
    with plain_errors():
        try:
            events = run(_show(service, stream, source, at))
        except NotPast:
            fail(f"--at {at} is no past time: write one as 2024-02-29T08:30:00+08:00.")
    if not events:
        then = f" recorded by {at}" if at else ""
        fail(f"{service} has no stream {stream}{then}: `shangliang log tail {service}` shows some.")
    if as_json:
        show_json([_told(event) for event in events])
        return
    for event in events:
        _line(event)
        console.print_json(event.json)


async def _tail(service: str, last: int, *, follow: bool, as_json: bool) -> None:
    async with database(service) as pool:
        position = max(0, await _log(service, pool).head() - last)
        while True:
            for event in await _log(service, pool).read(position, limit=1000):
                if as_json:
                    show_line(_told(event))
                else:
                    _line(event)
                position = event.position
            if not follow:
                return
            await asyncio.sleep(0.5)


async def _show(service: str, stream: str, source: str | None, at: str | None) -> list[Recorded]:
    async with database(service) as pool:
        log = _log(service, pool)
        return await log.stream(stream, source=source, until=await _until(log, at))


async def _until(log: Log, at: str | None) -> int:
    if at is None:
        return END
    then = time_of(at)
    if then is None:
        raise NotPast(at)
    return await log.position_at(then)


def _log(service: str, pool: Pool) -> Log:
    return Log(service, pool)


def _line(event: Recorded) -> None:
    at = f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}"
    console.print(
        f"[dim]{event.position:>6} {at}[/] [cyan]{event.source}[/] [bold]{event.type}[/] {escape(event.stream)} "
        f"[dim]v{event.version}[/]",
        highlight=False,
        soft_wrap=True,
    )


def _told(event: Recorded) -> dict[str, Any]:
    return {
        "position": event.position,
        "id": event.id,
        "source": event.source,
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "schema": event.schema,
        "data": orjson.loads(event.json),
        "metadata": event.metadata,
        "community": event.community,
        "occurred_at": event.at,
    }
