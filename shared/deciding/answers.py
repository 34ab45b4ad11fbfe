"""What a command is answered with, and the same answer again for the same Idempotency-Key
(draft-ietf-httpapi-idempotency-key-header)."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import orjson
from pydantic import BaseModel

from shared.deciding.act import Act, Key
from shared.deciding.refusals import NotNow, NotValid, Refusal
from shared.eventlog.log import Log
from shared.eventlog.recorded import NewEvent
from shared.eventlog.writer import Answer, KeyAnswered


class Accepted(BaseModel):
    """The command is carried out and in the log. `position`, sent back as `Read-After` to the same service, makes a
    query wait until it shows; 0 where nothing had to change."""

    id: str
    version: int
    position: int


class RefusedBefore(Refusal):
    """The refusal that a key was answered with the first time."""

    def __init__(self, status: int, code: str, zh: str, en: str, values: dict[str, Any]):
        super().__init__(code, zh, en, **values)
        self.status = status  # type: ignore[misc]


class Answers:
    """The answers of one service's commands. In one process a key runs once at a time; between processes the log's
    append lets one through, and the other gets its answer."""

    def __init__(self, log: Log):
        self.log = log
        self._running: set[tuple[str, str]] = set()

    @contextmanager
    def running(self, act: Act) -> Generator[None]:
        """Raises NotNow while another request under the same key runs."""
        if act.key is None:
            yield
            return
        one = (act.key.caller, act.key.key)
        if one in self._running:
            raise NotNow(
                "idempotency-key-in-use",
                "同一请求正在处理，请稍候。",
                "A request under this Idempotency-Key is still running: wait for its answer.",
            )
        self._running.add(one)
        try:
            yield
        finally:
            self._running.discard(one)

    async def append(self, act: Act, events: Sequence[NewEvent], id: object, version: int) -> tuple[Accepted, bool]:
        """Appends with the answer, or gives the answer of before; whether it was appended now. Raises Conflict,
        RefusedBefore, NotValid."""
        if not events and act.key is None:
            return Accepted(id=str(id), version=version, position=0), True
        said = act.key and remembered(act.key, {"accepted": {"id": str(id), "version": version}})
        try:
            position = await self.log.append(events, said)
        except KeyAnswered:
            assert act.key is not None
            return await self._again(act.key), False
        return Accepted(id=str(id), version=version, position=position), True

    async def refuse(self, act: Act, refusal: Refusal) -> Accepted:
        """Raises the refusal, having remembered it under the act's key; or answers as the key was answered before."""
        if act.key is None or isinstance(refusal, RefusedBefore) or refusal.status == 503:
            raise refusal
        if await self.log.answered(act.key.caller, act.key.key):
            return await self._again(act.key)
        said = {"status": refusal.status, "code": refusal.code, "zh": refusal.zh, "en": refusal.en}
        try:
            await self.log.append((), remembered(act.key, {"refused": said | {"values": refusal.values}}))
        except KeyAnswered:
            return await self._again(act.key)
        raise refusal

    async def _again(self, key: Key) -> Accepted:
        answered = await self.log.answered(key.caller, key.key)
        assert answered is not None
        fingerprint, answer, position = answered
        if fingerprint != key.fingerprint:
            _key_reused()
        said = orjson.loads(answer)
        if refused := said.get("refused"):
            raise RefusedBefore(**refused)
        return Accepted(**said["accepted"], position=position)


def remembered(key: Key, said: dict[str, Any]) -> Answer:
    """The row that answers the key from now on."""
    return Answer(key.caller, key.key, key.fingerprint, orjson.dumps(said, default=str).decode())


def _key_reused() -> NoReturn:
    raise NotValid(
        "idempotency-key-reused",
        "该 Idempotency-Key 已用于另一请求，请换一个新的。",
        "This Idempotency-Key was used for another request: use a new one.",
    )
