"""Residents sign in by phone and code, staff by a password besides; nobody learns whether anybody exists."""

import asyncio
import uuid

from shared.contracts.words import Role
from tests.login.people import DIRECTORY, LOGIN, PASSWORD, Someone, bearer, new_phone, refreshed
from tests.system.test_answers import problem
from tests.town import COMMUNITY, Town

OTHER = "一个 quite different 句子 entirely"


async def test_a_resident_signs_in_by_phone_and_does_what_residents_may(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    signed = await someone.signed_in()
    assert (signed["person"], signed["token_type"], signed["expires_in"]) == (someone.id, "Bearer", 900)
    await here.raised(bearer(signed))
    mine = await here.http.get(f"{DIRECTORY}/me/data", headers=bearer(signed))
    assert mine.json()["person"] == someone.id


async def test_a_code_is_good_once_and_only_for_its_number(here: Town) -> None:
    someone, other = await Someone(here).register(Role.RESIDENT), await Someone(here).register(Role.RESIDENT)
    code = await someone.code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    problem(await someone.by_phone(wrong), 401, "login-failed")
    problem(await other.by_phone(code), 401, "login-failed")
    assert (await someone.by_phone(code)).status_code == 200
    problem(await someone.by_phone(code), 401, "login-failed")


async def test_a_newer_code_takes_the_place_of_the_one_before(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    first, second = await someone.code(), await someone.code()
    if first != second:
        problem(await someone.by_phone(first), 401, "login-failed")
    assert (await someone.by_phone(second)).status_code == 200


async def test_of_several_who_use_one_code_at_once_one_is_signed_in(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    code = await someone.code()
    answers = await asyncio.gather(*(someone.by_phone(code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_where_a_household_shares_a_number_one_says_who_they_are(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    other = await Someone(here, someone.phone).register(Role.RESIDENT)
    code = await someone.code()
    asked = await someone.by_phone(code)
    problem(asked, 409, "which-person")
    assert {one["id"] for one in asked.json()["people"]} == {someone.id, other.id}
    problem(await someone.by_phone(code, person=str(uuid.uuid4())), 401, "login-failed")
    assert (await someone.by_phone(code, person=other.id)).json()["person"] == other.id


async def test_staff_need_password_and_code_both(here: Town) -> None:
    someone = await (await Someone(here).register(Role.SECRETARY)).with_password()
    problem(await someone.by_phone(), 403, "password-needed")
    code = await someone.code()
    problem(await someone.by_password(OTHER, code), 401, "login-failed")
    problem(await someone.by_password(PASSWORD, f"{(int(code) + 1) % 10**6:06d}"), 401, "login-failed")
    signed = (await someone.by_password(PASSWORD, code)).json()
    path = f"{DIRECTORY}/people?community={COMMUNITY}"
    assert (await here.http.get(path, headers=bearer(signed))).status_code == 200


async def test_who_is_staff_and_resident_has_by_phone_alone_what_residents_may(here: Town) -> None:
    someone = await (await Someone(here).register(Role.RESIDENT, Role.SECRETARY)).with_password()
    signed = await someone.signed_in()
    path = f"{DIRECTORY}/people?community={COMMUNITY}"
    problem(await here.http.get(path, headers=bearer(signed)), 403, "role-missing")
    again = (await refreshed(here, signed)).json()
    problem(await here.http.get(path, headers=bearer(again)), 403, "role-missing")
    await here.raised(bearer(again))


async def test_an_invitation_is_good_once_and_the_newest_only(here: Town) -> None:
    someone = await Someone(here).register(Role.SECRETARY)
    first, second = await someone.invitation(), await someone.invitation()
    for bad in (first, "nonsense"):
        answer = await here.http.post(f"{LOGIN}/invitation", json={"invitation": bad, "password": PASSWORD})
        problem(answer, 404, "no-such-invitation")
    weak = await here.http.post(f"{LOGIN}/invitation", json={"invitation": second, "password": "password1234"})
    problem(weak, 422, "weak-password")
    body = {"invitation": second, "password": PASSWORD}
    assert (await here.http.post(f"{LOGIN}/invitation", json=body)).status_code == 200
    problem(await here.http.post(f"{LOGIN}/invitation", json=body), 404, "no-such-invitation")


async def test_nobody_invites_who_is_more_than_they_could_make(here: Town) -> None:
    steward = await Someone(here).register()
    await steward.grant(Role.STEWARD)
    worker = await Someone(here).register(Role.GRID_WORKER)
    nobody = await Someone(here).register()
    secretary = here.headers(Role.SECRETARY)
    put = here.http.put
    problem(await put(f"{DIRECTORY}/people/{steward.id}/invitation", headers=secretary), 403, "out-of-scope")
    elsewhere = here.headers(Role.SECRETARY, "xishan")
    problem(await put(f"{DIRECTORY}/people/{worker.id}/invitation", headers=elsewhere), 403, "out-of-scope")
    answer = await put(f"{DIRECTORY}/people/{nobody.id}/invitation", headers=here.headers(Role.STEWARD))
    problem(answer, 409, "nothing-to-sign-in-for")
    assert (await put(f"{DIRECTORY}/people/{worker.id}/invitation", headers=secretary)).status_code == 200


async def test_a_password_is_changed_by_who_knows_it_and_ends_the_sessions_of_before(here: Town) -> None:
    someone = await (await Someone(here).register(Role.SECRETARY)).with_password()
    signed = (await someone.by_password()).json()
    path = f"{DIRECTORY}/me/password"
    wrong = await here.http.put(path, json={"old": OTHER, "new": OTHER}, headers=bearer(signed))
    problem(wrong, 403, "wrong-password")
    weak = await here.http.put(path, json={"old": PASSWORD, "new": "qwertyuiop12"}, headers=bearer(signed))
    problem(weak, 422, "weak-password")
    changed = await here.http.put(path, json={"old": PASSWORD, "new": OTHER}, headers=bearer(signed))
    assert changed.status_code == 200, changed.text
    problem(await refreshed(here, signed), 401, "session-over")
    assert (await refreshed(here, changed.json())).status_code == 200
    problem(await someone.by_password(PASSWORD), 401, "login-failed")
    assert (await someone.by_password(OTHER)).status_code == 200


async def test_whether_somebody_exists_is_told_to_nobody(here: Town) -> None:
    resident = await Someone(here).register(Role.RESIDENT)
    staff = await (await Someone(here).register(Role.SECRETARY)).with_password()
    nobody = Someone(here)
    for path, body in (
        ("/code", {}),
        ("/phone", {"code": "000000"}),
        ("/password", {"code": "000000", "password": OTHER}),
    ):
        answers = [
            await here.http.post(f"{LOGIN}{path}", json={"phone": one.phone, **body})
            for one in (resident, staff, nobody)
        ]
        said = {(answer.status_code, _without_code(answer.text), _said(answer.headers)) for answer in answers}
        assert len(said) == 1, said


async def test_who_tries_too_often_waits_whether_or_not_they_exist(here: Town) -> None:
    resident, nobody = await Someone(here).register(Role.RESIDENT), Someone(here)
    right = await resident.code()
    await nobody.code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for one in (resident, nobody):
        statuses = [(await one.by_phone(wrong)).status_code for _ in range(6)]
        assert statuses == [401, 401, 401, 401, 401, 429]
    waits = [await resident.by_phone(right), await nobody.by_phone(wrong)]
    for answer in waits:
        problem(answer, 429, "too-many-tries")
        assert 50 <= int(answer.headers["retry-after"]) <= 60
        assert answer.json()["retry_after"] == int(answer.headers["retry-after"])


async def test_a_hundred_tries_at_once_are_no_more_than_one_after_the_other(here: Town) -> None:
    someone = await Someone(here).register(Role.RESIDENT)
    wrong = f"{(int(await someone.code()) + 1) % 10**6:06d}"
    answers = await asyncio.gather(*(someone.by_phone(wrong) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_a_number_gets_so_many_codes_and_no_more(here: Town) -> None:
    phone = new_phone()
    answers = [await here.http.post(f"{LOGIN}/code", json={"phone": phone}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert 800 <= int(answers[-1].headers["retry-after"]) <= 900


def _without_code(text: str) -> str:
    return text[: text.find('"code":"')] if '"code":"' in text and "expires_in" in text else text


def _said(headers: object) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in headers.items() if name not in ("date", "server"))  # type: ignore[attr-defined]
