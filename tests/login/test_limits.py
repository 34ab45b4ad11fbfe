"""Who is counted as whom, and that it is counted once for however many processes."""

import asyncio
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from limits import parse
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from structlog.testing import capture_logs

from services.directory.login.limits import caller_of
from services.directory.login.windows import Windows
from services.notify.codes import sender
from shangliang.embedded import Servers
from shared.contracts.words import Role
from shared.eventlog.database import database_uri, open_pool
from shared.settings import Environment, Settings
from tests.login.people import PASSWORD, Someone, new_phone
from tests.town import Town


def request(peer: str, *forwarded: str) -> Request:
    """One that came from a peer, and what proxies have said of it."""
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "caller"),
    [
        (0, "192.0.2.1", (), "192.0.2.1"),
        (0, "192.0.2.1", ("198.51.100.7",), "192.0.2.1"),
        (1, "192.0.2.1", ("198.51.100.7",), "198.51.100.7"),
        (1, "192.0.2.1", ("203.0.113.9, 198.51.100.7",), "198.51.100.7"),
        (2, "192.0.2.1", ("203.0.113.9, 198.51.100.7",), "203.0.113.9"),
        (2, "192.0.2.1", ("203.0.113.9", "198.51.100.7"), "203.0.113.9"),
        (2, "192.0.2.1", ("198.51.100.7",), "192.0.2.1"),
        (1, "192.0.2.1", ("nonsense",), "unknown"),
        (0, "2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::/64"),
        (0, "2001:db8:1:2::7", (), "2001:db8:1:2::/64"),
    ],
)
def test_a_caller_is_who_the_nearest_proxies_have_seen(
    proxies: int, peer: str, forwarded: tuple[str, ...], caller: str
) -> None:
    assert caller_of(request(peer, *forwarded), Settings(proxies=proxies)) == caller


async def test_two_processes_count_as_one(here: Town, servers: Servers) -> None:
    other = await open_pool(database_uri(servers.postgres, "shangliang_directory"), "directory", 2)
    limiters = [MovingWindowRateLimiter(Windows(pool)) for pool in (here.running["directory"].log.pool, other)]
    limit, who = parse("7 per 15 minutes"), str(uuid4())
    hits = await asyncio.gather(*(limiters[nth % 2].hit(limit, who) for nth in range(30)))
    assert sum(hits) == 7
    assert not await limiters[1].test(limit, who)
    other.terminate()


async def test_a_password_of_weaker_parameters_is_hashed_anew_when_it_is_used(here: Town) -> None:
    someone = await (await Someone(here).register(Role.SECRETARY)).with_password()
    pool, weak = here.running["directory"].log.pool, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    of = "select hash from password where person = $1"
    await pool.execute("update password set hash = $2 where person = $1", UUID(someone.id), weak.hash(PASSWORD))
    assert (await someone.by_password()).status_code == 200
    assert "m=19456,t=2,p=1" in await pool.fetchval(of, UUID(someone.id))
    assert (await someone.by_password()).status_code == 200


@pytest.mark.parametrize("environment", list(Environment))
async def test_without_the_operators_function_a_code_is_logged_in_development_only(environment: Environment) -> None:
    phone = new_phone()
    with capture_logs() as logs:
        await sender(Settings(environment=environment))(phone, "验证码 123456")
    assert len(logs) == 1
    assert ("123456" in str(logs)) is (environment is Environment.DEVELOPMENT)
    assert (phone in str(logs)) is (environment is Environment.DEVELOPMENT)
