"""The ledger in Excel: what goes out comes in again, and what is wrong is named."""

import subprocess
import sys
import uuid
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.intake.ledgers import columns, ledger, sheet
from services.intake.ledgers.columns import COLUMNS, LOCAL, Line, codes_of, line
from services.intake.ledgers.sheet import Taken, line_of
from shared.contracts.intake import (
    IssueClassified,
    IssueClosed,
    IssueRaised,
    Kind,
    LedgerImported,
    LedgerRaised,
    Urgency,
    Where,
)
from shared.contracts.words import Channel, PersonId
from shared.deciding.refusals import NotValid
from tests.given import given as given_events
from tests.intake.ledgers import PLACES, row, workbook

NOW = datetime(2024, 1, 1, tzinfo=UTC)
GOOD = {"接件时间": datetime(2023, 11, 20, 19, 2), "诉求内容": "楼道灯不亮"}  # noqa: DTZ001 - as Excel has it
PUBLISHED_AT = "https://shangliang.example/matters"
WHO = PersonId(uuid.uuid4())


def written(*rows: dict[str, Any]) -> bytes:
    file = BytesIO()
    sheet.write([line(number, one, PLACES, PUBLISHED_AT) for number, one in enumerate(rows, 1)], file)
    return file.getvalue()


def read(content: bytes, community: str = "yaopo") -> Taken:
    return sheet.read(content, community, codes_of(PLACES), NOW, BytesIO())


def lines_of(content: bytes, community: str = "yaopo") -> list[Line]:
    into = BytesIO()
    taken = sheet.read(content, community, codes_of(PLACES), NOW, into)
    assert (taken.wrong, taken.errors) == (0, [])
    lines = [line_of(json) for json in into.getvalue().splitlines()]
    assert len(lines) == taken.lines
    return lines


def shown(content: bytes) -> list[dict[str, Any]]:
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    head, *lines = list(sheet.iter_rows())
    assert [cell.value for cell in head] == list(COLUMNS)
    return [dict(zip(COLUMNS, cells, strict=True)) for cells in lines]


def test_an_issue_is_a_line_with_its_times_as_times_and_all_else_as_text() -> None:
    rated = {"solved": True, "satisfied": False, "at": "2023-12-02T01:00:00+00:00"}
    done = row(
        status="closed",
        urgency="high",
        category="公共设施/照明",
        referral={"to": "unit", "unit": "power"},
        closed_at="2023-12-01T01:00:00+00:00",
        outcome="灯已修好",
        ratings=[rated],
        escalated=True,
        deadlines={"finish": {"due": "2023-11-30T09:00:00+00:00"}},
        overdue=True,
        merged=["a", "b"],
    )
    [one] = shown(written(done))
    said = {column: cell.value for column, cell in one.items() if cell.value is not None}
    assert said == {
        "序号": 1,
        "编号": done["id"],
        "来源": "议事亭",
        "接件时间": datetime(2023, 11, 20, 19, 2),  # noqa: DTZ001
        "网格": "第1网格",
        "楼栋单元": "如意小区3号楼 2单元",
        "姓名(可匿名)": done["raised_by"],
        "类别": "公共设施/照明",
        "诉求内容": "楼道灯不亮",
        "紧急程度": "紧急",
        "是否重复/关联编号": "a；b",
        "处置方式": "转共建单位",
        "责任单位": "power",
        "办理时限": datetime(2023, 11, 30, 17, 0),  # noqa: DTZ001
        "办理情况": "灯已修好",
        "办结时间": datetime(2023, 12, 1, 9, 0),  # noqa: DTZ001
        "是否超期": "是",
        "回访时间": datetime(2023, 12, 2, 9, 0),  # noqa: DTZ001
        "是否解决": "是",
        "满意度": "不满意",
        "备注": "已上报街道",
    }
    assert one["接件时间"].is_date


def test_the_heading_stays_in_sight_and_the_template_is_a_ledger_without_lines() -> None:
    assert load_workbook(BytesIO(written(row()))).worksheets[0].freeze_panes == "A2"
    assert shown(sheet.template()) == []
    assert read(sheet.template()) == Taken()


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x","y")', "+86", "-1", "@SUM(A1)", "\t=1"])
def test_what_begins_like_a_formula_is_text_that_stays_text_when_it_is_edited(text: str) -> None:
    [one] = shown(written(row(text=text)))
    cell = one["诉求内容"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


printable = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zs")), min_size=1, max_size=40)
texts = printable.map(str.strip).filter(bool)
times = st.datetimes(datetime(1950, 1, 1), datetime(2023, 12, 31)).map(  # noqa: DTZ001
    lambda time: time.replace(microsecond=0, tzinfo=UTC).isoformat()
)
said = {"text": texts, "raised_at": times, "channel": st.sampled_from(list(Channel)), "category": st.none() | texts}
rows = st.fixed_dictionaries(said).map(lambda said: row(**said))


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, max_size=5))
def test_what_goes_out_comes_in_again_as_it_was(rows: list[dict[str, Any]]) -> None:
    for before, after in zip(rows, lines_of(written(*rows)), strict=True):
        assert (str(after.id), str(after.by)) == (before["id"], before["raised_by"])
        assert (after.text, after.channel, after.category) == (before["text"], before["channel"], before["category"])
        assert after.raised_at == datetime.fromisoformat(before["raised_at"])
        assert (after.place, after.detail) == ("ruyi-3", None) or after.detail == "如意小区3号楼 2单元"


def test_the_same_line_is_the_same_issue_and_another_communitys_is_another() -> None:
    numbered = GOOD | {"编号": "2023-118"}
    [one], [again] = lines_of(workbook(numbered)), lines_of(workbook(numbered | {"诉求内容": "楼道灯又不亮"}))
    assert one.id == again.id
    [elsewhere] = lines_of(workbook(numbered), "xishan")
    assert one.id != elsewhere.id
    assert lines_of(workbook(GOOD)) == lines_of(workbook(GOOD)) != [one]


def test_a_place_is_known_by_its_name_and_times_are_chinas() -> None:
    said = {"楼栋单元": "如意小区3号楼", "网格": "第1网格", "接件时间": "2023/11/20 19:02"}
    [one] = lines_of(workbook(GOOD | said))
    assert (one.place, one.detail) == ("ruyi-3", None)
    assert one.raised_at == datetime(2023, 11, 20, 19, 2, tzinfo=LOCAL)
    [one] = lines_of(workbook(GOOD | said | {"楼栋单元": "老锅炉房", "接件时间": date(2023, 11, 20)}))
    assert (one.place, one.detail) == ("grid-1", "老锅炉房")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("诉求内容", None),
        ("诉求内容", "灯" * 4_001),
        ("诉求内容", "=1+1"),
        ("诉求内容", date(2023, 1, 1)),
        ("接件时间", None),
        ("接件时间", "上周"),
        ("接件时间", "2199-01-01"),
        ("接件时间", 45_000),
        ("来源", "信鸽"),
        ("紧急程度", "十万火急"),
        ("办结时间", "2001-01-01"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_named_and_nothing_is_taken(column: str, value: Any) -> None:
    taken = read(workbook(GOOD, GOOD | {"诉求内容": "另一件"} | {column: value}, GOOD | {"诉求内容": "第三件"}))
    [wrong] = taken.errors
    assert (wrong["row"], wrong["column"], taken.wrong) == (3, column, 1)
    assert wrong["zh"]
    assert wrong["en"].isascii()


def test_a_line_that_is_there_twice_is_wrong_and_of_many_the_first_are_told() -> None:
    [wrong] = read(workbook(GOOD, GOOD)).errors
    assert (wrong["row"], wrong["column"]) == (3, "编号")
    taken = read(workbook(*[{"诉求内容": "灯"}] * 300))
    assert (taken.wrong, len(taken.errors)) == (300, sheet.MOST_TOLD)


def test_columns_that_are_missing_or_unknown_are_named() -> None:
    with pytest.raises(NotValid) as refused:
        read(workbook(headings=("接件时间", "手机")))
    assert refused.value.code == "columns-wrong"
    assert refused.value.values == {"missing": ["诉求内容"], "unknown": ["手机"]}


def test_a_line_says_what_became_of_its_issue() -> None:
    imported = LedgerImported(community="yaopo", by=WHO, lines=1)
    closed = {"办结时间": datetime(2023, 12, 1), "类别": "照明", "紧急程度": "紧急", "姓名(可匿名)": "居民甲"}  # noqa: DTZ001
    [one] = lines_of(workbook(GOOD | closed))
    raised, classified, done = ledger.issue_of(imported, one)
    assert isinstance(raised, IssueRaised)
    assert (raised.by, raised.recorded_by, raised.channel) == (uuid.uuid5(one.id, "raiser"), WHO, Channel.WEB)
    assert raised.where == Where()
    assert classified == IssueClassified(by=WHO, category="照明", urgency=Urgency.HIGH, kind=Kind.PERSONAL)
    assert done == IssueClosed(outcome="已办结")
    assert "居民甲" not in "".join(event.model_dump_json() for event in (raised, classified, done))


def test_a_ledger_is_finished_once() -> None:
    imported, finished = LedgerImported(community="yaopo", by=WHO, lines=3), LedgerRaised(raised=2, known=1)
    given_events(ledger.ledgers, imported).when(ledger.finish, raised=2, known=1).then(finished)
    given_events(ledger.ledgers, imported, finished).when(ledger.finish, raised=2, known=1).then()


MEASURE = """
import resource, sys
from datetime import UTC, datetime
from tempfile import TemporaryFile
from services.intake.ledgers import sheet
from services.intake.ledgers.columns import line
from tests.intake.ledgers import PLACES, row

lines = int(sys.argv[2])
with open(sys.argv[1], "w+b") as file:
    sheet.write((line(n, row(), PLACES, "") for n in range(lines)), file)
    wrote = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    file.seek(0)
    with TemporaryFile() as into:
        assert sheet.read(file.read(), "yaopo", {}, datetime.now(UTC), into).lines == lines
print(wrote, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no getrusage")
def test_memory_hardly_grows_with_the_lines(tmp_path: Path) -> None:
    def peaks(lines: int) -> list[int]:
        run = [sys.executable, "-c", MEASURE, str(tmp_path / "ledger.xlsx"), str(lines)]
        done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=Path(columns.__file__).parents[3])
        return [int(peak) // 1024 for peak in done.stdout.split()]

    (few_out, few_in), (many_out, many_in) = peaks(100), peaks(8_000)
    assert many_out - few_out < 5  # MiB
    assert many_in - few_in < 10
