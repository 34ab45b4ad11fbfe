"""The reference that is made from the code itself: HTTP, command line, settings, problems. Events: `contracts`."""

import typer

from shangliang.reference.command_line import command_line
from shangliang.reference.http import openapi_documents, routes
from shangliang.reference.problems import problems
from shangliang.reference.settings import settings


def documents(root: typer.Context) -> dict[str, str]:
    """Name and text of each file. `root` is the context of the whole command line."""
    return {
        **openapi_documents(),
        "http.md": routes(),
        "command-line.md": command_line(root),
        "settings.md": settings(),
        "problems.md": problems(),
    }
