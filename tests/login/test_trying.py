"""How long somebody waits who could not prove who they are."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.directory.login.trying import FORGOTTEN, FREE, LONGEST_WAIT, Tries, next_try

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def tried(times: int) -> Tries:
    """As often in a row as it is allowed, each as soon as it is."""
    tries, now = next_try(None, NOW), NOW
    assert tries is not None
    for _ in range(times - 1):
        now = max(now, tries.wait_until)
        following = next_try(tries, now)
        assert following is not None
        tries = following
    return tries


def test_the_first_tries_are_free_and_then_each_doubles_the_wait_up_to_an_hour() -> None:
    waits = [(one.wait_until - one.at) / MINUTE for one in map(tried, range(1, FREE + 8))]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_until_the_wait_is_over_no_try_is_looked_at() -> None:
    tries = tried(FREE)
    assert next_try(tries, tries.wait_until - timedelta(seconds=1)) is None
    assert next_try(tries, tries.wait_until) is not None


def test_after_a_quiet_day_all_is_forgotten() -> None:
    tries = tried(FREE + 3)
    assert next_try(tries, tries.wait_until + FORGOTTEN + MINUTE) == Tries(
        1, tries.wait_until + FORGOTTEN + MINUTE, tries.wait_until + FORGOTTEN + MINUTE
    )


@given(st.lists(st.one_of(st.integers(0, 7200), st.just(200_000)), max_size=200))
def test_however_tries_are_spread_few_are_looked_at(pauses: list[int]) -> None:
    """The waits after eleven tries in a row come to more than an hour."""
    tries, now, looked_at = None, NOW, list[datetime]()
    for pause in pauses:
        now += timedelta(seconds=pause)
        following = next_try(tries, now)
        if following is not None:
            tries, looked_at = following, [*looked_at, now]
    for first, later in zip(looked_at, looked_at[FREE + 6 :], strict=False):
        assert later - first >= LONGEST_WAIT
