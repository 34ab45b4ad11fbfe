"""`make bench`: measures side by side in one run, prints a table, and writes bench/results.json.

`--short` does a little of everything and writes nothing: that it runs is all it shows. Names measure only those."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console

from bench.appending import append_vs_eventsourcing, append_vs_insert
from bench.auditing import audit_cost, audit_verify
from bench.freshness import freshness
from bench.ledgers import ledgers
from bench.raising import http_vs_bare
from bench.rebuilding import rebuild_and_growth
from bench.relaying import relay_vs_send
from bench.result import RESULTS, Result, show, write
from bench.starting import up
from bench.sustaining import sustained
from shangliang.embedded import Servers, servers
from shangliang.running import collect_seldom
from shared.telemetry import start_logs

NEEDED = 12 * 2**30
"""Bytes of disk for a log of 5 million events, its view, and what PostgreSQL writes on the way."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """A subject that figures are taken of, on servers of its own."""

    name: str
    take: Callable[[Servers, Path], Coroutine[Any, Any, list[Result]]]


def subjects(*, short: bool) -> list[Measuring]:
    """All of them, with how much of each."""
    rounds = 1 if short else 5
    calls = 1_000 if short else 30_000
    sizes = (1_000, 5_000, 10_000) if short else (10_000, 100_000, 5_000_000)
    return [
        Measuring("append", lambda on, _: append_vs_insert(on.postgres, calls, rounds)),
        Measuring("library", lambda on, _: append_vs_eventsourcing(on.postgres, calls, rounds)),
        Measuring("http", lambda on, data: http_vs_bare(on, data, calls // 2, rounds)),
        Measuring("relay", lambda on, _: relay_vs_send(on, 2_000 if short else 50_000, rounds)),
        Measuring("freshness", lambda on, data: freshness(on, data, 1 if short else 20)),
        Measuring("sustained", lambda on, data: sustained(on, data, 1 if short else 60)),
        Measuring("seal", lambda on, _: audit_cost(on.postgres, calls, rounds)),
        Measuring("audit", lambda on, _: audit_verify(on.postgres, sizes[1] * 5, rounds)),
        Measuring("ledger", lambda on, data: ledgers(on, data, 1_000 if short else 100_000)),
        Measuring("rebuild", lambda on, _: rebuild_and_growth(on.postgres, *sizes, calls // 50, rounds)),
    ]


def main() -> int:
    """Exit status 0 if everything could be measured, whatever came of it."""
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        help="append, library, http, relay, freshness, sustained, seal, audit, ledger, rebuild, up; all if none",
    )
    parser.add_argument("--short", action="store_true")
    said = parser.parse_args()
    os.environ["SHANGLIANG_LOG"] = "warning"  # for the services that are started
    start_logs(human=True, level="warning")
    collect_seldom()  # as a process of ours does: what is rebuilt here is rebuilt as it is there
    console, results = Console(), list[Result]()
    if not said.short and shutil.disk_usage(tempfile.gettempdir()).free < NEEDED:
        console.print(f"[red]✗[/] {NEEDED >> 30} GiB of disk are needed: set TMPDIR to a folder that has them.")
        return 1
    for one in subjects(short=said.short):
        if not said.names or one.name in said.names:
            console.print(f"[dim]· {one.name}[/]")
            with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as running:
                results += uvloop.run(one.take(running, Path(folder)))
    if not said.names or "up" in said.names:
        console.print("[dim]· up[/]")
        results += up()
    show(results, console)
    if not said.short:
        write(results)
        console.print(f"{RESULTS} is written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
