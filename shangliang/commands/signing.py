"""`signing`: the keys that sign tokens and tree heads: which there are, the next one, an old one's end."""

from time import time
from typing import Annotated, Any

import typer

from shangliang.commands.connect import settings
from shangliang.commands.errors import plain_errors
from shangliang.commands.output import AsJson, console, fail, show_json, show_rows
from shared.identity.signing import Jwk, new_key, read_keys, retired, signs, write_keys
from shared.identity.tokens import LIFETIME

AFTER = 300
"""Seconds until everybody has learnt a key: processes by directory within seconds, others who ask every minute."""

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def signing() -> None:
    """The keys that sign tokens and tree heads: see them, add the next one, retire an old one."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Each signing key, oldest first, and what it is for now."""
    with plain_errors():
        keys = read_keys(settings().signing_key)
    now = time()
    current = signs(keys, now)
    rows = [{"key": key["kid"], "state": _state(key, current, now), "nbf": key.get("nbf")} for key in keys]
    show_rows("signing keys", rows, as_json=as_json)


def _state(key: Jwk, current: Jwk | None, now: float) -> str:
    """The newest whose time has come signs, one to come is known already, tokens of all but the retired are good."""
    if "exp" in key:
        return "retired"
    if key.get("nbf", 0) > now:
        return "next"
    return "signs" if key is current else "checks"


@app.command()
def add(
    after: Annotated[
        int, typer.Option(min=0, help="Seconds until it signs: so long has everybody to learn it.")
    ] = AFTER,
    as_json: AsJson = False,
) -> None:
    """Puts the next key at the end of the file: tokens are checked with it at once, and signed with it after a while.
    Copy the file to every machine meanwhile."""
    path = settings().signing_key
    with plain_errors():
        keys, made = read_keys(path), new_key(int(time()) + after)
        write_keys(path, [*keys, made])
    if as_json:
        show_json({"key": made["kid"], "nbf": made["nbf"], "file": path})
    else:
        console.print(f"[green]✓[/] {made['kid']} stands in {path}, and signs in {after} s.")


@app.command()
def retire(
    key: Annotated[str, typer.Argument(help="As `signing list` names it.")],
    now: Annotated[bool, typer.Option("--now", help="Whoever holds a token of it has to refresh it at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ends an old key: nothing is signed with it again, and no token of it is good; tree heads of its time still are.
    Its private part is gone from the file: take it out of every copy, too."""
    path = settings().signing_key
    with plain_errors():
        keys = read_keys(path)
    at = int(time())
    found = next((one for one in keys if one["kid"] == key and "exp" not in one), None)
    if found is None:
        fail(f"There is no key {key} that could be retired: `shangliang signing list` shows those that there are.")
    current = signs(keys, at)
    if found is current or current is None:
        fail(f"{key} is the one that signs: `shangliang signing add`, wait until that signs, then this.")
    if not now and (wait := int(_since(keys, found) + LIFETIME.total_seconds() - at)) > 0:
        fail(f"Tokens of {key} are good for another {wait} s: wait, or end them with --now.")
    write_keys(path, [retired(one, at) if one is found else one for one in keys])
    if as_json:
        show_json({"retired": key, "file": path})
    else:
        console.print(f"[green]✓[/] {key} is retired in {path}: copy the file to every machine.")


def _since(keys: list[dict[str, Any]], key: Jwk) -> float:
    """When the key after this one began to sign; one that is still to come is no loss."""
    later = keys[keys.index(key) + 1 :]
    return later[0].get("nbf", 0) if later else 0
