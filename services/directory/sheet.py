"""The Excel file that a community's housing comes in, read row by row; and an empty one to fill in.

What is read is untrusted: it is unpacked only as far as the limits below, and nothing in it is computed."""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from services.directory.housing import COLUMNS, Entry, Wrong
from shared.deciding.refusals import NotValid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST = 2 * 1024 * 1024
"""Bytes of a file; 3,000 households take about 100,000."""
MOST_UNPACKED = 16 * 1024 * 1024
"""Bytes of all that is in it."""
MOST_PARTS = 200
MOST_ROWS = 10_000
DEEPEST = 100_000
"""The row beyond which nothing is looked for, however empty those before it are."""
WIDEST = 50
"""Columns that a heading is looked for in."""
LONGEST_NAME = 50
EXAMPLE = "示例"
"""What the first cell of the template's example begins with; such rows are passed over."""
_KINDS = {"compound": "小区", "building": "楼栋", "unit": "单元", "household": "户号", "grid": "网格"}


def read(content: bytes) -> tuple[list[Entry], list[Wrong]]:
    """The rows of the first sheet, and the cells that can't be taken as they are. Raises NotValid."""
    _require_modest(content)
    try:
        rows = list(_rows(content))
    except NotValid:
        raise
    except Exception:  # the library raises whatever its parsers do
        raise _not_a_workbook() from None
    if not rows:
        raise _not_a_workbook()
    where = _headings(rows[0][1])
    entries: list[Entry] = []
    wrong: list[Wrong] = []
    for number, cells in rows[1:]:
        said: dict[str, str] = {}
        for field, column in _KINDS.items():
            try:
                said[field] = _text(cells[where[column]] if where[column] < len(cells) else None)
            except _CannotTake as why:
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


class _CannotTake(Exception):
    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.zh, self.en = zh, en


def _require_modest(content: bytes) -> None:
    """Before anything is unpacked: an archive says how large its parts are, and no more than that is ever read."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        raise _not_a_workbook() from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise NotValid(
            "workbook-too-large",
            "这个文件解开后过大，请只保留要导入的表，另存为新的 .xlsx。",
            "The file is too large once unpacked: keep only the sheet to be taken in, and save it as a new .xlsx.",
            most_bytes=MOST_UNPACKED,
        )


def _rows(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows that say something, with their numbers."""
    if _declares_entities(content):
        raise _not_a_workbook()
    book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
    sheet: Any = book.worksheets[0]
    sheet.reset_dimensions()  # the file's own word on how large it is
    found = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=WIDEST), 1):
        if any(cell.value is not None for cell in cells):
            found += 1
            yield number, cells
        if found > MOST_ROWS + 1 or number > DEEPEST:
            raise NotValid(
                "too-many-rows",
                "行数超过上限，请分成几个文件上传，并删去末尾的空行。",
                "More rows than are taken at once: send several files, without empty rows at the end.",
                most=MOST_ROWS,
            )


def _declares_entities(content: bytes) -> bool:
    """Whether a part has a document type: Excel writes none, and only what would be expanded needs one."""
    with ZipFile(BytesIO(content)) as archive:
        return any(b"<!DOCTYPE" in archive.read(part) for part in archive.infolist())


def _headings(cells: Sequence[Any]) -> dict[str, int]:
    """Which column is where."""
    named = {str(cell.value).strip(): at for at, cell in enumerate(cells) if cell.value is not None}
    missing = [column for column in COLUMNS if column not in named]
    unknown = sorted(named.keys() - set(COLUMNS))
    if missing or unknown:
        raise NotValid(
            "columns-wrong",
            "首行须是且只是小区、楼栋、单元、户号、网格五列：请补上 missing，删去 unknown，或从模板重做。",
            "The first row must name these columns and no others: add those that are `missing`, remove the `unknown`, "
            "or begin with the template.",
            missing=missing,
            unknown=[one[:LONGEST_NAME] for one in unknown],
        )
    return named


def _text(cell: Any) -> str:
    """A cell as one line of text. Raises _CannotTake."""
    if cell is None:
        return ""
    value = cell.value
    match value:
        case None:
            return ""
        case _ if cell.data_type == "f":
            raise _CannotTake("不能用公式：请复制后只粘贴值。", "A formula: paste its value instead.")
        case bool():
            raise _CannotTake("请填写文字或编号。", "Write text or a number.")
        case int():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
        case date() | time() | timedelta():
            raise _CannotTake(
                "Excel 已把它变成日期：请把这一列设为“文本”后重新填写。",
                "Excel has made a date of it: format the column as text and write it again.",
            )
        case str():
            return _line(value)
        case _:
            raise _CannotTake("请填写文字或编号。", "Write text or a whole number.")


def _line(value: str) -> str:
    text = " ".join(value.split())
    if text[:1] in ("=", "+", "@") or text.startswith("#"):
        raise _CannotTake("不能以 =、+、@、# 开头。", "It must not begin with =, +, @ or #.")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise _CannotTake(
            f"最多 {LONGEST_NAME} 个字，不能有特殊字符。", f"At most {LONGEST_NAME} characters, no special ones."
        )
    return text


def _not_a_workbook() -> NotValid:
    return NotValid(
        "not-a-workbook",
        "这不是能读取的 Excel 文件：请用模板填写，保存为不加密的 .xlsx。",
        "This is no Excel file that can be read: fill in the template and save it as .xlsx, without a password.",
    )
