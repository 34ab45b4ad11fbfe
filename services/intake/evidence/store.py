"""Where the bytes are: a folder, or whatever speaks S3. What is put there is sealed before it comes."""

from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from shared.deciding.refusals import Refusal
from shared.settings import Settings

if TYPE_CHECKING:
    from obstore.store import RetryConfig

T = TypeVar("T")
AT_ONCE = 5 * 1024 * 1024
"""Bytes of an object that are sent together: S3 takes no smaller parts."""

TRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}

logger = structlog.get_logger()


class StoreAway(Refusal):
    """Nothing can be kept or read now."""

    status = 503


class Store:
    """Objects by their names. Raises StoreAway."""

    def __init__(self, url: str):
        self._store = (
            from_url(url, retry_config=TRIES) if "://" in url else LocalStore(Path(url).absolute(), mkdir=True)
        )

    async def put(self, name: str, content: bytes) -> None:
        """All of it, or nothing."""
        await _reached(obstore.put_async(self._store, name, content))

    async def put_stream(self, name: str, content: AsyncIterator[bytes]) -> None:
        """The same of what is longer, a few megabytes of it in memory."""
        await _reached(
            obstore.put_async(self._store, name, content, use_multipart=True, chunk_size=AT_ONCE, max_concurrency=1)
        )

    async def get(self, name: str) -> bytes:
        """An object's bytes."""
        found = await _reached(obstore.get_async(self._store, name))
        return bytes(await _reached(found.bytes_async()))

    async def get_range(self, name: str, start: int, end: int) -> bytes:
        """Those from the start on and before the end."""
        return bytes(await _reached(obstore.get_range_async(self._store, name, start=start, end=end)))

    async def delete_below(self, prefix: str) -> None:
        """All whose names begin so; in vain is no error."""
        try:
            async for some in obstore.list(self._store, prefix):  # pyright: ignore[reportUnknownMemberType]
                await obstore.delete_async(self._store, [one["path"] for one in some])
        except FileNotFoundError:  # somebody else has been at it
            pass
        except (BaseError, OSError) as error:
            raise _away(error) from None


@cache
def _opened(url: str) -> Store:
    return Store(url)


def store_of(settings: Settings) -> Store:
    """The deployment's."""
    return _opened(settings.evidence or str(settings.data / "evidence"))


async def _reached(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except (BaseError, OSError) as error:  # what isn't there may be back, or the bucket is another's
        raise _away(error) from None


def _away(error: Exception) -> StoreAway:
    logger.warning("evidence-store-away", error=type(error).__name__)
    return StoreAway(
        "evidence-store-away",
        "文件暂时存取不了，请稍后再试；已传的部分不会丢。",
        "Files can't be kept or read now: try again shortly. What was sent is not lost.",
    )
