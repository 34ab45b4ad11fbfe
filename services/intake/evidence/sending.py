"""A file on its way to a browser: all of it or a range, unless it has it (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from shared.deciding.refusals import Refusal
from shared.web.headers import header

SAFE = {
    "cache-control": "private, no-cache",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "accept-ranges": "bytes",
}
"""Nobody else's cache keeps it, its holder asks each time whether it may still be seen; nothing in it is ever run."""
RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


class NoSuchRange(Refusal):
    """It begins after the end."""

    status = 416


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes from the start on and before the end."""

    start: int
    end: int


def range_of(request: Request, size: int, etag: str) -> Range | None:
    """What is asked for; None for all of it, also where the range is more than one, or of what has changed. Raises
    NoSuchRange."""
    found = RANGE.match(header(request, b"range") or "")
    if found is None or not any(found.groups()) or (header(request, b"if-range") or etag) != etag:
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= size or (first and last and int(last) < int(first)):
        raise NoSuchRange(
            "no-such-range", "请求的范围超出文件。", "The file has no such range: see its size.", size=size
        )
    return Range(start, end)


def headers_of(etag: str, size: int, part: Range | None, name: str, *, inline: bool) -> dict[str, str]:
    """Of an answer with a file, that is shown in place or saved under the name."""
    told = {
        **SAFE,
        "etag": etag,
        "content-length": str(size if part is None else part.end - part.start),
        "content-disposition": f'{"inline" if inline else "attachment"}; filename="{name}"',
    }
    return told if part is None else told | {"content-range": f"bytes {part.start}-{part.end - 1}/{size}"}


async def sent(blocks: AsyncIterator[bytes], media_type: str, headers: dict[str, str], status: int) -> Response:
    """The answer, once its first bytes are there: what is wrong with the rest can only be broken off."""
    first = await anext(blocks)

    async def all_of_it() -> AsyncIterator[bytes]:
        yield first
        async for block in blocks:
            yield block

    return StreamingResponse(all_of_it(), status, headers, media_type)


def unchanged(etag: str) -> Response:
    """The browser has it."""
    return Response(status_code=304, headers={**SAFE, "etag": etag})
