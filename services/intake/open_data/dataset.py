"""The dataset of a community's published matters: its description as a Data Package (https://datapackage.org), and its
rows as CSV (RFC 4180) and JSON Lines."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from typing import Any

import orjson

from shared.excel import FORMULA
from shared.settings import Settings

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""
FIELDS: Sequence[tuple[str, str, str, Mapping[str, Any]]] = (
    ("id", "string", "编号，终身不变", {"required": True, "unique": True}),
    ("community", "string", "社区编号", {"required": True}),
    ("title", "string", "标题，社区撰写", {"required": True}),
    ("text", "string", "内容，社区撰写", {"required": True}),
    ("outcome", "string", "办理结果，社区撰写", {}),
    ("place", "string", "小区编号", {}),
    ("category", "string", "类别", {}),
    ("service", "string", "类别在 Open311 里的 service_code", {"required": True}),
    ("status", "string", "进展", {"enum": ["raised", "acknowledged", "referred", "merged", "closed", "withdrawn"]}),
    ("state", "string", "办理中或已办完", {"enum": ["open", "closed"]}),
    ("raised_at", "datetime", "提出时间，UTC", {"required": True}),
    ("published_at", "datetime", "公示时间，UTC", {"required": True}),
    ("updated_at", "datetime", "最近变动时间，UTC", {"required": True}),
)
"""Name, type, meaning and constraints of each column, as Table Schema has them."""
NAMES = tuple(name for name, *_ in FIELDS)


def package(community: str, name: str, day: date, settings: Settings) -> dict[str, Any]:
    """The description, with the files of that day; those of any other day have the same form."""
    schema = {
        "fields": [
            {"name": field, "type": kind, "description": meaning, "constraints": constraints}
            for field, kind, meaning, constraints in FIELDS
        ],
        "primaryKey": ["id"],
        "missingValues": [""],
    }
    return {
        "name": f"shangliang-{community}-matters",
        "title": f"{name}公示的诉求",
        "description": (
            "每天零点（北京时间）的公示诉求，一天一份，文件名里的日期换成任何一天即可。"
            "撤下的公示从各天的文件里一并消失。One file a day, as of its end in China; put any day into the name."
        ),
        "licenses": [{"name": settings.licence, "path": settings.licence_url}],
        "resources": [
            {
                "name": "matters",
                "path": f"matters-{day}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": schema,
            },
            {
                "name": "matters-lines",
                "path": f"matters-{day}.jsonl",
                "format": "jsonl",
                "mediatype": "application/jsonl",
                "encoding": "utf-8",
                "schema": schema,
            },
        ],
    }


def to_csv(rows: Sequence[Mapping[str, Any]]) -> Iterator[bytes]:
    """With a header; what is null is empty, what a spreadsheet would carry out begins with an apostrophe."""
    yield _line(NAMES, BOM)
    for row in rows:
        yield _line([_harmless(row[name]) for name in NAMES])


def to_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[bytes]:
    """An object a line, text as it is."""
    for row in rows:
        yield orjson.dumps({name: row[name] for name in NAMES}) + b"\n"


def _line(cells: Sequence[str], before: str = "") -> bytes:
    into = StringIO()
    csv.writer(into).writerow(cells)  # RFC 4180: quoted where need be, CRLF
    return f"{before}{into.getvalue()}".encode()


def _harmless(value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(FORMULA) else text
