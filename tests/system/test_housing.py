"""A community's housing from Excel, through the front door."""

from time import perf_counter

import httpx

from services.directory import sheet
from shared.contracts.words import Role
from shared.excel import XLSX
from tests.directory.sheets import community, with_part, workbook
from tests.system.places import DIRECTORY, District
from tests.system.test_answers import problem
from tests.town import Town

GOOD = ("如意小区", "1号楼", "1单元", "101", "第1网格")


async def test_a_community_of_55_buildings_and_3000_households_is_taken_in_within_seconds(here: Town) -> None:
    district = District(here)
    _, secretary = await district.opened()
    file = community(55, 3_000)
    told = {"compounds": 5, "buildings": 55, "units": 165, "households": 3_000, "grids": 6}
    head = await here.running["directory"].log.head()
    checked = (await district.upload(secretary, file, check=True)).json()
    assert (checked["changed"], checked["told"], checked["new"]) == (True, told, told)
    assert await here.running["directory"].log.head() == head
    began = perf_counter()
    taken = (await district.upload(secretary, file)).json()
    assert perf_counter() - began < 5
    assert (taken["changed"], taken["told"]) == (True, told)
    district.position = taken["position"]
    tree = (await district.ask({}, f"/communities/{district.community}/tree")).json()
    buildings = [one for compound in tree["compounds"] for one in compound["buildings"]]
    assert (len(tree["compounds"]), len(buildings), len(tree["grids"])) == (5, 55, 6)
    assert sum(len(unit["households"]) for one in buildings for unit in one["units"]) == 3_000
    assert all(one["grid"] for one in buildings)
    head = await here.running["directory"].log.head()
    again = (await district.upload(secretary, file)).json()
    assert (again["changed"], again["position"]) == (False, 0)
    assert (await district.upload(secretary, file, check=True)).json()["changed"] is False
    assert await here.running["directory"].log.head() == head


async def test_one_bad_row_is_named_and_nothing_is_taken_in(here: Town) -> None:
    district = District(here)
    _, secretary = await district.opened()
    file = workbook(GOOD, GOOD, ("", "2号楼", "", "", ""), (*GOOD[:3], "=1+1"), (*GOOD[:3], "103", "第2网格"))
    head = await here.running["directory"].log.head()
    for check in (True, False):
        said = problem(await district.upload(secretary, file, check=check), 422, "rows-wrong")
        assert [(one["row"], one["column"]) for one in said["errors"]] == [
            (3, "户号"),
            (4, "小区"),
            (5, "户号"),
            (6, "网格"),
        ]
        assert said["wrong"] == 4
        assert all(one["zh"] and one["en"] for one in said["errors"])
    assert await here.running["directory"].log.head() == head


async def test_the_same_key_gets_the_same_answer_and_with_another_question_it_is_refused(here: Town) -> None:
    district = District(here)
    _, secretary = await district.opened()
    file = workbook(GOOD)
    first = await district.upload(secretary, file, more={"idempotency-key": "k"})
    assert first.json()["changed"] is True
    assert (await district.upload(secretary, file, more={"idempotency-key": "k"})).text == first.text
    other = await district.upload(secretary, workbook(GOOD, ("如意小区", "2号楼")), more={"idempotency-key": "k"})
    problem(other, 422, "idempotency-key-reused")


async def test_a_file_that_is_too_large_or_none_is_one_plain_problem(here: Town) -> None:
    district = District(here)
    _, secretary = await district.opened()
    problem(await district.upload(secretary, b"x" * (sheet.LARGEST + 1)), 413, "too-large")
    problem(await district.upload(secretary, b"not a workbook"), 422, "not-a-workbook")
    bomb = with_part("xl/media/image1.png", bytes(sheet.MOST_UNPACKED))
    problem(await district.upload(secretary, bomb), 422, "workbook-too-large")
    said = problem(
        await district.upload(secretary, workbook(GOOD), more={"content-type": "text/csv"}), 415, "other-media-type"
    )
    assert said["media_type"] == XLSX
    path = f"{DIRECTORY}/communities/{district.community}/import?check=perhaps"
    answer = await here.http.post(path, content=workbook(GOOD), headers={**secretary, "content-type": XLSX})
    assert problem(answer, 422, "not-valid")["errors"][0]["where"] == "query.check"


async def test_who_does_not_keep_the_community_takes_nothing_in(here: Town) -> None:
    district = District(here)
    await district.opened()
    for headers, code in (
        ({}, "not-signed-in"),
        (here.headers(Role.RESIDENT, district.community), "role-missing"),
        (here.headers(Role.SECRETARY, "xishan"), "out-of-scope"),
    ):
        for check in (True, False):
            answer = await district.upload(headers, workbook(GOOD), check=check)
            problem(answer, 401 if code == "not-signed-in" else 403, code)


async def test_the_template_comes_as_a_file_and_goes_in_again(here: Town) -> None:
    answer: httpx.Response = await here.http.get(f"{DIRECTORY}/templates/housing")
    assert answer.headers["content-type"] == XLSX
    assert "housing.xlsx" in answer.headers["content-disposition"]
    district = District(here)
    _, secretary = await district.opened()
    assert (await district.upload(secretary, answer.content)).json()["changed"] is False
