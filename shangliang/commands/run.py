"""`up` and `serve`: the system, or some of it, until it is stopped."""

import asyncio
import signal
from typing import Annotated

import typer

from shangliang.commands.connect import known, settings
from shangliang.commands.errors import plain_errors
from shangliang.commands.output import AsJson, aside, console, fail, run, show_json
from shangliang.running import require_free_port, serving, with_servers
from shangliang.services import SERVICES
from shared.service import Service
from shared.settings import Environment, Settings
from shared.telemetry import start_logs


def up(as_json: AsJson = False) -> None:
    """Runs everything in the foreground until Ctrl-C: all services, and what servers the settings don't name."""
    found = settings()
    if "environment" not in found.model_fields_set:
        found = found.model_copy(update={"environment": Environment.DEVELOPMENT})
    _run(found, list(SERVICES.values()), as_json=as_json)


def serve(
    names: Annotated[list[str], typer.Argument(help=f"Of: {', '.join(SERVICES)}.")], as_json: AsJson = False
) -> None:
    """Runs the named services only, on the servers that the settings name; it brings none of its own."""
    services = [SERVICES[known(name)] for name in dict.fromkeys(names)]
    found = settings()
    if missing := [f"SHANGLIANG_{name.upper()}" for name in ("postgres", "kafka") if not getattr(found, name)]:
        fail(f"Set {' and '.join(missing)}, or run `shangliang up`, which brings its own where they are not set.")
    _run(found, services, as_json=as_json)


def _run(wanted: Settings, services: list[Service], *, as_json: bool) -> None:
    start_logs(human=aside.is_terminal, level=wanted.log)
    with plain_errors():
        require_free_port(wanted)
        with with_servers(wanted, lambda step: None if as_json else aside.print(f"[dim]· {step}[/]")) as found:
            run(_until_stopped(found, services, as_json=as_json))


async def _until_stopped(found: Settings, services: list[Service], *, as_json: bool) -> None:
    stopped = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stopped.set)
    async with serving(found, services):
        origin = f"http://{found.host}:{found.port}"
        if as_json:
            show_json({"origin": origin, "postgres": found.postgres, "kafka": found.kafka})
        else:
            console.print(f"[bold green]✓[/] 商量 is up at [bold]{origin}[/]; Ctrl-C stops it.")
        await stopped.wait()
