"""How commands answer: rich for people, JSON for programs, one sentence where they fail."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, NoReturn, TypeVar

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
console = Console()
aside = Console(stderr=True)


def fail(sentence: str) -> NoReturn:
    """Says what to do, and ends with 1."""
    aside.print(f"[bold red]✗[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's work on the fast loop."""
    if sys.platform == "win32":
        return asyncio.run(work)
    import uvloop

    return uvloop.run(work)


def show_json(said: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(orjson.dumps(said, default=str, option=orjson.OPT_INDENT_2))


def show_line(said: Any) -> None:
    """One line of JSON Lines."""
    typer.echo(orjson.dumps(said, default=str))


def show_rows(title: str, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """A table, or a JSON array. Whoever reads the table from a pipe gets it as wide as it wants to be."""
    if as_json:
        show_json(rows)
        return
    if not rows:
        console.print(f"[dim]{title}: nothing[/]")
        return
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        table.add_column(str(name), overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row.values()))
    console.print(table, width=None if console.is_terminal else 400)
