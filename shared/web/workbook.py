"""Excel files as answers: what the API says of them, and under which name they are saved."""

from typing import Any

from fastapi import Response

from shared.excel import XLSX

WORKBOOK: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}
"""The `responses` of a route that answers one."""


def saved_as(name: str) -> dict[str, str]:
    """Headers that have the browser save the file (RFC 6266)."""
    return {"content-disposition": f'attachment; filename="{name}.xlsx"'}


def workbook(content: bytes, name: str) -> Response:
    """The file."""
    return Response(content, media_type=XLSX, headers=saved_as(name))
