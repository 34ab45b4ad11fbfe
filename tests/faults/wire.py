"""HTTP/1.1 as plainly as it goes: httpx takes a core for what these tests send while much of it fails."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
NO_ANSWER = (OSError, EOFError, TimeoutError)
"""What a server that was killed, or stands still, looks like."""


@dataclass(frozen=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: dict[str, str]
    text: bytes

    def json(self) -> Any:
        return orjson.loads(self.text)


class Wire:
    """Connections that are kept open, `at_once` of them in use at a time."""

    def __init__(self, at_once: int, patience: float):
        self._turn, self._patience = asyncio.Semaphore(at_once), patience
        self._free: dict[str, list[Connection]] = defaultdict(list)

    async def post(self, url: str, body: Any, headers: dict[str, str]) -> Answer:
        """The answer, unless there is none within `patience` seconds: see NO_ANSWER."""
        return await self._ask("POST", url, headers, b"" if body is None else orjson.dumps(body))

    async def get(self, url: str, headers: dict[str, str] | None = None) -> Answer:
        """The same for a query."""
        return await self._ask("GET", url, headers or {}, b"")

    def close(self) -> None:
        """Hangs up."""
        for free in self._free.values():
            for _, writer in free:
                writer.close()

    async def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        parts = urlsplit(url)
        said = {"host": parts.netloc, "content-type": "application/json", "content-length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        async with self._turn, asyncio.timeout(self._patience):
            free = self._free[parts.netloc]
            host, port = parts.netloc.split(":")
            connection = free.pop() if free else await asyncio.open_connection(host, int(port))
            try:
                reader, writer = connection
                writer.write(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)
                answer = await _read(reader)
            except BaseException:
                connection[1].close()
                raise
            free.append(connection)
            return answer


async def _read(reader: asyncio.StreamReader) -> Answer:
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    return Answer(int(status.split()[1]), headers, await reader.readexactly(int(headers["content-length"])))
