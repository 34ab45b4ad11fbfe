"""A thousand people press the button at once."""

import asyncio
from collections import Counter

import httpx

from shared.contracts.words import Role
from tests.town import Town

PEOPLE, WISHES = 1_000, 10


async def test_of_a_thousand_who_press_on_ten_wishes_exactly_ten_get_one(here: Town) -> None:
    worker, secretary = here.headers(Role.GRID_WORKER), here.headers(Role.SECRETARY)
    wishes: list[str] = []
    for _ in range(WISHES):
        beneficiary, _ = here.token(Role.RESIDENT)
        body = {"community": "yaopo", "beneficiary": str(beneficiary), "item": "老花镜"}
        made = await here.http.post("/api/volunteer/v1/wishes", json=body, headers=worker)
        wishes.append(made.json()["id"])
        await here.http.post(f"/api/volunteer/v1/wishes/{wishes[-1]}/publish", headers=secretary)
    people = [here.headers(Role.VOLUNTEER) for _ in range(PEOPLE)]
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(base_url=here.http.base_url, timeout=60, limits=limits) as http:

        async def press(number: int) -> httpx.Response:
            return await http.post(f"/api/volunteer/v1/wishes/{wishes[number % WISHES]}/claim", headers=people[number])

        answers = await asyncio.gather(*(press(number) for number in range(PEOPLE)))
    assert Counter(answer.status_code for answer in answers) == {202: WISHES, 409: PEOPLE - WISHES}
    assert {answer.json()["code"] for answer in answers if answer.is_error} == {"wish-all-claimed"}
    assert len({answer.json()["id"] for answer in answers if answer.is_success}) == WISHES
    log = here.running["volunteer"].log
    claimed = [event for wish in wishes for event in await log.stream(f"wish-{wish}") if event.type == "wish-claimed"]
    assert len(claimed) == WISHES
