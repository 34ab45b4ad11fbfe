"""What is read of an Excel file, and what is not."""

from datetime import date
from io import BytesIO
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.directory import sheet
from services.directory.housing import COLUMNS, Entry
from shared.deciding.refusals import NotValid
from tests.directory.sheets import SHEET, community, with_part, with_rows, workbook

EXPANDED = '<row r="2"><c t="inlineStr"><is><t>&a;</t></is></c><c t="inlineStr"><is><t>1</t></is></c></row>'
GOOD = ("如意小区", "1号楼", "1单元", "101", "第1网格")


def refused(content: bytes) -> str:
    with pytest.raises(NotValid) as why:
        sheet.read(content)
    return why.value.code


def test_rows_are_read_with_the_numbers_that_excel_shows() -> None:
    entries, wrong = sheet.read(workbook(GOOD, (), ("如意小区", 2, " 1单元 ", 201.0, None)))
    assert wrong == []
    assert entries == [Entry(2, *GOOD), Entry(4, "如意小区", "2", "1单元", "201")]


def test_columns_may_stand_in_any_order_but_each_has_to_be_there_and_no_other() -> None:
    entries, _ = sheet.read(workbook(GOOD[::-1], headings=COLUMNS[::-1]))
    assert entries == [Entry(2, *GOOD)]
    for headings in (COLUMNS[:4], (*COLUMNS, "电话"), ("小区", "楼栋", "单元", "户号", "网格员")):
        assert refused(workbook(GOOD, headings=headings)) == "columns-wrong"


@pytest.mark.parametrize(
    "value", ["=1+1", "=HYPERLINK(A1)", "@SUM", "+1", date(2024, 3, 2), 1.5, True, "#N/A", "字" * 51, "a\u200bb"]
)
def test_a_cell_that_is_no_name_is_named_with_its_row_and_column(value: Any) -> None:
    entries, [wrong] = sheet.read(workbook(GOOD, (*GOOD[:3], value)))
    assert (wrong.row, wrong.column) == (3, "户号")
    assert entries == [Entry(2, *GOOD)]


def test_a_formula_is_refused_even_if_it_carries_a_value() -> None:
    _, [wrong] = sheet.read(with_rows('<row r="2"><c r="A2"><f>B2</f><v>7</v></c></row>'))
    assert (wrong.row, wrong.column, wrong.zh) == (2, "小区", "不能用公式：请复制后只粘贴值。")


def test_the_template_can_be_filled_in_and_its_example_is_passed_over() -> None:
    assert sheet.read(sheet.template()) == ([], [])
    book = load_workbook(BytesIO(sheet.template()))
    first = book.worksheets[0]
    assert first.freeze_panes == "A2"
    assert tuple(cell.value for cell in first[1]) == COLUMNS
    first.append(GOOD)
    filled = BytesIO()
    book.save(filled)
    assert sheet.read(filled.getvalue()) == ([Entry(3, *GOOD)], [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        "小区,楼栋".encode(),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),  # an .xls, or a file with a password
        sheet.template()[:-300],
        with_part(SHEET, b"<worksheet"),
        with_part("xl/workbook.xml", b"<html/>"),
        with_rows(EXPANDED, f'<!--{"x" * 9_000}--><!DOCTYPE x [<!ENTITY a "b">]>'),
        with_rows('<row r="2"><c r="A2" t="s"><v>999</v></c></row>'),
    ],
)
def test_what_is_no_workbook_is_said_to_be_none(content: bytes) -> None:
    assert refused(content) == "not-a-workbook"


def test_what_unpacks_into_far_more_is_not_unpacked() -> None:
    bomb = with_part("xl/media/image1.png", bytes(sheet.MOST_UNPACKED))
    assert len(bomb) < 100_000
    began = perf_counter()
    assert refused(bomb) == "workbook-too-large"
    assert perf_counter() - began < 0.1


def test_rows_are_looked_for_only_so_far() -> None:
    assert refused(with_rows('<row r="999999999"><c><v>1</v></c></row>')) == "too-many-rows"
    assert refused(workbook(*[("如意小区", str(number)) for number in range(sheet.MOST_ROWS + 1)])) == "too-many-rows"
    far = with_rows('<row r="90000"><c r="A90000"><v>1</v></c><c r="XFD90000"><v>1</v></c></row>')
    assert sheet.read(far) == ([Entry(90_000, "1", "")], [])


def test_a_whole_community_is_read_within_seconds() -> None:
    content = community(55, 3_000)
    assert len(content) < sheet.LARGEST / 10
    began = perf_counter()
    entries, wrong = sheet.read(content)
    assert (len(entries), wrong) == (3_000, [])
    assert perf_counter() - began < 3


@settings(max_examples=150, deadline=None)
@for_all(st.binary(max_size=300), st.integers(0, 10_000))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(noise: bytes, at: int) -> None:
    content = workbook(GOOD)
    place = at % len(content)
    try:
        sheet.read(content[:place] + noise + content[place + len(noise) :])
    except NotValid as why:
        assert why.code in ("not-a-workbook", "workbook-too-large", "columns-wrong", "too-many-rows")  # noqa: PT017
