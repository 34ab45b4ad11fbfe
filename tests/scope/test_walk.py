"""Everybody asks for everything and tries everything: nobody sees or changes what is another's."""

import asyncio
import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Any

import httpx
import pytest

from shangliang.services import SERVICES
from shared.contracts.words import Role
from tests.scope.halves import Caller, Halves, halves, settled
from tests.scope.routes import Aim, Route, every_route
from tests.town import Town
from tests.web.routes import sent

AT_ONCE = 8
PATIENCE = 3.0
"""Seconds that a stream is listened to."""
OF_ALL = {
    "POST /api/directory/v1/tokens": "development only: everybody is signed in as anybody there",
    "POST /api/partner/v1/units/{unit_id}": "units work for the whole deployment, any officer registers them",
    "POST /api/partner/v1/units/{unit_id}/operators": "and says who acts for them; what these may is granted",
}
"""Routes that change what is no community's."""
KEPT = {
    "GET /api/{}/v1/audit/head",
    "GET /api/{}/v1/audit/consistency",
    "GET /api/{}/v1/audit/proof/{{event}}",
    "GET /api/directory/v1/login/oidc/start",
    "GET /api/directory/v1/login/oidc/callback",
}
"""Answered once a head is signed, which takes up to a minute, or where an issuer is set."""
NOT_THE_FORM = {"not-valid", "malformed", "scope-does-not-fit", "bad-occurred-at"}
"""Codes of requests that were refused before it was looked at who sends them."""
State = dict[tuple[str, str], tuple[str, int]]


pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
async def all_of_it(here: Town) -> Halves:
    return await halves(here)


def aim(made: Halves, known: State, at: Iterable[str], units: Iterable[str], most: int | None = None) -> Aim:
    """What is of these communities and units, by the logs; at `most` so many ids of each kind in each community."""
    wanted = set(at)
    of_each: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (_, stream), (community, _) in known.items():
        kind, _, id = stream.partition("-")
        if community in wanted and id.count("-") == 4 and len(id) == 36:
            of_each[kind, community].append(id)
    ids: dict[str, list[str]] = defaultdict(list)
    for kind, community, id in made.kept:
        if community in wanted:
            of_each[kind, community].append(id)
    for (kind, _), some in of_each.items():
        ids[kind] += some[:most]
    quarters = [one for one in made.quarters if one.community in wanted]
    return Aim(
        [one.community for one in quarters],
        sorted({one.code for one in quarters}),
        list(units),
        ids,
        [phone for one in quarters for phone in one.phones],
    )


async def state(made: Halves) -> State:
    """Each stream of these communities: its community, and how long it is."""
    found: State = {}
    for name, one in made.here.running.items():
        rows = await one.log.pool.fetch(
            "select stream, min(community) as community, count(*) as events from log"
            " where source = $1 and community = any($2::text[]) group by stream",
            name,
            made.communities,
        )
        found |= {(name, row["stream"]): (row["community"], row["events"]) for row in rows}
    return found


async def answer(made: Halves, by: Caller, method: str, path: str, **said: Any) -> tuple[int, str]:
    """The status and all that was said, also by a stream that does not end and in a workbook."""
    said["headers"] = {**by.headers, **said.get("headers", {})}
    body = b""
    async with made.here.http.stream(method, path, **said) as response:
        try:
            async with asyncio.timeout(PATIENCE if "event-stream" in response.headers.get("content-type", "") else 30):
                async for chunk in response.aiter_bytes():
                    body += chunk
        except TimeoutError:
            pass
    return response.status_code, text_of(response, body)


def text_of(response: httpx.Response, body: bytes) -> str:
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "\n".join(packed.read(name).decode(errors="replace") for name in packed.namelist())
    return body.decode(response.encoding or "utf-8", errors="replace")


async def all_pages(made: Halves, by: Caller, path: str, query: dict[str, Any], headers: Any) -> tuple[int, str]:
    """A list to its end; whatever else as it is."""
    status, said = await answer(made, by, "GET", path, params=query, headers=headers)
    if status != 200 or not said.startswith('{"items":'):
        return status, said
    page = httpx.Response(200, text=said).json()
    cursor = page.get("next")
    if cursor is None or not page.get("more", True):  # a feed's cursor is told on its last page, too
        return status, said
    _, more = await all_pages(made, by, path, {**query, "after": cursor}, headers)
    return status, said + more


def foreign(made: Halves, by: Caller, said: str) -> set[str]:
    """The secrets in it that are not the caller's to know."""
    return {one for one, of in made.secrets.items() if one in said and not of & by.of and one != by.person}


async def test_nobody_is_shown_what_is_anothers_by_any_route(all_of_it: Halves) -> None:
    made = all_of_it
    everything = aim(made, await state(made), made.communities, made.units)
    leaks: set[str] = set()
    answered: set[str] = set()
    shown: set[str] = set()
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(route: Route, by: Caller, path: str, query: dict[str, Any], headers: dict[str, Any]) -> None:
        async with turns:
            status, said = await all_pages(made, by, path, query, headers)
        assert status < 500, (path, said)
        asked = f"{path} {query} {headers}"
        leaks.update(f"{by.name}: {asked} shows {one}" for one in foreign(made, by, said) if one not in asked)
        if status == 200:
            answered.add(route.name)
            shown.update(one for one in made.secrets if one in said)

    routes = [one for one in every_route() if one.method == "GET"]
    for route in routes:
        callers = [made.callers[-1]] if route.public else made.callers
        await asyncio.gather(
            *(
                ask(route, by, *one)
                for by in callers
                for one in islice(route.requests(everything), None if route.admits(by.role) else 1)
            )
        )
    assert leaks == set()
    kept = {one.format(name) for one in KEPT for name in SERVICES}
    assert {one.name for one in routes} - answered <= kept, "no caller could be made to get an answer from these"
    unseen = {one for one, of in made.secrets.items() if of} - shown
    assert unseen == set(), "these are somebody's, but nobody was shown them: the walk does not get there"


async def test_nobody_changes_what_is_anothers_by_any_route(all_of_it: Halves) -> None:
    made = all_of_it
    await settled(made.here)
    before = await state(made)
    wrong: set[str] = set()

    turns = asyncio.Semaphore(AT_ONCE)
    attempts: Counter[str] = Counter()

    async def attempt(by: Caller, route: Route, path: str, more: dict[str, Any], *, to_be_refused: bool) -> None:
        async with turns:
            status, said = await answer(made, by, route.method, path, **more)
        attempts[route.name] += 1
        assert status < 500, (path, said)
        if to_be_refused and route.name not in OF_ALL:
            told = f"{by.name}: {route.method} {path} {more.get('json')}"
            if status < 400:
                wrong.add(f"{told} is accepted")
            elif any(f'"code":"{code}"' in said for code in NOT_THE_FORM):
                wrong.add(f"{told} was not even a request: {said}")

    async def try_all(by: Caller, route: Route, target: Aim, named: Aim) -> None:
        await asyncio.gather(
            *(
                attempt(by, route, path, sent(body, headers), to_be_refused=target is named)
                for path, _, headers in islice(route.requests(target), None if route.admits(by.role) else 1)
                for body in islice(route.bodies(named), None if route.admits(by.role) else 1)
            )
        )

    routes = [one for one in every_route() if one.method != "GET" and one.names_something()]
    for by in made.callers:
        others = [one for one in made.communities if one not in by.of]
        units = [one for one in made.units if one not in by.of]
        if by.role is Role.OPERATOR:
            others = [one.community for one in made.quarters if not any(c.of == by.of for c in one.callers)]
        target = aim(made, before, {others[0], others[-1]}, units[:1], most=1)
        own = aim(made, before, by.of & set(made.communities), made.units, most=1)
        mixed = Aim(own.communities, own.sub_districts, own.units, target.ids, target.phones)
        for route in routes:
            if not (route.public and by.headers):
                await try_all(by, route, target, target)
                if own.communities and "{" not in route.route.path_format and route.admits(by.role):
                    await try_all(by, route, target, mixed)
        after = await state(made)
        changed = {stream: of for stream, of in after.items() if before.get(stream) != of}
        wrong |= {f"{by.name} changed {stream} of {of}" for stream, (of, _) in changed.items() if of not in by.of}
        before = after
    await settled(made.here)
    late = {stream for stream, of in (await state(made)).items() if before.get(stream) != of}
    assert (wrong, late) == (set(), set())
    assert set(attempts) == {one.name for one in routes}
