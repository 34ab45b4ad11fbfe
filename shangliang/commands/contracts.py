"""`contracts`: what is published about events, written anew or checked."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from shangliang import __version__
from shangliang.commands.output import AsJson, aside, console, show_json
from shangliang.services import SERVICES
from shared.contracts.event import published_events
from shared.contracts.publishing.documents import broken_promises, documents

PUBLISHED = Path("docs/reference/contracts")


def contracts(
    out: Annotated[Path, typer.Option(help="Where the published files are.")] = PUBLISHED,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a file is out of date.")] = False,
    as_json: AsJson = False,
) -> None:
    """Writes JSON Schemas and the AsyncAPI document; refuses what would break a reader of a published version."""
    events = [event for event in published_events() if event.service in SERVICES]
    published = {
        str(path.relative_to(out)): orjson.loads(path.read_bytes()) for path in sorted(out.glob("*/*.v*.json"))
    }
    broken = list(broken_promises(events, published))
    made = documents(events, sorted(SERVICES), __version__)
    stale = [name for name, text in made.items() if not (out / name).is_file() or (out / name).read_text() != text]
    written = [] if broken or check else stale
    for name in written:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(made[name])
    if as_json:
        told = {"stale": stale} if check else {"written": written}
        show_json({"events": len(events), "broken": broken, **told})
    else:
        for line in broken:
            aside.print(f"[bold red]✗[/] {line}", highlight=False)
        done = f"{len(stale)} files out of date" if check else f"{len(written)} files written"
        console.print(f"{len(events)} events; {done}: {out}", soft_wrap=True)
        if check and stale:
            aside.print("[bold red]✗[/] Run `make contracts` and commit what it writes.", highlight=False)
    if broken or (check and stale):
        raise typer.Exit(1)
