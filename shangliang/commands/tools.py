"""`token`: for development."""

from typing import Annotated
from uuid import UUID

import typer
from uuid_utils.compat import uuid7

from shangliang.commands.connect import settings
from shangliang.commands.output import AsJson, fail, show_json
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from shared.settings import Environment


def token(
    role: Annotated[Role, typer.Argument(help="What the caller is.")],
    community: Annotated[str | None, typer.Option(help="Where: a community's code.")] = None,
    unit: Annotated[str | None, typer.Option(help="Where: a partner unit's code.")] = None,
    person: Annotated[UUID | None, typer.Option(help="Who; somebody new if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Makes a bearer token for a role (development only)."""
    found = settings()
    if "environment" in found.model_fields_set and found.environment is not Environment.DEVELOPMENT:
        fail("Tokens are made here in development only: set SHANGLIANG_ENVIRONMENT=development.")
    who = PersonId(person or uuid7())
    made = mint(load_or_make_key(found.signing_key), who, [Grant(role, community, unit)])
    if as_json:
        show_json({"token": made, "person": who})
    else:
        typer.echo(made)
