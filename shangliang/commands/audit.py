"""`audit`: whether a service's log is what was sealed; and the seal, on demand."""

from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from aiokafka.errors import KafkaError
from joserfc.jwk import OKPKey
from rich.markup import escape
from rich.progress import Progress, TaskID

from shangliang.commands.connect import database, kafka_address, known, settings
from shangliang.commands.errors import plain_errors
from shangliang.commands.output import AsJson, aside, console, fail, run, show_json
from shangliang.services import SERVICES
from shared.audit import Heads, Sealer, Signer
from shared.audit.heads import Contradiction, published_heads
from shared.audit.leaves import LEAF
from shared.audit.verifying import Broken, Notes, Verdict, verify
from shared.eventlog.log import Log
from shared.identity.signing import SigningKeys, public

app = typer.Typer(no_args_is_help=True, add_completion=False)
Service = Annotated[str, typer.Argument(help="The service whose log it is.")]
STORED = "select note from audit.head order by number"
EVENT = f"select {LEAF} from log where source = any($1::text[]) and event_id = $2"
SHOWN = 100


@app.callback()
def audit() -> None:
    """Whether a service's log is what was sealed; and the seal, on demand."""


@app.command("verify")
def verify_(
    service: Service,
    key: Annotated[
        Path | None, typer.Option(help="The public keys, a JWKS or one JWK; ours, past ones too, if left out.")
    ] = None,
    head: Annotated[list[Path] | None, typer.Option(help="A head kept earlier, as /audit/head answered it.")] = None,
    published: Annotated[bool, typer.Option(help="Hold the log against the heads on Kafka, too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Recomputes the seal from the log and names every position that is not what was sealed: then it ends with 1."""
    one, found = SERVICES[known(service)], settings()
    public, origin = _keys(key or found.signing_key), f"{found.name}/{one.name}"
    notes: Notes = [(f"the head in {path}", _note(path)) for path in head or ()]

    async def go() -> tuple[Verdict, float]:
        if published:
            notes.extend(("a published head", note) for note in await published_heads(kafka_address(found), one.name))
        async with database(one.name) as pool:
            notes.extend(("a stored head", row["note"]) for row in await pool.fetch(STORED))
            with Progress(console=aside, disable=as_json) as bar:
                task = bar.add_task(one.name, total=None)
                began = perf_counter()
                said = await verify(pool, notes, public, origin, partial(_moved, bar, task))
                return said, perf_counter() - began

    with plain_errors(), _kafka_away():
        verdict, seconds = run(go())
    _show(one.name, verdict, seconds, as_json=as_json)
    if verdict.broken:
        raise typer.Exit(1)


@app.command()
def seal(service: Service, as_json: AsJson = False) -> None:
    """Seals all there is now, and signs a head over it."""
    one, found = SERVICES[known(service)], settings()

    async def go() -> str | None:
        async with database(one.name) as pool:
            log, keys, origin = Log(one.name, pool), SigningKeys(found.signing_key), f"{found.name}/{one.name}"
            await Heads(log, kafka_address(found), keys.ever, origin).require_consistent()
            await Sealer(log, Signer(keys.signing, origin)).seal()
            notes = await pool.fetch(f"{STORED} desc limit 1")
            return notes[0]["note"] if notes else None

    with plain_errors(), _kafka_away():
        try:
            note = run(go())
        except Contradiction as error:
            fail(f"No head is signed that contradicts a published one: {error}. See docs/how-to/operate.md.")
    if note is None:
        fail(f"{one.name}'s log is empty: there is nothing to seal.")
    if as_json:
        show_json({"note": note})
    else:
        typer.echo(note, nl=False)


@app.command()
def leaf(
    service: Service,
    event: Annotated[UUID, typer.Argument(help="The event's id.")],
    as_json: AsJson = False,
) -> None:
    """Writes what of an event is sealed, byte by byte, to standard output; with --json in base64."""
    one = SERVICES[known(service)]

    async def go() -> bytes | None:
        async with database(one.name) as pool:
            return await pool.fetchval(EVENT, list(one.sources), event)

    with plain_errors():
        data = run(go())
    if data is None:
        fail(f"{one.name}'s log has no event {event}: `shangliang log tail {one.name} --json` shows ids.")
    if as_json:
        show_json({"leaf": b64encode(data).decode()})
    else:
        typer.echo(data, nl=False)


def _moved(bar: Progress, task: TaskID, done: int, total: int) -> None:
    bar.update(task, completed=done, total=total)


def _show(service: str, verdict: Verdict, seconds: float, *, as_json: bool) -> None:
    if as_json:
        show_json({"service": service, **asdict(verdict), "seconds": round(seconds, 3)})
        return
    for one in verdict.broken[:SHOWN]:
        aside.print(f"[bold red]✗[/] {_told(one)}", highlight=False, soft_wrap=True)
    if len(verdict.broken) > SHOWN:
        aside.print(f"[bold red]✗[/] … {len(verdict.broken) - SHOWN} more: --json shows all.", highlight=False)
    if not verdict.broken:
        console.print(
            f"[green]✓[/] {service}: {verdict.events} events are what was sealed, by {verdict.heads} heads; "
            f"{verdict.unsealed} have come since."
        )


def _told(one: Broken) -> str:
    where = f"position {one.first}" if one.first == one.last else f"positions {one.first} to {one.last}"
    return escape(": ".join(part for part in (where, str(one.what), one.detail) if part))


def _keys(path: Path) -> list[OKPKey]:
    try:
        said: dict[str, Any] = orjson.loads(path.read_bytes())
        return [OKPKey.import_key(public(key)) for key in said.get("keys", [said])]
    except (OSError, ValueError, LookupError) as error:
        fail(f"{path} holds no public keys ({type(error).__name__}): give them with --key, as /audit/keys has them.")


def _note(path: Path) -> str:
    try:
        return str(orjson.loads(path.read_bytes())["note"])
    except (OSError, ValueError, LookupError) as error:
        fail(f"{path} holds no head ({type(error).__name__}): keep what /audit/head answers.")


@contextmanager
def _kafka_away() -> Generator[None]:
    try:
        yield
    except KafkaError as error:
        fail(
            f"Kafka can't be asked for the published heads ({type(error).__name__}): set SHANGLIANG_KAFKA, or verify "
            "without them, by --no-published."
        )
