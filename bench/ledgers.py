"""A ledger of many lines in Excel: into intake until each line is an issue, and out again; and what memory it takes."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import TypeVar

import httpx
import psutil

from bench.result import Result
from bench.serving import environment, services
from services.intake.ledgers import sheet
from services.intake.ledgers.columns import COLUMNS, Cell
from shangliang.embedded import Servers
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.excel import XLSX
from shared.identity.tokens import load_or_make_key, mint

BEGAN = datetime(2023, 1, 1)  # noqa: DTZ001 - as Excel has it
PATIENCE = 600.0
T = TypeVar("T")


class Peak:
    """The most memory that a process has held, in MiB, looked at ten times a second."""

    def __init__(self, process: psutil.Process):
        self._process = process
        self.mib = 0.0

    async def watch(self) -> None:
        while True:
            self.mib = max(self.mib, self._process.memory_info().rss / 2**20)
            await asyncio.sleep(0.1)


async def ledgers(servers: Servers, data: Path, lines: int) -> list[Result]:
    """Seconds from the upload until the last line is an issue, and of the download; the most memory on the way."""
    with services(["intake"], environment(servers, data)) as (port, process):
        grants = [Grant(Role.SECRETARY, "yaopo")]
        token = mint(load_or_make_key(data / "keys" / "signing.jwk"), PersonId(uuid.uuid4()), grants)
        headers = {"authorization": f"Bearer {token}"}
        origin = f"http://127.0.0.1:{port}/api/intake/v1"
        async with httpx.AsyncClient(base_url=origin, headers=headers, timeout=PATIENCE) as http:
            before, peak = process.memory_info().rss / 2**20, Peak(process)
            watching = asyncio.create_task(peak.watch())
            content = await asyncio.to_thread(_ledger, lines)
            checked, taken = await _in(http, content, lines)
            coming_in, peak.mib = peak.mib, 0.0
            used = sum(process.cpu_times()[:2])
            out = await _out(http)
            used_out = sum(process.cpu_times()[:2]) - used
            watching.cancel()
    figures = {
        "lines": float(lines),
        "s until checked and accepted": checked,
        "s of CPU coming in": used,
        "s of CPU going out": used_out,
        "MiB before": before,
        "MiB at most coming in": coming_in,
        "MiB at most going out": peak.mib,
    }
    return [
        Result("ledger_in", taken, 60, "lower", figures, "s"),
        Result("ledger_out", out, 60, "lower", figures, "s"),
        Result("ledger_memory", max(coming_in, peak.mib), 300, "lower", figures, "MiB"),
    ]


def _ledger(lines: int) -> bytes:
    def said() -> Iterator[list[Cell]]:
        for number in range(lines):
            line: dict[str, Cell] = {
                "序号": number,
                "编号": f"2023-{number}",
                "来源": "微信群",
                "接件时间": BEGAN + timedelta(minutes=number),
                "楼栋单元": "3号楼2单元",
                "类别": "公共设施/照明",
                "诉求内容": f"第{number}件：楼道灯不亮，老人上下楼看不见台阶，请尽快派人来修。",
                "紧急程度": "一般",
            }
            yield [line.get(column) for column in COLUMNS]

    with TemporaryFile() as file:
        sheet.write(said(), file)
        file.seek(0)
        return file.read()


async def _in(http: httpx.AsyncClient, content: bytes, lines: int) -> tuple[float, float]:
    """Seconds until it is accepted, and until all of it is raised."""
    began = perf_counter()

    async def sent() -> httpx.Response | None:
        answer = await http.post("/communities/yaopo/ledger", content=content, headers={"content-type": XLSX})
        return answer.raise_for_status() if answer.status_code != 503 else None  # its views are still being built

    accepted = (await _until(sent)).json()
    checked = perf_counter() - began

    async def raised() -> bool:
        return (await http.get(f"/ledgers/{accepted['id']}")).json()["state"] == "raised"

    await _until(raised)
    taken = perf_counter() - began

    async def shown() -> bool:
        return (await http.get("/counts/yaopo")).json().get("by_status", {}).get("raised") == lines

    await _until(shown)
    return checked, taken


async def _out(http: httpx.AsyncClient) -> float:
    began = perf_counter()
    async with http.stream("GET", "/communities/yaopo/ledger") as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_bytes():
            pass
    return perf_counter() - began


async def _until(ask: Callable[[], Awaitable[T | None]]) -> T:
    given_up = perf_counter() + PATIENCE
    while not (found := await ask()):
        if perf_counter() > given_up:
            raise TimeoutError
        await asyncio.sleep(0.05)
    return found
