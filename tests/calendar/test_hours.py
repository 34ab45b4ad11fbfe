"""Working time, against the days that the State Council has published."""

from datetime import UTC, date, datetime, timedelta

import pytest
from chinese_calendar import is_workday
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.calendar.days import Calendar, read_calendar
from shared.calendar.hours import CHINA, WorkingTime

KNOWN = read_calendar(None)
NINE, NOON, ONE, SIX = (timedelta(hours=hour) for hour in (9, 12, 13, 18))
WORKING = WorkingTime(KNOWN, [(NINE, NOON), (ONE, SIX)])

times = st.datetimes(datetime(2024, 1, 1), datetime(2026, 9, 1), timezones=st.just(UTC))  # noqa: DTZ001
work = st.timedeltas(timedelta(), timedelta(hours=200))


def at(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=CHINA)


def rests(moment: datetime) -> bool:
    """Whether nobody works at a moment; when work ends, it is still worked."""
    local = moment.astimezone(CHINA)
    passed = local - local.replace(hour=0, minute=0, second=0, microsecond=0)
    return not is_workday(local.date()) or not any(opens <= passed <= closes for opens, closes in WORKING.office)


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        ("2025-01-24T17:00", 2, "2025-01-26T10:00"),  # Friday: the Sunday before Spring Festival is worked
        ("2025-01-27T17:00", 2, "2025-02-05T10:00"),  # Spring Festival, 28 January to 4 February
        ("2025-02-07T17:00", 2, "2025-02-08T10:00"),  # and its Saturday after
        ("2025-09-26T17:00", 2, "2025-09-28T10:00"),  # a Sunday is worked before National Day
        ("2025-09-30T17:00", 2, "2025-10-09T10:00"),  # National Day and Mid-Autumn, 1 to 8 October
        ("2025-10-10T17:30", 1, "2025-10-11T09:30"),  # a Saturday is worked after it
        ("2026-02-13T17:00", 2, "2026-02-14T10:00"),  # a Saturday is worked before Spring Festival
        ("2026-02-14T17:00", 2, "2026-02-24T10:00"),  # Spring Festival, 15 to 23 February
        ("2026-02-27T17:00", 2, "2026-02-28T10:00"),
        ("2026-09-19T17:00", 1, "2026-09-20T10:00"),  # on a Saturday that is none of them, nothing passes
        ("2026-09-30T17:00", 2, "2026-10-08T10:00"),
        ("2026-10-09T17:00", 2, "2026-10-10T10:00"),
        ("2026-03-02T11:00", 1, "2026-03-02T12:00"),  # as early as can be: not 13:00
        ("2026-03-02T12:30", 1, "2026-03-02T14:00"),
    ],
)
def test_holidays_pass_no_working_time_and_make_up_days_do(since: str, hours: int, due: str) -> None:
    assert WORKING.add(at(since), timedelta(hours=hours)) == at(due)


@for_all(times, work)
def test_it_never_ends_in_rest_time_and_takes_just_as_long(since: datetime, long: timedelta) -> None:
    due = WORKING.add(since, long)
    assert due >= since
    assert not rests(due)
    assert WORKING.between(since, due) == long


@for_all(times, work, work)
def test_two_times_of_work_are_as_long_as_both_together(since: datetime, one: timedelta, other: timedelta) -> None:
    assert WORKING.add(WORKING.add(since, one), other) == WORKING.add(since, one + other)


@for_all(times, times, work, work)
def test_what_begins_later_or_takes_longer_is_never_due_earlier(
    one: datetime, other: datetime, little: timedelta, more: timedelta
) -> None:
    earlier, later = sorted((one, other))
    assert WORKING.add(earlier, little) <= WORKING.add(later, little)
    assert WORKING.add(earlier, little) <= WORKING.add(earlier, little + more)


@for_all(st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_a_day_is_worked_as_the_library_has_it(day: date) -> None:
    assert KNOWN.works(day) == is_workday(day)


@for_all(st.dates(date(2027, 1, 1), date(2030, 12, 31)))
def test_in_a_year_that_nobody_has_published_weekends_are_rest(day: date) -> None:
    calendar = Calendar({year: KNOWN.years[year] for year in KNOWN.years if year < 2027})
    assert calendar.works(day) == (day.weekday() < 5)
    assert not calendar.knows(day.year)
