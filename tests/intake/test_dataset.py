"""Open data's files: read back as they were, and nothing in them that a spreadsheet carries out."""

import csv
from datetime import date
from io import StringIO
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.intake.open_data.dataset import BOM, FIELDS, NAMES, package, to_csv, to_lines
from services.intake.publishing.views import MatterRow
from shared.excel import FORMULA
from shared.settings import Settings

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
ROWS = st.lists(st.fixed_dictionaries({name: TEXT | st.none() for name in NAMES}), max_size=4)


@given(ROWS)
def test_lines_are_read_back_as_they_were(rows: list[dict[str, Any]]) -> None:
    content = b"".join(to_lines(rows))
    assert content.count(b"\n") == len(rows)
    assert [orjson.loads(line) for line in content.split(b"\n")[:-1]] == rows


@given(ROWS)
def test_csv_is_read_back_but_for_an_apostrophe_before_what_would_be_carried_out(rows: list[dict[str, Any]]) -> None:
    text = b"".join(to_csv(rows)).decode()
    assert text.startswith(BOM)
    head, *lines = list(csv.reader(StringIO(text.removeprefix(BOM), newline="")))
    assert tuple(head) == NAMES
    for row, line in zip(rows, lines, strict=True):
        for name, cell in zip(NAMES, line, strict=True):
            assert not cell.startswith(FORMULA)
            assert cell.removeprefix("'") == (row[name] or "").removeprefix("'")


def test_the_description_names_each_column_that_a_published_matter_has() -> None:
    said = package(
        "yaopo", "窑坡社区", date(2026, 11, 24), Settings(licence="CC0-1.0", licence_url="https://example.org")
    )
    assert said["licenses"] == [{"name": "CC0-1.0", "path": "https://example.org"}]
    assert [one["path"] for one in said["resources"]] == ["matters-2026-11-24.csv", "matters-2026-11-24.jsonl"]
    for resource in said["resources"]:
        assert [one["name"] for one in resource["schema"]["fields"]] == [name for name, *_ in FIELDS]
    assert set(NAMES) == set(MatterRow.__annotations__) - {"merged_when"}
