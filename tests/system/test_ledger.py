"""The ledger in Excel, through the front door: in whole or not at all, each line once, and out again."""

from datetime import datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from services.intake.ledgers import ledger, staging
from services.intake.ledgers.columns import COLUMNS, Line
from shared.contracts.event import Event
from shared.contracts.intake import LedgerImported
from shared.contracts.words import Role
from shared.excel import XLSX
from tests.intake.ledgers import workbook
from tests.system.desk import INTAKE, Desk
from tests.system.places import Headers, until
from tests.system.test_answers import problem

LINES = [
    {"编号": f"2023-{number}", "接件时间": datetime(2023, 11, number, 9, 30), "诉求内容": f"第{number}件"}  # noqa: DTZ001
    for number in range(1, 6)
]


async def upload(desk: Desk, content: bytes, by: Headers | None = None, check: bool = False) -> httpx.Response:
    headers = {"content-type": XLSX, **(by or desk.secretary)}
    path = f"{INTAKE}/communities/{desk.community}/ledger{'?check=true' if check else ''}"
    return await desk.here.http.post(path, content=content, headers=headers)


async def taken(desk: Desk, content: bytes) -> dict[str, Any]:
    """How a ledger that is taken in ends."""
    answer = await upload(desk, content)
    assert answer.status_code == 202, answer.text

    async def ended() -> dict[str, Any] | None:
        said = (await desk.ask(f"/ledgers/{answer.json()['id']}")).json()
        return said if said["state"] == "raised" else None

    return await until(ended)


async def download(desk: Desk) -> list[dict[str, Any]]:
    """The ledger's lines."""
    desk.position = await desk.here.running["intake"].log.head()
    answer = await desk.ask(f"/communities/{desk.community}/ledger")
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    head, *lines = load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True)
    assert head == COLUMNS
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines]


async def test_a_ledger_is_taken_in_with_its_times_and_comes_out_as_it_is(desk: Desk) -> None:
    done = {"编号": "旧-1", "接件时间": "2023-10-01 08:00", "诉求内容": "门禁坏了", "类别": "公共设施/门禁"}
    done |= {"办结时间": "2023-10-03 08:00"}
    checked = (await upload(desk, workbook(*LINES, done), check=True)).json()
    assert (checked["lines"], checked["position"]) == (6, 0)
    assert await download(desk) == []
    ended = await taken(desk, workbook(*LINES, done))
    assert (ended["lines"], ended["raised"], ended["known"]) == (6, 6, 0)
    lines = await download(desk)
    assert [one["诉求内容"] for one in lines] == ["第5件", "第4件", "第3件", "第2件", "第1件", "门禁坏了"]
    assert lines[0]["接件时间"] == datetime(2023, 11, 5, 9, 30)  # noqa: DTZ001
    assert (lines[-1]["办理情况"], lines[-1]["类别"]) == ("已办结", "公共设施/门禁")
    assert lines[-1]["办结时间"] == datetime(2023, 10, 3, 8, 0)  # noqa: DTZ001
    answer = await desk.ask(f"/communities/{desk.community}/ledger")
    again = await taken(desk, answer.content)
    assert (again["raised"], again["known"]) == (0, 6)
    more = {"编号": "2023-6", "接件时间": "2023-11-06 09:30", "诉求内容": "第6件"}
    assert (await taken(desk, workbook(*LINES, more)))["raised"] == 1
    assert len(await download(desk)) == 7


async def test_with_one_bad_line_nothing_is_taken_in(desk: Desk) -> None:
    head = await desk.here.running["intake"].log.head()
    for check in (True, False):
        bad = {"接件时间": "上周", "诉求内容": "灯"}
        said = problem(await upload(desk, workbook(*LINES, bad), check=check), 422, "lines-wrong")
        assert [(one["row"], one["column"]) for one in said["errors"]] == [(7, "接件时间")]
    assert await desk.here.running["intake"].log.head() == head
    assert await desk.here.running["intake"].log.pool.fetchval("select count(*) from ledger_line") == 0


async def test_the_same_request_again_is_the_same_ledger(desk: Desk) -> None:
    key = {**desk.secretary, "idempotency-key": "k"}
    first = await upload(desk, workbook(*LINES), by=key)
    second = await upload(desk, workbook(*LINES), by=key)
    assert (first.status_code, first.json()) == (202, second.json())


async def test_who_does_not_keep_the_community_takes_nothing_in_and_gets_nothing_out(desk: Desk) -> None:
    for headers, code in (
        (desk.here.headers(Role.GRID_WORKER, desk.community), "role-missing"),
        (desk.here.headers(Role.SECRETARY, "xishan"), "out-of-scope"),
    ):
        problem(await upload(desk, workbook(*LINES), by=headers), 403, code)
    other = desk.here.headers(Role.SECRETARY, "xishan")
    problem(await desk.ask(f"/communities/{desk.community}/ledger", by=other), 403, "out-of-scope")
    problem(await upload(desk, b"not a workbook"), 422, "not-a-workbook")
    template = await desk.here.http.get(f"{INTAKE}/templates/ledger")
    assert (await upload(desk, template.content, check=True)).json()["lines"] == 0


async def test_work_that_breaks_between_two_batches_goes_on_with_the_lines_that_are_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue_of, tried = ledger.issue_of, [0]

    def breaks_once(imported: LedgerImported, line: Line) -> list[Event]:
        tried[0] += 1
        if tried[0] == 4:
            raise RuntimeError("as if the process had ended here")
        return issue_of(imported, line)

    monkeypatch.setattr(staging, "TOGETHER", 2)
    monkeypatch.setattr(ledger, "issue_of", breaks_once)
    ended = await taken(desk, workbook(*LINES))
    assert (ended["raised"], ended["known"]) == (5, 0)
    assert tried[0] == 7  # the third line twice, and no other
    assert sorted(one["诉求内容"] for one in await download(desk)) == [f"第{number}件" for number in range(1, 6)]


async def test_an_issue_that_is_taken_in_is_one_like_any_other(desk: Desk) -> None:
    await taken(desk, workbook(LINES[0]))
    [line] = await download(desk)
    await desk.do(f"/issues/{line['编号']}/acknowledge")
    [line] = await download(desk)
    assert line["办理情况"] == "已受理"
