"""The commands, one module a subject; every one of them takes --json.

A command's module, and what it needs, is imported when the command is called: `token` has no use for a web server."""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

MODULES = {
    "up": "run",
    "serve": "run",
    "demo": "demo",
    "rebuild": "views",
    "lag": "views",
    "contracts": "contracts",
    "reference": "reference",
    "token": "tools",
    "park": "park",
    "log": "log",
    "audit": "audit",
    "keys": "keys",
    "signing": "signing",
    "steward": "steward",
}
"""Where the function of each command's name is; that of a group of commands is its app's callback."""


class Commands(TyperGroup):
    """Knows each command by name and docstring until it is called."""

    def __init__(self, **more: Any):
        super().__init__(**more)
        self.commands = {name: TyperCommand(name, help=_docstring(name)) for name in MODULES}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and _command(name), rest

    def load(self) -> None:
        """Imports them all, for who wants to tell of their arguments and options."""
        self.commands = {name: _command(name) for name in MODULES}


def _docstring(name: str) -> str | None:
    tree = ast.parse(Path(__file__).with_name(f"{MODULES[name]}.py").read_text())
    [function] = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name]
    return ast.get_docstring(function)


def _command(name: str) -> Any:
    module = import_module(f"{__name__}.{MODULES[name]}")
    one = getattr(module, "app", None)
    if one is None:
        one = typer.Typer(add_completion=False)
        one.command(name)(getattr(module, name))
    made = get_command(one)
    made.name = name
    return made


app = typer.Typer(name="shangliang", cls=Commands, no_args_is_help=True)


@app.callback()
def shangliang() -> None:
    """商量：社区议事协商。Neighbourhood deliberation."""
