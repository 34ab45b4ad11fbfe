"""Excel files of others, read row by row. They are untrusted: unpacked only as far as limits allow, nothing in them is
computed, and nothing is expanded."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

from shared.deciding.refusals import NotValid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_PARTS = 200
WIDEST = 50
"""Columns that a heading is looked for in."""
LONGEST_HEADING = 50
LONGEST_CELL = 32_767
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no cell can hold (XML 1.0, 2.2)."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet program might take for a formula."""
CHUNK = 1 << 18
DOCTYPE = b"<!DOCTYPE"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of all that is in a file, rows that say something, and the row beyond which nothing is looked for, however
    empty those before it are."""

    unpacked: int
    rows: int
    deepest: int


class CannotTake(Exception):
    """A cell that can't be taken as it is: what to change, in Chinese and English."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.zh, self.en = zh, en


def rows(content: bytes, limits: Limits) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows of the first sheet that say something, with their numbers and openpyxl's cells; at least the heading.
    Raises NotValid."""
    _require_modest(content, limits)
    found = 0
    try:
        for number, cells in _rows(content):
            if any(cell.value is not None for cell in cells):
                found += 1
                yield number, cells
            if found > limits.rows + 1 or number > limits.deepest:
                raise NotValid(
                    "too-many-rows",
                    "行数超过上限，请分成几个文件上传，并删去末尾的空行。",
                    "More rows than are taken at once: send several files, without empty rows at the end.",
                    most=limits.rows,
                )
    except (NotValid, GeneratorExit):
        raise
    except Exception:  # the library raises whatever its parsers do
        raise not_a_workbook() from None
    if not found:
        raise not_a_workbook()


def headings(cells: Sequence[Any], needed: Sequence[str], others: Sequence[str] = ()) -> dict[str, int]:
    """Which column is where; those `needed` are there, and none but they and `others`. Raises NotValid."""
    named = {str(cell.value).strip(): at for at, cell in enumerate(cells) if cell.value is not None}
    missing = [column for column in needed if column not in named]
    unknown = sorted(named.keys() - {*needed, *others})
    if missing or unknown:
        raise NotValid(
            "columns-wrong",
            "首行的列名不对：请补上 missing，删去 unknown，或从模板重做。",
            "The first row must name these columns and no others: add those that are `missing`, remove the `unknown`, "
            "or begin with the template.",
            missing=missing,
            unknown=[one[:LONGEST_HEADING] for one in unknown],
        )
    return named


def said(cell: Any) -> str | int | float | date | None:
    """A cell's value, None where it says nothing: text as it was typed. Raises CannotTake."""
    if cell is None:
        return None
    match cell.value:
        case None:
            return None
        case _ if cell.data_type == "f":
            raise CannotTake("不能用公式：请复制后只粘贴值。", "A formula: paste its value instead.")
        case str(text) if cell.data_type == "e":
            raise CannotTake(f"Excel 报错 {text[:20]}：请改成文字。", "An error of Excel's: write text instead.")
        case bool() | time() | timedelta():
            raise CannotTake("请填写文字或编号。", "Write text or a number.")
        case float() as number if number.is_integer():
            return int(number)
        case str() | int() | float() | date() as value:
            return value
        case _:
            raise CannotTake("请填写文字或编号。", "Write text or a whole number.")


def not_a_workbook() -> NotValid:
    """It can't be read at all."""
    return NotValid(
        "not-a-workbook",
        "这不是能读取的 Excel 文件：请用模板填写，保存为不加密的 .xlsx。",
        "This is no Excel file that can be read: fill in the template and save it as .xlsx, without a password.",
    )


def _require_modest(content: bytes, limits: Limits) -> None:
    """Before anything is unpacked: an archive says how large its parts are, and no more than that is ever read."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        raise not_a_workbook() from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > limits.unpacked:
        raise NotValid(
            "workbook-too-large",
            "这个文件解开后过大，请只保留要导入的表，另存为新的 .xlsx。",
            "The file is too large once unpacked: keep only the sheet to be taken in, and save it as a new .xlsx.",
            most_bytes=limits.unpacked,
        )


def _rows(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    if _declares_entities(content):
        raise not_a_workbook()
    book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
    sheet: Any = book.worksheets[0]
    sheet.reset_dimensions()  # the file's own word on how large it is
    yield from enumerate(sheet.iter_rows(max_col=WIDEST), 1)


def _declares_entities(content: bytes) -> bool:
    """Whether a part has a document type: Excel writes none, and only what would be expanded needs one."""
    with ZipFile(BytesIO(content)) as archive:
        return any(_has_doctype(archive, name) for name in archive.namelist())


def _has_doctype(archive: ZipFile, name: str) -> bool:
    seen = b""
    with archive.open(name) as part:
        while chunk := part.read(CHUNK):
            if DOCTYPE in (seen := seen[-len(DOCTYPE) :] + chunk):
                return True
    return False
