"""Excel files as people and mischief make them."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

from services.directory.housing import COLUMNS
from services.directory.sheet import template

SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: Sequence[Any], headings: Sequence[Any] = COLUMNS) -> bytes:
    """A file of one sheet."""
    book = Workbook()
    assert book.active is not None
    for row in (headings, *rows):
        book.active.append(tuple(row))
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def community(buildings: int, households: int) -> bytes:
    """So many buildings, in compounds of eleven, with so many households in all, in six grids."""
    return workbook(*_households(buildings, households))


def _households(buildings: int, households: int) -> Iterable[tuple[str, ...]]:
    for number in range(households):
        building, door = number % buildings, number // buildings
        unit, floor = door % 3 + 1, door // 3
        doors = f"{floor // 2 + 1}{floor % 2 + 1:02}"
        yield f"小区{building // 11 + 1}", f"{building % 11 + 1}号楼", f"{unit}单元", doors, f"第{building % 6 + 1}网格"


def with_part(name: str, content: bytes) -> bytes:
    """The template with one of its parts made something else, or one more."""
    made = BytesIO()
    with ZipFile(BytesIO(template())) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part.filename, old.read(part))
        new.writestr(name, content)
    return made.getvalue()


def with_rows(xml: str, prolog: str = "") -> bytes:
    """The template with these rows, in the file's own words."""
    columns = "".join(f'<c t="inlineStr"><is><t>{column}</t></is></c>' for column in COLUMNS)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'{prolog}<worksheet xmlns="{space}"><sheetData><row r="1">{columns}</row>{xml}</sheetData></worksheet>'
    return with_part(SHEET, sheet.encode())
