"""Raising an issue over HTTP with all that is on, against a bare endpoint that INSERTs."""

import uuid
from pathlib import Path

import orjson

from bench.load import Request, load, post
from bench.logs import TEXT, database_for
from bench.measuring import middle
from bench.result import Result
from bench.serving import bare, environment, services
from shangliang.embedded import Servers
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint

CALLERS = 64
BODY = orjson.dumps(
    {
        "community": "yaopo",
        "channel": "wechat-group",
        "text": TEXT,
        "where": {"place": "weixiao", "detail": "3号楼2单元"},
    }
)


def signed_in(data: Path) -> dict[str, str]:
    """The headers of a resident."""
    grants = [Grant(Role.RESIDENT, "yaopo")]
    token = mint(load_or_make_key(data / "keys" / "signing.jwk"), PersonId(uuid.uuid4()), grants)
    return {"authorization": f"Bearer {token}"}


def raising(data: Path) -> Request:
    """Each request a resident's, signed in, under an Idempotency-Key of its own."""
    run, who = uuid.uuid4().hex, signed_in(data)

    def request(number: int) -> bytes:
        return post("/api/intake/v1/issues", BODY, {**who, "idempotency-key": f"{run}-{number}"})

    return request


async def http_vs_bare(servers: Servers, data: Path, requests: int, rounds: int) -> list[Result]:
    """Requests a second at 64 callers, one worker each: ours with tokens, keys, views, relay; the other's with none."""
    plain = post("/issues", BODY, {})
    async with database_for(servers.postgres, "bare") as (uri, _):
        with bare(uri) as bare_port, services(["intake"], environment(servers, data)) as (port, _):
            pairs = [
                (
                    await load(port, raising(data), requests=requests, callers=CALLERS),
                    await load(bare_port, lambda _: plain, requests=requests, callers=CALLERS),
                )
                for _ in range(rounds + 1)
            ][1:]
    ours, theirs = middle([one for one, _ in pairs]), middle([other for _, other in pairs])
    figures = {
        "requests/s": ours.per_second,
        "bare requests/s": theirs.per_second,
        "p99 ms": ours.p99 * 1e3,
        "bare p99 ms": theirs.p99 * 1e3,
    }
    return [Result("http_vs_bare", ours.per_second / theirs.per_second, 1.0, "higher", figures)]
