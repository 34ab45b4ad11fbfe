"""The seal: what it takes from appending, and how fast a log is held against it."""

import asyncio
import statistics
from contextlib import suppress
from time import perf_counter, process_time

from joserfc.jwk import OKPKey

from bench.appending import CALLERS
from bench.filling import fill
from bench.logs import database_for, log_of, raised
from bench.measuring import Round, middle, one_round, seconds
from bench.result import Result
from shared.audit import Sealer, Signer
from shared.audit.leaves import sealed_size
from shared.audit.verifying import verify
from shared.eventlog.database import open_pool
from shared.eventlog.log import Log

ORIGIN = "bench/intake"
HEADS = 100


async def audit_cost(server: str, calls: int, rounds: int) -> list[Result]:
    """Events a second at 64 concurrent appends while the log is being sealed, over the same while it is not, in turn.
    The sealer gives way: what it had to leave is sealed after each round, and how fast that goes is told."""
    async with log_of(server, "intake") as log:
        sealer = Sealer(log, Signer(OKPKey.generate_key("Ed25519"), ORIGIN))

        async def append() -> object:
            return await log.append((raised(),))

        async def appended() -> Round:
            return await one_round(append, callers=CALLERS, calls=calls)

        pairs: list[tuple[Round, Round]] = []
        shares: list[float] = []
        speeds: list[float] = []
        for _ in range(rounds + 1):
            before = await sealed_size(log.pool)
            sealing = asyncio.create_task(sealer.run())
            ours = await appended()
            sealing.cancel()
            with suppress(asyncio.CancelledError):
                await sealing
            meanwhile = await sealed_size(log.pool)
            theirs = await appended()
            took = await seconds(sealer.seal)
            pairs.append((ours, theirs))
            shares.append((meanwhile - before) / calls)
            speeds.append((await sealed_size(log.pool) - meanwhile) / took)
    sealed, plain = middle([one for one, _ in pairs[1:]]), middle([other for _, other in pairs[1:]])
    figures = {
        "events/s": sealed.per_second,
        "unsealed events/s": plain.per_second,
        "p99 ms": sealed.p99 * 1e3,
        "unsealed p99 ms": plain.p99 * 1e3,
        "share sealed meanwhile": statistics.median(shares[1:]),
        "sealed events/s afterwards": statistics.median(speeds[1:]),
    }
    return [Result("audit_cost", sealed.per_second / plain.per_second, 0.95, "higher", figures)]


async def audit_verify(server: str, events: int, rounds: int) -> list[Result]:
    """Events a second that are held against their seal, a hundred heads and all, as `shangliang audit verify` does."""
    key = OKPKey.generate_key("Ed25519")
    async with database_for(server, "intake") as (uri, own):
        await fill(uri, events)
        log = Log("intake", await open_pool(uri, own))
        signer = Signer(key, ORIGIN)
        await Sealer(log, signer).seal()
        [newest] = await log.pool.fetch("select note from audit.head")
        notes = [("a head", newest["note"])] * HEADS
        speeds, cpu = list[float](), 0.0
        for _ in range(rounds + 1):
            began, cpu = perf_counter(), process_time()
            verdict = await verify(log.pool, notes, [key], ORIGIN)
            assert not verdict.broken
            assert verdict.events == events
            speeds.append(events / (perf_counter() - began))
            cpu = process_time() - cpu
        log.pool.terminate()
    figures = {"events": events, "CPU s of this process": cpu}
    speed = statistics.median(speeds[1:])
    return [Result("audit_verify_events_per_s", speed, 100_000, "higher", figures, unit="events/s")]
