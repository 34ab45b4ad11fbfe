"""What is looked up is found once in a while, and each key for itself."""

import pytest

from shared.deciding import lookups
from shared.deciding.lookups import Lookup, Lookups
from shared.eventlog.log import Log
from shared.settings import Settings


async def test_an_answer_is_kept_for_some_seconds_and_no_longer(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    now = [100.0]
    monkeypatch.setattr(lookups, "monotonic", lambda: now[0])

    async def find(_: Log, __: Settings, key: str) -> int:
        asked.append(key)
        return len(asked)

    lookup, found = Lookup(find), Lookups(log, Settings())
    assert [await found.get(lookup, "north"), await found.get(lookup, "north")] == [1, 1]
    assert await found.get(lookup, "south") == 2
    now[0] += lookups.KEPT
    assert await found.get(lookup, "north") == 3
    assert asked == ["north", "south", "north"]
