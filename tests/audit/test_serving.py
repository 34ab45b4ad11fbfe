"""The seal of a running system: over HTTP, on Kafka, and by command."""

import asyncio
import os
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson

from shared.audit.heads import published_heads
from shared.eventlog.database import database_uri
from tests.audit.script import said
from tests.town import Town

AUDIT = "/api/intake/v1/audit"


async def command(here: Town, *arguments: str | Path) -> tuple[int, Any]:
    """Exit status and answer of an `audit` command, run against the town."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "shangliang",
        "audit",
        *(str(one) for one in arguments),
        "--json",
        env={
            **os.environ,
            "SHANGLIANG_DATA": str(here.settings.data),
            "SHANGLIANG_POSTGRES": here.settings.postgres or "",
            "SHANGLIANG_KAFKA": here.settings.kafka or "",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await running.communicate()
    return running.returncode or 0, orjson.loads(out) if out else err.decode()


async def kept(here: Town, path: str, at: Path) -> Path:
    """A file with what the town answers."""
    answer = await here.http.get(path)
    assert answer.status_code == 200, answer.text
    return saved(at, answer.content)


def saved(at: Path, content: bytes) -> Path:
    """The file, with that in it."""
    at.write_bytes(content)
    return at


async def event_at(here: Town, position: int) -> str:
    """An event's id, as whoever reads the topic knows it."""
    return str(await here.running["intake"].log.pool.fetchval("select event_id from log where position = $1", position))


async def test_an_auditor_checks_an_event_and_the_log_s_growth_with_the_script_alone(
    here: Town, tmp_path: Path
) -> None:
    keys = await kept(here, "/api/directory/v1/jwks", tmp_path / "keys")
    event = await event_at(here, (await here.raised())["position"])
    early = await here.http.get(f"{AUDIT}/proof/{event}", headers={"accept-language": "en"})
    assert early.status_code in (404, 409), early.text
    assert early.json()["code"] in ("not-sealed-yet", "head-not-found")
    assert (await command(here, "seal", "intake"))[0] == 0
    old = await kept(here, f"{AUDIT}/head", tmp_path / "old")
    proof = await kept(here, f"{AUDIT}/proof/{event}", tmp_path / "proof")
    await here.raised()
    assert (await command(here, "seal", "intake"))[0] == 0
    new = await kept(here, f"{AUDIT}/head", tmp_path / "new")
    sizes = [orjson.loads(head.read_bytes())["size"] for head in (old, new)]
    path = httpx.URL(f"{AUDIT}/consistency", params={"first": sizes[0], "second": sizes[1]})
    grown = await kept(here, str(path), tmp_path / "grown")
    for arguments in (("head", keys, new), ("proof", keys, proof), ("grew", keys, old, new, grown)):
        assert said(*arguments)[0] == 0, said(*arguments)
    _, answer = await command(here, "leaf", "intake", event)
    assert "楼道灯不亮".encode() in b64decode(answer["leaf"])
    (tmp_path / "leaf").write_bytes(b64decode(answer["leaf"]))
    assert said("proof", keys, proof, tmp_path / "leaf")[0] == 0
    before = await here.http.get(f"{AUDIT}/proof/{event}", params={"size": sizes[0]})
    assert before.json() == orjson.loads(proof.read_bytes())


async def test_a_service_seals_and_publishes_by_itself(here: Town) -> None:
    await here.raised()
    await command(here, "seal", "intake")
    note = (await here.http.get(f"{AUDIT}/head")).json()["note"]
    async with asyncio.timeout(60):
        while note not in await published_heads(here.settings.kafka or "", "intake"):
            await asyncio.sleep(0.2)
    assert here.running["intake"].sealer.position > 0


async def test_the_command_verifies_a_service_and_names_what_was_changed(here: Town) -> None:
    position = (await here.raised())["position"]
    assert (await command(here, "seal", "intake"))[0] == 0
    status, answer = await command(here, "verify", "intake")
    assert (status, answer["broken"]) == (0, [])
    assert answer["events"] > 0
    assert answer["heads"] > 0
    superuser = await asyncpg.connect(database_uri(here.settings.postgres or "", "shangliang_intake"))
    move = "update log set occurred_at = occurred_at + $2 * interval '1 hour' where position = $1"
    try:
        await superuser.execute(move, position, -1)
        status, answer = await command(here, "verify", "intake")
    finally:
        await superuser.execute(move, position, 1)
        await superuser.close()
    assert status == 1
    assert answer["broken"] == [{"first": position, "last": position, "what": "changed", "detail": ""}]
    assert (await command(here, "verify", "intake"))[0] == 0
