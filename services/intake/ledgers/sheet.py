"""The ledger as an Excel file: written row by row, and read row by row, in memory that does not grow with its rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from services.intake.ledgers import columns
from services.intake.ledgers.columns import COLUMNS, NEEDED, TIMES, Cell, Line, Wrong
from shared import excel
from shared.excel import FORMULA, CannotTake, Limits

LARGEST = 48 * 1024 * 1024
"""Bytes of a file."""
MOST_ROWS = 100_000
LIMITS = Limits(unpacked=1024 * 1024 * 1024, rows=MOST_ROWS, deepest=200_000)
MOST_TOLD = 200
"""Wrong cells that an answer names; how many there are it says in any case."""
READS: Mapping[str, Callable[[str], Any]] = {
    "id": UUID,
    "by": UUID,
    "raised_at": datetime.fromisoformat,
    "closed_at": datetime.fromisoformat,
}
WIDTHS = {"编号": 38, "诉求内容": 48, "办理情况": 32, **dict.fromkeys(TIMES, 18)}


def write(lines: Iterable[Iterable[Cell]], file: BinaryIO) -> None:
    """A workbook with the lines: the heading stays in sight, times are Excel's own, everything else is text."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("台账")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(column, 14)
    sheet.append([_cell(sheet, column, bold=True) for column in COLUMNS])
    for line in lines:
        sheet.append([_harmless(sheet, value) if isinstance(value, str) else value for value in line])
    book.save(file)


@cache
def template() -> bytes:
    """A ledger without lines."""
    made = BytesIO()
    write((), made)
    return made.getvalue()


def _harmless(sheet: Any, text: str) -> Any:
    return _cell(sheet, text) if text.startswith(FORMULA) else _printable(text)


def _cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    """Text that no program computes, nor when the cell is edited: its style says that it is quoted."""
    cell: Any = WriteOnlyCell(sheet, _printable(text))
    cell.data_type = "s"
    cell.quotePrefix = not bold
    if bold:
        cell.font = Font(bold=True)
    return cell


def _printable(text: str) -> str:
    """Without the control characters that XML can't hold, and no longer than a cell may be."""
    return excel.UNWRITABLE.sub("", text)[: excel.LONGEST_CELL]


@dataclass
class Taken:
    """What a file says: so many good lines; so many cells that are `wrong`, and the first of these."""

    lines: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    wrong: int = 0

    def tell(self, row: int, column: str, zh: str, en: str) -> None:
        self.wrong += 1
        if self.wrong <= MOST_TOLD:
            self.errors.append({"row": row, "column": column, "zh": zh, "en": en})


def read(content: bytes, community: str, places: Mapping[str, str], now: datetime, into: BinaryIO) -> Taken:
    """Writes every line of the file, as one of JSON, `into` another; or says what is wrong with each that can't be
    taken. Raises NotValid."""
    rows = excel.rows(content, LIMITS)
    where = excel.headings(next(rows)[1], NEEDED, COLUMNS)
    taken, first = Taken(), dict[bytes, int]()
    for number, cells in rows:
        try:
            line = columns.read_line(community, dict(_said(cells, where)), places, now)
        except Wrong as wrong:
            taken.tell(number, wrong.column, wrong.zh, wrong.en)
            continue
        before = first.setdefault(line.id.bytes, number)
        if before != number:
            taken.tell(number, "编号", f"与第 {before} 行相同，请删去一行。", f"The same as row {before}.")
        elif not taken.wrong:  # with one that is wrong nothing is taken in
            taken.lines += 1
            into.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    return taken


def _said(cells: Any, where: Mapping[str, int]) -> Iterator[tuple[str, Any]]:
    for column, at in where.items():
        try:
            yield column, excel.said(cells[at]) if at < len(cells) else None
        except CannotTake as why:
            raise Wrong(column, why.zh, why.en) from None


def line_of(json: bytes) -> Line:
    """A line as it was kept."""
    said: dict[str, Any] = orjson.loads(json)
    return Line(**{name: READS[name](value) if name in READS and value else value for name, value in said.items()})
