"""The command line, as typer's own generator tells it."""

from typing import cast

import typer
from typer.cli import get_docs_for_click

from shangliang.commands import Commands
from shangliang.reference.table import WRITTEN


def command_line(root: typer.Context) -> str:
    """Every command with its arguments and options."""
    cast("Commands", root.command).load()
    told = get_docs_for_click(obj=root.command, ctx=root, name="shangliang", title="Command line")
    title, _, rest = told.partition("\n\n")
    return f"{title}\n\n{WRITTEN}\n\n{rest.strip()}\n"
