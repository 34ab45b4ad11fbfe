"""Whom a wish is for: sealed in volunteer with a key that directory made, gone there, too, once that is destroyed."""

import uuid

from shared.contracts.words import Role
from tests.system.test_answers import problem
from tests.system.test_my_data import DIRECTORY, Resident, registered, until
from tests.town import COMMUNITY, Town

VOLUNTEER = "/api/volunteer/v1"
FOR_WHOM = "居民甲，独居，示例小区3号楼2单元"


async def wished(here: Town, beneficiary: str) -> dict[str, str]:
    """A new wish of theirs, as Read-After wants it and by its id."""
    body = {"community": COMMUNITY, "beneficiary": beneficiary, "item": "老花镜", "for_whom": FOR_WHOM}
    made = await here.http.post(f"{VOLUNTEER}/wishes", json=body, headers=here.headers(Role.GRID_WORKER))
    assert made.status_code == 202, made.text
    return {"id": made.json()["id"], "read-after": str(made.json()["position"])}


async def test_of_somebody_just_registered_it_can_be_sealed_at_once_and_read_by_who_may(here: Town) -> None:
    who = await registered(here)
    wish = await wished(here, who.id)
    path, after = f"{VOLUNTEER}/wishes/{wish['id']}/beneficiary", {"read-after": wish["read-after"]}
    reader, token = here.token(Role.GRID_WORKER)
    for headers in (who.headers, {"authorization": f"Bearer {token}"}):
        said = (await here.http.get(path, headers={**headers, **after})).json()
        assert said == {"wish": wish["id"], "beneficiary": who.id, "for_whom": {"text": FOR_WHOM}}
    for other in (here.headers(Role.VOLUNTEER), here.headers(Role.SECRETARY, "xishan")):
        problem(await here.http.get(path, headers={**other, **after}), 404, "wish-not-found")
    public = await here.http.get(f"{VOLUNTEER}/wishes/{wish['id']}")
    assert "for_whom" not in public.json()
    [trace] = (await here.http.get(f"{VOLUNTEER}/me/reads", headers=who.headers)).json()
    assert (trace["by"], trace["fields"]) == (str(reader), ["for_whom"])


async def test_of_somebody_whom_directory_does_not_know_nothing_private_can_be_said(here: Town) -> None:
    body = {"community": COMMUNITY, "beneficiary": str(uuid.uuid4()), "item": "老花镜", "for_whom": FOR_WHOM}
    made = await here.http.post(f"{VOLUNTEER}/wishes", json=body, headers=here.headers(Role.GRID_WORKER))
    problem(made, 409, "no-personal-key")
    del body["for_whom"]
    made = await here.http.post(f"{VOLUNTEER}/wishes", json=body, headers=here.headers(Role.GRID_WORKER))
    assert made.status_code == 202


async def test_once_the_person_is_erased_the_wish_goes_on_and_nobody_reads_whom_it_was_for(here: Town) -> None:
    who = await registered(here)
    wish = await wished(here, who.id)
    await here.http.post(f"{DIRECTORY}/me/erase", headers=who.headers)
    worker = here.headers(Role.GRID_WORKER)
    path = f"{VOLUNTEER}/wishes/{wish['id']}"

    async def erased() -> bool:
        said = (await here.http.get(f"{path}/beneficiary", headers=worker)).json()
        return said["for_whom"] == {"erased": True}

    assert await until(erased)
    assert await keys_of(here, who) == 0
    done = await here.http.post(f"{path}/publish", headers=here.headers(Role.SECRETARY))
    assert done.status_code == 202


async def keys_of(here: Town, who: Resident) -> int:
    """How many keys of theirs there are in all databases."""
    asked = "select count(*) from person_key where person = $1"
    return sum([await one.log.pool.fetchval(asked, who.id) for one in here.running.values()])
