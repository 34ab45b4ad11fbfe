"""A little clamd that speaks INSTREAM: it finds what says EICAR, and remembers how much it was sent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Clamd:
    """`answer` in place of what it would say."""

    address: str = ""
    heard: list[int] = field(default_factory=list[int])
    answer: bytes | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4)):
            content += await reader.readexactly(size)
        self.heard.append(len(content))
        found = b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0"
        writer.write(found if self.answer is None else self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(socket: str | None = None) -> AsyncGenerator[Clamd]:
    """At a free port, or at a socket's path."""
    made = Clamd()
    if socket:
        server = await asyncio.start_unix_server(made.serve, socket)
        made.address = socket
    else:
        server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        made.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made
