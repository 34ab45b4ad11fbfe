"""A key management service, as an operator would plug one in: keys never leave it, and it may be away."""

from collections.abc import Sequence

from shared.privacy.keks import Kek, KekAway, LocalKek
from shared.privacy.sealing import new_secret


class Kms:
    """One key of the service; `away` while it can't be reached."""

    away = False

    def __init__(self, id: str):
        self.id, self._inside = id, LocalKek(id, new_secret())

    async def wrap(self, key: bytes, about: bytes) -> bytes:
        self._require()
        return await self._inside.wrap(key, about)

    async def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        self._require()
        return await self._inside.unwrap(wrapped, about)

    def _require(self) -> None:
        if Kms.away:
            raise KekAway(self.id)


ALL = [Kms("kms-1"), Kms("kms-2")]


def keks() -> Sequence[Kek]:
    return ALL
