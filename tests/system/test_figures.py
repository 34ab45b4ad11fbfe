"""Figures that everybody may read, and the exact ones for who answers for them."""

import uuid
from typing import Any

from shared.contracts.words import Role
from tests.system.test_answers import ISSUES, problem
from tests.town import Town

COUNTS = "/api/intake/v1/counts"


async def counted(here: Town, path: str, headers: dict[str, str], after: int) -> Any:
    return await here.http.get(f"{COUNTS}/{path}", headers={**headers, "read-after": str(after)})


async def test_everybody_reads_large_numbers_and_the_communitys_workers_all_of_them(here: Town) -> None:
    at = f"c-{uuid.uuid4().hex[:10]}"
    secretary, resident = here.headers(Role.SECRETARY, at), here.headers(Role.RESIDENT, at)
    made = [await here.raised(resident, community=at) for _ in range(12)]
    taken_up = [await here.http.post(f"{ISSUES}/{one['id']}/acknowledge", headers=secretary) for one in made[:2]]
    position = taken_up[-1].json()["position"]
    public = (await counted(here, at, {}, position)).json()
    assert public == {"community": at, "total": 12, "by_status": {"acknowledged": None, "raised": None}}
    for who in (secretary, here.headers(Role.OFFICER, at), here.headers(Role.STEWARD)):
        exact = (await counted(here, f"{at}/exact", who, position)).json()
        assert exact == {"community": at, "by_status": {"acknowledged": 2, "raised": 10}}
    foreign = here.headers(Role.SECRETARY, "xishan")
    problem(await counted(here, f"{at}/exact", foreign, position), 404, "community-not-found")
    problem(await counted(here, f"{at}/exact", resident, position), 403, "role-missing")


async def test_an_issue_of_another_community_is_on_no_list_and_no_visit(here: Town) -> None:
    theirs = await here.raised(here.headers(Role.RESIDENT, "xishan"), community="xishan")
    secretary = here.headers(Role.SECRETARY)
    listed = {"community": "yaopo", "title": "清单", "issues": [theirs["id"]]}
    visited = {"community": "yaopo", "households": ["独居老人"], "issues": [theirs["id"]]}
    for path, body in (("problem-lists", listed), ("visits", visited)):
        answer = await here.http.post(f"/api/intake/v1/{path}", json=body, headers=secretary)
        problem(answer, 422, "other-community")
