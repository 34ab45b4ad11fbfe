"""Ledgers as the view has them, and as people fill them in."""

import uuid
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from services.intake.chats.guessing import Known
from services.intake.ledgers.columns import COLUMNS, Places

PLACES = Places(
    {
        "ruyi": Known("ruyi", "如意小区"),
        "ruyi-3": Known("ruyi-3", "3号楼", "ruyi"),
        "grid-1": Known("grid-1", "第1网格"),
    },
    {"ruyi-3": "grid-1", "grid-1": "grid-1"},
)


def row(**more: Any) -> dict[str, Any]:
    """An issue's row of the view."""
    return {
        "id": str(uuid.uuid4()),
        "community": "yaopo",
        "place": "ruyi-3",
        "status": "raised",
        "text": "楼道灯不亮",
        "channel": "pavilion",
        "where": {"place": "ruyi-3", "detail": "2单元"},
        "raised_by": str(uuid.uuid4()),
        "recorded_by": None,
        "raised_at": "2023-11-20T11:02:00+00:00",
        "seconds": 0,
        "category": None,
        "urgency": None,
        "kind": None,
        "merged_into": None,
        "merged": [],
        "referral": None,
        "closed_at": None,
        "outcome": None,
        "ratings": [],
        "escalated": False,
        "published": False,
        **more,
    }


def workbook(*lines: dict[str, Any], headings: Sequence[str] = COLUMNS) -> bytes:
    """A file of one sheet, as a person fills it in."""
    book = Workbook()
    assert book.active is not None
    book.active.append(tuple(headings))
    for line in lines:
        book.active.append([line.get(column) for column in headings])
    made = BytesIO()
    book.save(made)
    return made.getvalue()
