"""`steward`: somebody has to be the first who may let others in."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import httpx
import typer

from shangliang.commands.connect import settings
from shangliang.commands.errors import plain_errors
from shangliang.commands.output import AsJson, console, fail, show_json
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import LIFETIME, load_or_make_key, mint


def steward(
    phone: Annotated[str, typer.Argument(help="Where their one-time codes go.")],
    community: Annotated[str, typer.Option(help="The code of the community that they are registered in.")],
    origin: Annotated[
        str | None, typer.Option(help="Where the system answers; as the settings say, if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Registers a steward on the system that runs, by the right of who holds its signing key, and prints the invitation
    by which they set their password."""
    found = settings()
    with plain_errors():
        token = mint(load_or_make_key(found.signing_key), PersonId(uuid4()), [Grant(Role.STEWARD)], lifetime=LIFETIME)
    at = f"{(origin or found.address).rstrip('/')}/api/directory/v1"
    label = f"steward~{datetime.now(UTC):%Y%m%d}"
    with httpx.Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"}, timeout=30) as http:
        made = _done(http, "POST", f"{at}/people", {"community": community, "label": label, "phone": phone})
        _done(http, "POST", f"{at}/people/{made['id']}/grant", {"role": Role.STEWARD, "scope": {}})
        invited = _done(http, "PUT", f"{at}/people/{made['id']}/invitation")
    if as_json:
        show_json({"person": made["id"], **invited})
    else:
        console.print(
            f"[green]✓[/] {invited['invitation']} is good until {invited['ends_at']}, once: see docs/how-to/login.md."
        )


def _done(http: httpx.Client, method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    try:
        answer = http.request(method, url, json=body)
    except httpx.HTTPError as error:
        fail(f"{url} does not answer ({type(error).__name__}): start the system, or say where it is by --origin.")
    if answer.is_error:
        said: dict[str, str] = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        fail(f"{url}: {answer.status_code} {said.get('code', '')} {said.get('detail', '')}")
    return answer.json()
