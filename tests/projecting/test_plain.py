"""What fold is given is what would come back from the database: no view can tell whether it was stored meanwhile."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from shared.projecting.build import plain


class Colour(StrEnum):
    RED = "red"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.uuids()
    | st.datetimes(timezones=st.just(UTC))
    | st.sampled_from(Colour),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.sampled_from("xyz"), inner),
    max_leaves=5,
)
rows = st.dictionaries(st.sampled_from("abcdefg"), values)


def through_json(row: dict[str, Any]) -> dict[str, Any]:
    return orjson.loads(orjson.dumps(row))


@given(row=rows)
def test_a_new_row_is_as_json_gives_it_back(row: dict[str, Any]) -> None:
    wanted = through_json(row)
    assert plain(row, None) == wanted
    assert orjson.dumps(row) == orjson.dumps(wanted)


@given(old=rows, changes=rows, dropped=st.sets(st.sampled_from("abcdefg")), reordered=st.booleans())
def test_so_is_one_that_was_made_of_the_row_before(
    old: dict[str, Any], changes: dict[str, Any], dropped: set[str], reordered: bool
) -> None:
    before = through_json(old)
    made = {name: value for name, value in (before | changes).items() if name not in dropped}
    row = dict(reversed(made.items())) if reordered else made
    wanted = through_json(row)
    assert plain(row, before) == wanted
    assert [type(value) for value in row.values()] == [type(value) for value in wanted.values()]


def test_a_row_that_fold_left_as_it_was_stays_the_very_same() -> None:
    before = {"at": datetime(2026, 1, 1, tzinfo=UTC).isoformat()}
    assert plain(before, before) is before
    assert plain(None, before) is None
