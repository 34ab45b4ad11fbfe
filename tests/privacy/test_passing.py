"""Keys of what passes: gone when it is settled, at the latest when its time is up, and wrapped anew meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.eventlog.log import Log
from shared.privacy import passing
from shared.privacy.following import ANEW
from shared.privacy.keks import Keks, LocalKek
from shared.privacy.keyring import ERASED, KeyRing
from shared.privacy.passing import end_passing, make_passing, sweep_passing
from shared.privacy.rewrapping import rewrap, stale
from shared.privacy.sealing import Place, new_secret
from tests.privacy.neighbours import keks, keyed

LATER = datetime.now(UTC) + timedelta(days=1)


async def sealed_with_a_key_until(keyring: KeyRing, until: datetime) -> tuple[str, Place]:
    """Something sealed, and where it stands."""
    subject = uuid4()
    await make_passing(keyring, [subject], until)
    key = await keyring.key_of(subject)
    assert key is not None
    place = Place("garden", f"x-{subject}", uuid4(), "text", subject)
    return key.seal("楼道灯不亮", place), place


async def test_what_was_sealed_is_lost_once_the_key_is_ended(log: Log) -> None:
    keyring = KeyRing("garden", log.pool, keks("kek-1"))
    sealed, place = await sealed_with_a_key_until(keyring, LATER)
    other, beside = await sealed_with_a_key_until(keyring, LATER)
    assert await keyring.show(sealed, place) == {"text": "楼道灯不亮"}
    await end_passing(keyring, [place.person])
    await end_passing(keyring, [place.person])
    assert await keyring.show(sealed, place) == ERASED
    assert await keyring.show(other, beside) == {"text": "楼道灯不亮"}


async def test_what_is_over_is_swept_and_peoples_keys_are_not(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "TICK", 0.05)
    wrapping, person = keks("kek-1"), uuid4()
    keyring = KeyRing("garden", log.pool, wrapping)
    await keyed(log.pool, wrapping, person)
    _, over = await sealed_with_a_key_until(keyring, datetime.now(UTC) + timedelta(seconds=0.2))
    _, going_on = await sealed_with_a_key_until(keyring, LATER)
    sweeping = asyncio.create_task(sweep_passing(log.pool))
    asked = "select person from person_key"
    try:
        async with asyncio.timeout(10):
            while {row["person"] for row in await log.pool.fetch(asked)} != {person, going_on.person}:
                await asyncio.sleep(0.05)
    finally:
        sweeping.cancel()
    assert not await log.pool.fetchval("select 1 from passing_key where subject = $1", over.person)


async def test_a_follower_that_begins_anew_leaves_them(log: Log) -> None:
    wrapping = keks("kek-1")
    keyring = KeyRing("garden", log.pool, wrapping)
    await keyed(log.pool, wrapping, uuid4())
    _, place = await sealed_with_a_key_until(keyring, LATER)
    await log.pool.execute(ANEW)
    assert [row["person"] for row in await log.pool.fetch("select person from person_key")] == [place.person]


async def test_they_are_wrapped_anew_with_the_others(log: Log) -> None:
    held = [LocalKek("kek-1", new_secret())]
    wrapping = Keks(lambda: held, lambda: len(held))
    keyring = KeyRing("garden", log.pool, wrapping)
    sealed, place = await sealed_with_a_key_until(keyring, LATER)
    held.append(LocalKek("kek-2", new_secret()))
    assert await stale(log.pool, wrapping) == 1
    told: list[int] = []
    assert await rewrap(log.pool, wrapping, told.append) == 1
    assert (told, await stale(log.pool, wrapping)) == ([1], 0)
    held.pop(0)
    keyring.forget(UUID(str(place.person)))
    assert await keyring.show(sealed, place) == {"text": "楼道灯不亮"}
