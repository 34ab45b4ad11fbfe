"""A session goes on by tokens that are good once, can be seen and ended by whose it is, and ends by itself."""

import asyncio
import uuid

from shared.contracts.words import Role
from tests.login.people import DIRECTORY, LOGIN, Someone, bearer, refreshed, until
from tests.system.test_answers import problem
from tests.town import COMMUNITY, Town

LONG_AGO = "update session set turned_at = turned_at - interval '11 seconds' where id = $1"
OVER = "update session set ends_at = clock_timestamp() where id = $1"


async def test_going_on_gives_other_tokens_for_the_same_session(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    signed = await someone.signed_in()
    again = (await refreshed(here, signed)).json()
    assert again["session"] == signed["session"]
    assert again["refresh_token"] != signed["refresh_token"]
    assert (await refreshed(here, again)).status_code == 200


async def test_an_answer_that_was_lost_is_given_again_and_is_the_same(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    signed = await someone.signed_in()
    answers = await asyncio.gather(*(refreshed(here, signed) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert (await refreshed(here, answers[0].json())).status_code == 200


async def test_a_token_that_is_used_again_later_ends_the_session_for_both(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    signed = await someone.signed_in()
    again = (await refreshed(here, signed)).json()
    pool = here.running["directory"].log.pool
    await pool.execute(LONG_AGO, uuid.UUID(signed["session"]))
    problem(await refreshed(here, signed), 401, "session-over")
    problem(await refreshed(here, again), 401, "session-over")

    async def refused() -> bool:
        return (await here.http.get(f"{DIRECTORY}/me/data", headers=bearer(again))).status_code == 401

    assert await until(refused)


async def test_the_token_of_two_turns_ago_ends_the_session_even_at_once(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    first = await someone.signed_in()
    third = (await refreshed(here, (await refreshed(here, first)).json())).json()
    problem(await refreshed(here, first), 401, "session-over")
    problem(await refreshed(here, third), 401, "session-over")


async def test_nonsense_ends_nothing(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    signed = await someone.signed_in()
    for nonsense in ("x", "ü", "A" * 86, signed["refresh_token"][:-4]):
        problem(await refreshed(here, {"refresh_token": nonsense}), 401, "session-over")
    assert (await refreshed(here, signed)).status_code == 200


async def test_a_session_is_over_when_its_time_is(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    signed = await someone.signed_in()
    await here.running["directory"].log.pool.execute(OVER, uuid.UUID(signed["session"]))
    problem(await refreshed(here, signed), 401, "session-over")


async def test_people_see_where_they_are_signed_in_and_end_it_there(here: Town) -> None:
    someone, other = await Someone(here).register(Role.RESIDENT), await Someone(here).register(Role.RESIDENT)
    first = (await someone.by_phone(device="客厅平板")).json()
    second = await someone.signed_in()
    path = f"{DIRECTORY}/me/sessions"
    listed = (await here.http.get(path, headers=bearer(second))).json()["items"]
    assert [(one["id"], one["means"], one["device"]) for one in listed] == [
        (second["session"], "phone", None),
        (first["session"], "phone", "客厅平板"),
    ]
    theirs = await here.http.delete(f"{path}/{first['session']}", headers=bearer(await other.signed_in()))
    problem(theirs, 404, "session-not-found")
    ended = await here.http.delete(f"{path}/{first['session']}", headers=bearer(second))
    assert ended.json() == {"ended": True}
    problem(await refreshed(here, first), 401, "session-over")
    assert (await refreshed(here, second)).status_code == 200
    [left] = (await here.http.get(path, headers=bearer(second))).json()["items"]
    assert left["id"] == second["session"]


async def test_signing_out_ends_it_and_again_is_no_harm(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    signed = await someone.signed_in()
    body = {"refresh_token": signed["refresh_token"]}
    for _ in range(2):
        assert (await here.http.post(f"{LOGIN}/out", json=body)).json() == {"ended": True}
    problem(await refreshed(here, signed), 401, "session-over")

    async def refused() -> bool:
        return (await here.http.get(f"{DIRECTORY}/me/data", headers=bearer(signed))).status_code == 401

    assert await until(refused)


async def test_what_is_granted_counts_from_the_next_token_on_and_what_is_revoked_no_longer(here: Town) -> None:
    someone = await (await Someone(here).register(Role.RESIDENT)).with_password()
    signed = (await someone.by_password()).json()
    path = f"{DIRECTORY}/people?community={COMMUNITY}"
    problem(await here.http.get(path, headers=bearer(signed)), 403, "role-missing")
    await someone.grant(Role.SECRETARY, community=COMMUNITY)
    signed = (await refreshed(here, signed)).json()
    assert (await here.http.get(path, headers=bearer(signed))).status_code == 200
    await someone.revoke(Role.SECRETARY, community=COMMUNITY)
    signed = (await refreshed(here, signed)).json()
    problem(await here.http.get(path, headers=bearer(signed)), 403, "role-missing")


async def test_only_hashes_are_kept_of_what_signs_in(here: Town) -> None:
    someone = await (await Someone(here).register(Role.SECRETARY)).with_password()
    signed = (await someone.by_password()).json()
    invitation, code = await someone.invitation(), await someone.code()
    pool = here.running["directory"].log.pool
    tables = ("session", "one_time_code", "password", "invitation", "attempt", "wrong_try")
    kept = "\n".join([str(tuple(row)) for one in tables for row in await pool.fetch(f"select * from {one}")])
    for secret in (
        someone.phone,
        someone.phone[3:],
        signed["refresh_token"],
        invitation,
        f"'{code}'",
        "correct horses",
    ):
        assert secret not in kept
    assert await pool.fetchval("select count(*) from log where data::text like '%argon2%'") == 0
