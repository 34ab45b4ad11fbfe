"""What directory holds of a person, who may read it, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from shared.privacy.keks import Keks
from tests.system.test_answers import problem
from tests.town import COMMUNITY, Town

DIRECTORY = "/api/directory/v1"
NAME, PHONE, ADDRESS = "居民甲", "138 0000-0000", "示例小区3号楼2单元"
SAID = {"name": NAME, "phone": PHONE, "address": ADDRESS}


@dataclass
class Resident:
    """Somebody who is registered, with their name, phone and address."""

    id: str
    position: int
    headers: dict[str, str]


def signed_in(here: Town, person: str, role: Role = Role.RESIDENT) -> dict[str, str]:
    token = mint(load_or_make_key(here.settings.signing_key), PersonId(person), [Grant(role, COMMUNITY)])  # type: ignore[arg-type]
    return {"authorization": f"Bearer {token}"}


async def registered(here: Town, **said: Any) -> Resident:
    body = {"community": COMMUNITY, "label": "resident~1", **(said or SAID)}
    made = await here.http.post(f"{DIRECTORY}/people", json=body, headers=here.headers(Role.GRID_WORKER))
    assert made.status_code == 202, made.text
    return Resident(made.json()["id"], made.json()["position"], signed_in(here, made.json()["id"]))


async def contact(here: Town, who: Resident, headers: dict[str, str]) -> httpx.Response:
    path = f"{DIRECTORY}/people/{who.id}/contact"
    return await here.http.get(path, headers={**headers, "read-after": str(who.position)})


async def until(ask: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(10):
        while not (found := await ask()):
            await asyncio.sleep(0.05)
    return found


async def test_the_person_and_the_communitys_workers_read_it_and_nobody_else(here: Town) -> None:
    who = await registered(here)
    for headers in (who.headers, here.headers(Role.GRID_WORKER), here.headers(Role.SECRETARY)):
        said = (await contact(here, who, headers)).json()
        assert said["name"] == {"text": NAME}
        assert said["phone"] == {"text": "+8613800000000"}
        assert said["address"] == {"text": ADDRESS}
    for other in (
        here.headers(Role.RESIDENT),
        here.headers(Role.VOLUNTEER),
        here.headers(Role.GRID_WORKER, "xishan"),
        here.headers(Role.OPERATOR, None, "power"),
    ):
        problem(await contact(here, who, other), 404, "person-not-found")
    problem(await contact(here, who, {}), 401, "not-signed-in")


async def test_a_list_of_people_says_nothing_of_who_they_are(here: Town) -> None:
    await registered(here)
    asked = {"params": {"community": COMMUNITY}, "headers": here.headers(Role.SECRETARY)}
    listed = (await here.http.get(f"{DIRECTORY}/people", **asked)).json()  # type: ignore[arg-type]
    assert {frozenset(one) for one in listed["items"]} == {
        frozenset({"id", "community", "label", "registered_at", "roles", "erased"})
    }


async def test_whoever_reads_anothers_data_is_seen_by_them(here: Town) -> None:
    who = await registered(here)
    reader, token = here.token(Role.SECRETARY)
    await contact(here, who, who.headers)
    await contact(here, who, {"authorization": f"Bearer {token}"})
    said = (await here.http.get(f"{DIRECTORY}/me/data", headers=who.headers)).json()
    [trace] = said["read_by"]
    assert (trace["by"], trace["role"]) == (str(reader), "secretary")
    assert trace["fields"] == ["name", "phone", "address"]


async def test_what_changes_is_what_is_shown_and_the_rest_stays(here: Town) -> None:
    who = await registered(here)
    path = f"{DIRECTORY}/people/{who.id}/contact"
    changed = await here.http.post(path, json={"phone": "13900000000"}, headers=who.headers)
    who.position = changed.json()["position"]
    said = (await contact(here, who, who.headers)).json()
    assert (said["name"], said["phone"]) == ({"text": NAME}, {"text": "+8613900000000"})
    problem(await here.http.post(path, json={}, headers=who.headers), 422, "nothing-to-change")
    problem(await here.http.post(path, json={"phone": "12"}, headers=who.headers), 422, "not-valid")
    elsewhere = here.headers(Role.GRID_WORKER, "xishan")
    problem(await here.http.post(path, json={"phone": "13900000000"}, headers=elsewhere), 403, "out-of-scope")


async def test_a_number_finds_its_people_for_their_own_workers_however_it_is_written(here: Town) -> None:
    who = await registered(here, phone="13700000001")
    neighbour = await registered(here, phone="+86 137 0000 0001")

    async def found(phone: str, headers: dict[str, str]) -> list[str]:
        answer = await here.http.get(f"{DIRECTORY}/people/by-phone", headers={**headers, "phone": phone})
        assert answer.is_success, answer.text
        return answer.json()["people"]

    worker, token = here.token(Role.GRID_WORKER)
    headers = {"authorization": f"Bearer {token}"}
    for written in ("13700000001", "0086-137-0000-0001"):

        async def both(written: str = written) -> bool:
            return set(await found(written, headers)) == {who.id, neighbour.id}

        assert await until(both)
    assert await found("13700000002", headers) == []
    assert await found("13700000001", here.headers(Role.GRID_WORKER, "xishan")) == []
    said = (await here.http.get(f"{DIRECTORY}/me/data", headers=who.headers)).json()
    assert {(trace["by"], *trace["fields"]) for trace in said["read_by"]} == {(str(worker), "phone")}
    await here.http.post(f"{DIRECTORY}/people/{who.id}/contact", json={"phone": "13700000003"}, headers=who.headers)

    async def moved() -> bool:
        return await found("13700000001", headers) == [neighbour.id] and await found("13700000003", headers) == [who.id]

    assert await until(moved)


async def test_consents_are_given_and_withdrawn(here: Town) -> None:
    who = await registered(here)
    at = f"{DIRECTORY}/me/consents/notices"
    given = await here.http.post(f"{at}/give", json={"terms": "2026-11"}, headers=who.headers)
    assert given.status_code == 202
    assert (await here.http.get(f"{DIRECTORY}/me/data", headers=who.headers)).json()["consents"] == ["notices"]
    who.position = given.json()["position"]
    assert (await contact(here, who, who.headers)).json()["consents"]["notices"]["terms"] == "2026-11"
    assert (await here.http.post(f"{at}/withdraw", headers=who.headers)).status_code == 202
    problem(await here.http.post(f"{at}/withdraw", headers=who.headers), 409, "no-such-consent")
    assert (await here.http.get(f"{DIRECTORY}/me/data", headers=who.headers)).json()["consents"] == []


async def test_all_that_is_held_can_be_read_as_json_and_as_a_page(here: Town) -> None:
    who = await registered(here, name="<b>居民甲</b>", phone=PHONE)
    answer = await here.http.get(f"{DIRECTORY}/me/data", headers=who.headers)
    said = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert said["name"] == {"text": "<b>居民甲</b>"}
    assert said["address"] is None
    assert [one["event"] for one in said["history"]] == ["person-registered"]
    assert said["history"][0]["data"]["phone"] == {"text": "+8613800000000"}
    page = await here.http.get(f"{DIRECTORY}/me/data", headers={**who.headers, "accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;居民甲&lt;/b&gt;" in page.text
    assert "<b>" not in page.text
    assert "+8613800000000" in page.text
    problem(await here.http.get(f"{DIRECTORY}/me/data", headers=here.headers(Role.RESIDENT)), 404, "person-not-found")


async def test_who_is_erased_gets_a_receipt_and_nobody_reads_them_any_more(here: Town) -> None:
    who = await registered(here)
    worker = here.headers(Role.SECRETARY)
    assert (await contact(here, who, worker)).json()["name"] == {"text": NAME}
    headers = {**who.headers, "idempotency-key": "erase-1"}
    answer = await here.http.post(f"{DIRECTORY}/me/erase", headers=headers)
    receipt = answer.json()
    assert answer.status_code == 202
    assert receipt["key"]
    assert receipt["erased_at"]
    assert (await here.http.post(f"{DIRECTORY}/me/erase", headers=headers)).text == answer.text
    problem(await here.http.post(f"{DIRECTORY}/me/erase", headers=who.headers), 409, "person-erased")
    who.position = receipt["position"]
    said = (await contact(here, who, worker)).json()
    assert said["erased"]
    assert said["name"] == said["phone"] == said["address"] == {"erased": True}
    mine = (await here.http.get(f"{DIRECTORY}/me/data", headers=who.headers)).json()
    assert mine["erased"] == {"at": receipt["erased_at"], "key": receipt["key"]}
    assert mine["name"] == {"erased": True}
    assert [one["event"] for one in mine["history"]] == ["person-registered", "person-erased"]
    assert mine["history"][1]["data"]["ground"] == "own-wish"
    page = await here.http.get(f"{DIRECTORY}/me/data", headers={**who.headers, "accept": "text/html"})
    assert "已注销" in page.text
    path = f"{DIRECTORY}/people/{who.id}/contact"
    problem(await here.http.post(path, json={"name": "居民乙"}, headers=who.headers), 409, "person-erased")
    found = await here.http.get(f"{DIRECTORY}/people/by-phone", headers={**worker, "phone": PHONE})
    assert who.id not in found.json()["people"]


async def test_while_what_wraps_keys_is_away_people_hear_so_and_nothing_is_lost(
    here: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await registered(here)
    keyring = here.running["directory"].keyring
    keyring.forget(UUID(who.id))
    with monkeypatch.context() as away:
        away.setattr(keyring, "keks", Keks(list))
        problem(await contact(here, who, who.headers), 503, "keys-away")
        body = {"community": COMMUNITY, "label": "resident~1", "name": NAME}
        made = await here.http.post(f"{DIRECTORY}/people", json=body, headers=here.headers(Role.GRID_WORKER))
        problem(made, 503, "keys-away")
        await registered(here, label="resident~3")
    assert (await contact(here, who, who.headers)).json()["name"] == {"text": NAME}


async def test_an_officer_erases_by_order_and_says_by_which(here: Town) -> None:
    who = await registered(here)
    path, body = f"{DIRECTORY}/people/{who.id}/erase", {"order": "个人信息保护法第四十七条"}
    problem(await here.http.post(path, json=body, headers=here.headers(Role.SECRETARY)), 403, "role-missing")
    problem(await here.http.post(path, json=body, headers=here.headers(Role.OFFICER, "xishan")), 403, "out-of-scope")
    problem(await here.http.post(path, json={}, headers=here.headers(Role.STEWARD)), 422, "not-valid")
    receipt = await here.http.post(path, json=body, headers=here.headers(Role.OFFICER))
    assert receipt.status_code == 202
    mine = (await here.http.get(f"{DIRECTORY}/me/data", headers=who.headers)).json()
    told = mine["history"][-1]
    assert (told["event"], told["data"]["ground"], told["data"]["order"]) == ("person-erased", "order", body["order"])
    assert told["by"].startswith("officer:")


async def test_who_was_registered_without_anything_private_gets_a_key_all_the_same(here: Town) -> None:
    who = await registered(here, label="resident~2")
    directory = here.running["directory"].log.pool
    asked = "select key_id from person_key where person = $1"
    assert await until(lambda: directory.fetchval(asked, who.id))
    receipt = await here.http.post(f"{DIRECTORY}/me/erase", headers=who.headers)
    assert receipt.json()["key"]
