"""Whether there is a virus in it: asked of a clamd, which is sent the bytes (INSTREAM of its protocol, clamd(8))."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import BinaryIO

import structlog

from shared.deciding.refusals import NotValid, Refusal

CHUNK = 64 * 1024
PATIENCE = 120.0
"""Seconds that it may take."""

logger = structlog.get_logger()


class ScannerAway(Refusal):
    """Nobody knows yet whether it is clean."""

    status = 503


async def scan(scanner: str, file: BinaryIO) -> None:
    """Returns where nothing was found. `scanner`: `host:port`, or a socket's path. Raises NotValid, ScannerAway."""
    try:
        async with asyncio.timeout(PATIENCE), _connected(scanner) as (reader, writer):
            said = await _told(reader, writer, file)
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
        raise _away(type(error).__name__) from None
    if said.endswith(b" FOUND"):
        logger.warning("evidence-infected")
        raise NotValid(
            "evidence-infected",
            "文件里发现病毒，没有保存；请换一个文件。",
            "There is a virus in the file, and it was not kept: send another.",
        )
    if said != b"stream: OK":
        raise _away("answer")


async def _told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, file: BinaryIO) -> bytes:
    """What clamd answers: it may have answered, and hung up, before it has heard all."""
    file.seek(0)
    writer.write(b"zINSTREAM\0")
    try:
        while chunk := file.read(CHUNK):
            writer.write(len(chunk).to_bytes(4) + chunk)
            await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
    except ConnectionError:
        pass
    return (await reader.readuntil(b"\0"))[:-1]


@asynccontextmanager
async def _connected(scanner: str) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = scanner.rpartition(":")
    opening = asyncio.open_unix_connection(scanner) if "/" in scanner else asyncio.open_connection(host, int(port))
    reader, writer = await opening
    try:
        yield reader, writer
    finally:
        writer.close()


def _away(why: str) -> ScannerAway:
    logger.warning("evidence-scanner-away", why=why)
    return ScannerAway(
        "evidence-scanner-away",
        "病毒扫描暂时不可用，请稍后再附；已传的文件不会丢。",
        "The virus scanner is not to be had now: add it again shortly. What was sent is not lost.",
    )
