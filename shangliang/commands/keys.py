"""`keys`: the keys that wrap people's keys: which there are, a new one, everything wrapped anew, an old one's end."""

from typing import Annotated, Any

import typer
from rich.progress import Progress

from services.directory.keys import NEWS
from shangliang.commands.connect import database, settings
from shangliang.commands.errors import plain_errors
from shangliang.commands.output import AsJson, aside, console, fail, run, show_json, show_rows
from shangliang.services import SERVICES
from shared.privacy.keks import WRAPS, KekAway, keks_of, key_set, new_kek, write_key_set
from shared.privacy.rewrapping import rewrap, stale
from shared.privacy.sealing import NotOpened
from shared.privacy.topic import KEYS_OF

HELD = "select kek, count(*) as keys from person_key group by kek order by kek"
MAKERS = {
    name: NEWS if name == KEYS_OF else None for name, one in SERVICES.items() if name == KEYS_OF or one.makes_keys
}
"""The services that make keys, and what is to be told of one that is wrapped anew."""
KEEPERS = [name for name, one in SERVICES.items() if name in MAKERS or one.keeps_keys]
"""The services that hold keys."""

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def keys() -> None:
    """The keys that wrap people's keys: see them, add one, wrap everything anew, end one."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Each key-encryption key, and how many people's keys each service holds wrapped with it."""

    async def ask() -> list[dict[str, Any]]:
        held = await _held()
        known = keks_of(settings()).ids()
        lost = sorted({kek for counts in held.values() for kek in counts} - set(known))
        return [
            {"kek": kek, "state": _state(kek, known), **{name: counts.get(kek, 0) for name, counts in held.items()}}
            for kek in [*known, *lost]
        ]

    with plain_errors():
        show_rows("key-encryption keys", run(ask()), as_json=as_json)


def _state(kek: str, known: list[str]) -> str:
    """The newest wraps, all unwrap, and without one that is missing its people's data can't be read."""
    if kek not in known:
        return "missing"
    return "wraps" if kek == known[-1] else "unwraps"


@app.command()
def add(as_json: AsJson = False) -> None:
    """Puts a new key-encryption key at the end of the file: from now on it wraps. Copy the file to every machine."""
    found = settings()
    if found.kms or found.keks_json is not None:
        fail("The keys don't come from a file here: add one where they come from.")
    made = new_kek()
    write_key_set(found.key_encryption_keys, [*key_set(found), made])
    if as_json:
        show_json({"kek": made["kid"], "file": found.key_encryption_keys})
    else:
        console.print(f"[green]✓[/] {made['kid']} stands in {found.key_encryption_keys}; now `shangliang keys rotate`.")


@app.command()
def rotate(as_json: AsJson = False) -> None:
    """Wraps everybody's key with the newest key-encryption key, while the system runs. Nothing else is rewritten."""

    async def go() -> dict[str, Any]:
        keks = keks_of(settings())
        number = 0
        for name, news in MAKERS.items():
            async with database(name) as pool:
                with Progress(console=aside, disable=as_json) as progress:
                    task = progress.add_task(f"{keks.newest().id} {name}", total=await stale(pool, keks) or 1)
                    number += await rewrap(pool, keks, lambda some: progress.update(task, advance=some), news)  # noqa: B023
        return {"kek": keks.newest().id, "rewrapped": number}

    with plain_errors():
        try:
            said = run(go())
        except (KekAway, NotOpened) as error:
            fail(
                f"A key can't be unwrapped: {error or 'the key-encryption key is not the one it was'}. Nothing is lost."
            )
    if as_json:
        show_json(said)
    else:
        console.print(f"[green]✓[/] {said['rewrapped']} keys are wrapped with {said['kek']}.")


@app.command()
def retire(kek: Annotated[str, typer.Argument(help="As `keys list` names it.")], as_json: AsJson = False) -> None:
    """Takes an old key-encryption key out of the file for good, once nothing is wrapped with it any more: what was
    erased can then not be read from any backup or topic either."""
    found = settings()
    if found.kms or found.keks_json is not None:
        fail("The keys don't come from a file here: end it where they come from.")
    there = key_set(found)
    known = [one["kid"] for one in there if one["use"] == WRAPS]
    if kek not in known:
        fail(f"There is no key {kek}: `shangliang keys list` shows those that there are.")
    if kek == known[-1]:
        fail(f"{kek} is the newest: `shangliang keys add`, then `shangliang keys rotate`, then this.")
    with plain_errors():
        using = {name: counts[kek] for name, counts in run(_held()).items() if counts.get(kek)}
    if using:
        told = ", ".join(f"{number} in {name}" for name, number in using.items())
        fail(f"{kek} still wraps keys ({told}): `shangliang keys rotate`, and wait until all services have followed.")
    write_key_set(found.key_encryption_keys, [one for one in there if one["kid"] != kek])
    if as_json:
        show_json({"retired": kek, "file": found.key_encryption_keys})
    else:
        console.print(f"[green]✓[/] {kek} is gone from {found.key_encryption_keys}: take it out of every copy, too.")


async def _held() -> dict[str, dict[str, int]]:
    """How many keys each service holds, by what they are wrapped with."""
    held: dict[str, dict[str, int]] = {}
    for name in KEEPERS:
        async with database(name) as pool:
            held[name] = {row["kek"]: row["keys"] for row in await pool.fetch(HELD)}
    return held
