"""The Excel file that a community's housing comes in, read row by row; and an empty one to fill in."""

from datetime import date
from functools import cache
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

from services.directory.housing import COLUMNS, Entry, Wrong
from shared import excel
from shared.excel import CannotTake, Limits

LARGEST = 2 * 1024 * 1024
"""Bytes of a file; 3,000 households take about 100,000."""
MOST_UNPACKED = 16 * 1024 * 1024
MOST_ROWS = 10_000
LIMITS = Limits(MOST_UNPACKED, MOST_ROWS, deepest=100_000)
LONGEST_NAME = 50
EXAMPLE = "示例"
"""What the first cell of the template's example begins with; such rows are passed over."""
_KINDS = {"compound": "小区", "building": "楼栋", "unit": "单元", "household": "户号", "grid": "网格"}


def read(content: bytes) -> tuple[list[Entry], list[Wrong]]:
    """The rows of the first sheet, and the cells that can't be taken as they are. Raises NotValid."""
    rows = list(excel.rows(content, LIMITS))
    where = excel.headings(rows[0][1], COLUMNS)
    entries: list[Entry] = []
    wrong: list[Wrong] = []
    for number, cells in rows[1:]:
        said: dict[str, str] = {}
        for field, column in _KINDS.items():
            try:
                said[field] = _text(cells[where[column]] if where[column] < len(cells) else None)
            except CannotTake as why:
                said[field] = "?"
                wrong.append(Wrong(number, column, why.zh, why.en))
        if any(said.values()) and not said["compound"].startswith(EXAMPLE):
            entries.append(Entry(number, **said))
    if wrong:  # what is not understood would only seem to contradict the rest
        spoilt = {one.row for one in wrong}
        entries = [one for one in entries if one.row not in spoilt]
    return entries, wrong


@cache
def template() -> bytes:
    """A file with the headings, which stay in sight, and an example; cells are text, so that Excel keeps `3-2` what it
    is."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "房屋"
    sheet.append(COLUMNS)
    sheet.append((f"{EXAMPLE}：如意小区", "1号楼", "1单元", "101", "第1网格"))
    sheet.freeze_panes = "A2"
    for letter, cell in zip("ABCDE", sheet[1], strict=True):
        cell.font = Font(bold=True)
        sheet.column_dimensions[letter].width = 18
        sheet.column_dimensions[letter].number_format = "@"
        sheet[f"{letter}2"].number_format = "@"
        sheet[f"{letter}2"].font = Font(italic=True, color="00808080")
    notes = book.create_sheet("填写说明")
    for line in (
        "每户一行；没有户的楼栋或单元也可以各写一行。",
        "小区、楼栋必填；有户号的行须填单元；网格可以不填，一栋楼只属于一个网格。",
        f"以“{EXAMPLE}”开头的行不会导入，可以留着。",
        "不要写姓名、电话，不要用公式，不要改动首行的列名。",
        "重新上传不会重复登记，也不会删除表里没有的房屋。",
    ):
        notes.append((line,))
    notes.column_dimensions["A"].width = 80
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def _text(cell: Any) -> str:
    """A cell as one line of text. Raises CannotTake."""
    match excel.said(cell):
        case None:
            return ""
        case int(number):
            return str(number)
        case date():
            raise CannotTake(
                "Excel 已把它变成日期：请把这一列设为“文本”后重新填写。",
                "Excel has made a date of it: format the column as text and write it again.",
            )
        case str(value):
            return _line(value)
        case _:
            raise CannotTake("请填写文字或编号。", "Write text or a whole number.")


def _line(value: str) -> str:
    text = " ".join(value.split())
    if text[:1] in ("=", "+", "@") or text.startswith("#"):
        raise CannotTake("不能以 =、+、@、# 开头。", "It must not begin with =, +, @ or #.")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise CannotTake(
            f"最多 {LONGEST_NAME} 个字，不能有特殊字符。", f"At most {LONGEST_NAME} characters, no special ones."
        )
    return text
