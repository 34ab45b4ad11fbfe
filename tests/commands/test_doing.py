"""Tokens, contracts, the demo, and more services beside those that run."""

import asyncio
import signal
import subprocess
from pathlib import Path

import httpx
import orjson

from shangliang.embedded.kafka import free_port
from shangliang.services import SERVICES
from tests.commands.conftest import Raised, Up

SHOWN = Path("docs/reference/contracts")


async def test_a_token_speaks_for_whom_it_was_made_for(up: Up, raised: Raised, http: httpx.AsyncClient) -> None:
    path = f"/api/intake/v1/issues/{raised.id}"
    theirs = await http.get(path, headers={"authorization": f"Bearer {raised.resident}"})
    assert theirs.status_code == 200
    person = theirs.json()["raised_by"]
    again = await up.console("token", "resident", "--community", "yaopo", "--person", person, "--json")
    assert again.json["person"] == person
    answer = await http.get(path, headers={"authorization": f"Bearer {again.json['token']}"})
    assert answer.status_code == 200


def files(folder: Path) -> set[str]:
    """What is in a folder and those below it."""
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}


async def test_contracts_are_written_anew_and_checked(up: Up, tmp_path: Path) -> None:
    checked, written = await asyncio.gather(
        up.console("contracts", "--check", "--json"), up.console("contracts", "--out", str(tmp_path))
    )
    assert checked.json["broken"] == checked.json["stale"] == []
    assert f"{checked.json['events']} events" in written.out
    assert "asyncapi.json" in files(tmp_path) <= files(SHOWN)
    stale = await up.console("contracts", "--check", "--out", str(tmp_path / "elsewhere"))
    assert stale.code == 1
    assert "make contracts" in stale.sentence


async def heads(up: Up) -> dict[str, int]:
    """Of every log, once everything has been followed to its end, but for what another test has parked."""
    before: dict[str, int] = {}
    while True:
        rows = (await up.console("lag", "--json")).json
        after = {row["service"]: row["head"] for row in rows}
        if after == before and not any(row["behind"] for row in rows if row["follower"] != "parked"):
            return after
        before = after


async def test_the_demo_told_twice_on_the_same_data_repeats_nothing(up: Up) -> None:
    first = await up.console("demo", "--json")
    assert first.code == 0, first.err
    assert [account["story"] for account in first.json] == ["corridor-lights", "micro-wishes"]
    assert all(held for account in first.json for _, held in account["expected"])
    before = await heads(up)
    again = await up.console("demo")
    assert again.code == 0, again.err
    assert "using what runs" in again.err
    assert "✗" not in again.out
    for account in first.json:
        assert account["matter"][:10] in again.out
    assert await heads(up) == before


async def ready(http: httpx.AsyncClient, process: subprocess.Popen[str], port: str) -> set[str]:
    """The services that a process runs, once it answers."""
    while process.poll() is None:
        try:
            return set((await http.get(f"http://127.0.0.1:{port}/readyz")).json())
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    return set()


async def test_more_services_run_beside_those_that_run_and_stop_when_asked(up: Up) -> None:
    servers = {"SHANGLIANG_POSTGRES": up.postgres, "SHANGLIANG_KAFKA": up.kafka}
    ports = [str(free_port()) for _ in range(3)]
    told = [
        up.console.begin("serve", "notify", "portal", "--json", **servers, SHANGLIANG_PORT=ports[0]),
        up.console.begin("serve", "notify", **servers, SHANGLIANG_PORT=ports[1]),
        up.console.begin("up", **servers, SHANGLIANG_PORT=ports[2]),
    ]
    served = [{"notify", "portal"}, {"notify"}, set(SERVICES)]
    async with httpx.AsyncClient() as http:
        for process, port, names in zip(told, ports, served, strict=True):
            async with asyncio.timeout(60):
                assert await ready(http, process, port) == names
    for process, how in zip(told, (signal.SIGTERM, signal.SIGINT, signal.SIGINT), strict=True):
        process.send_signal(how)
    json, *people = [await asyncio.to_thread(process.communicate, timeout=30) for process in told]
    assert [process.returncode for process in told] == [0, 0, 0]
    assert orjson.loads(json[0])["origin"] == f"http://127.0.0.1:{ports[0]}"
    for (out, err), port in zip(people, ports[1:], strict=True):
        assert f"http://127.0.0.1:{port}; Ctrl-C stops it" in out
        assert "Traceback" not in err
