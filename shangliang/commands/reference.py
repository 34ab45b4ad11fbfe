"""`reference`: what can be said about the code by the code itself, written anew or checked."""

from pathlib import Path
from typing import Annotated, cast

import typer

from shangliang.commands.output import AsJson, aside, console, show_json
from shangliang.reference import documents

PUBLISHED = Path("docs/reference")


def reference(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Where the published files are.")] = PUBLISHED,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a file is out of date.")] = False,
    as_json: AsJson = False,
) -> None:
    """Writes the reference of HTTP, command line, settings and problems from the code."""
    made = documents(cast("typer.Context", context.find_root()))
    stale = [name for name, text in made.items() if not (out / name).is_file() or (out / name).read_text() != text]
    if not check:
        for name in stale:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(made[name])
    if as_json:
        show_json({"files": len(made), "stale" if check else "written": stale})
    else:
        console.print(f"{len(made)} files; {len(stale)} {'out of date' if check else 'written'}: {out}")
        if check and stale:
            aside.print("[bold red]✗[/] Run `make reference` and commit what it writes.", highlight=False)
    if check and stale:
        raise typer.Exit(1)
