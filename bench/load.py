"""Requests over keep-alive connections, each sent when the one before is answered; as little work a request as can be,
so that the server is what is measured."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any, cast

from bench.measuring import Round, percentile

Request = Callable[[int], bytes]
"""The n-th request, whole, as it goes over the wire."""


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A POST of JSON as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


def get(target: str, headers: dict[str, str]) -> bytes:
    """A GET as it goes over the wire."""
    lines = [f"GET {target} HTTP/1.1", "host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


class Refused(Exception):
    """The server answered something other than 2xx."""


class _Caller(asyncio.Protocol):
    def __init__(self, load: "_Load"):
        self._load = load
        self._received = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        if not head.startswith(b"HTTP/1.1 2"):
            self._load.fail(Refused(self._received.decode(errors="replace")))
            return
        self._load.taken.append(perf_counter() - self._began)
        self._received = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.left(exc)

    def _next(self) -> None:
        request = self._load.take()
        if request is None:
            self._transport.close()
            return
        self._began = perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length: ")
    return int(after.partition(b"\r\n")[0] or 0)


class _Load:
    def __init__(self, request: Request, requests: int, callers: int):
        self._request, self._requests, self._open = request, requests, callers
        self._sent = 0
        self.taken: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self) -> bytes | None:
        if self._sent >= self._requests:
            return None
        self._sent += 1
        return self._request(self._sent)

    def left(self, error: Exception | None) -> None:
        self._open -= 1
        if error:
            self.fail(error)
        elif self._open == 0 and not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


async def load(port: int, request: Request, *, requests: int, callers: int) -> Round:
    """Sends so many requests to a server on loopback. Raises Refused on the first that isn't accepted."""
    one = _Load(request, requests, callers)
    loop = asyncio.get_running_loop()
    began = perf_counter()
    for _ in range(callers):
        await loop.create_connection(lambda: _Caller(one), "127.0.0.1", port)
    await one.done
    return Round(len(one.taken) / (perf_counter() - began), percentile(one.taken, 0.5), percentile(one.taken, 0.99))


class Connections:
    """Keep-alive connections to one server, `most` of them, taken in turn, so that none is idle for long."""

    def __init__(self, port: int, most: int = 64):
        self._port = port
        self._free = asyncio.Semaphore(most)
        self._idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()

    async def send(self, request: bytes) -> bytes:
        """The body of the answer. Raises Refused."""
        async with self._free:
            return await self._send(request)

    def close(self) -> None:
        """Those that are idle; whoever sends again opens new ones."""
        while self._idle:
            _, writer = self._idle.popleft()
            writer.close()

    async def _send(self, request: bytes) -> bytes:
        reader, writer = self._idle.popleft() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        self._idle.append((reader, writer))
        if not head.startswith(b"HTTP/1.1 2"):
            raise Refused(body.decode(errors="replace"))
        return body


async def at_a_rate(call: Callable[[int], Coroutine[Any, Any, None]], numbers: range, rate: float) -> int:
    """`rate` calls a second, each begun on time however long the others take; how many there were."""
    began = perf_counter()
    running: list[asyncio.Task[None]] = []
    for nth, number in enumerate(numbers):
        await asyncio.sleep(max(0.0, began + nth / rate - perf_counter()))
        running.append(asyncio.create_task(call(number)))
    await asyncio.gather(*running)
    return len(running)
