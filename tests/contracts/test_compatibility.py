"""What a published version may become, and what it may not."""

import copy
from typing import Any, cast

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.event import published_events
from shared.contracts.intake import IssueRaised, IssueReferred
from shared.contracts.publishing.compatibility import breaks
from shared.contracts.publishing.documents import broken_promises
from shared.contracts.publishing.schemas import schema_name, schema_of


def published(event: Any) -> dict[str, Any]:
    return orjson.loads(orjson.dumps(schema_of(event)))


def test_an_optional_field_and_better_words_may_be_added() -> None:
    now = published(IssueRaised)
    now["properties"]["mood"] = {"type": "string", "default": ""}
    now["properties"]["text"]["description"] = "what they said"
    assert breaks(published(IssueRaised), now) == []


GONE = object()


@pytest.mark.parametrize(
    ("spot", "becomes", "why"),
    [
        (("properties", "by"), GONE, "data.by: has gone"),
        (("properties", "by", "type"), "integer", "data.by.type: 'string' has become 'integer'"),
        (("properties", "text", "maxLength"), 10, "data.text.maxLength: 4000 has become 10"),
        (("properties", "channel", "enum"), ["web"], "data.channel.enum: "),
        (("properties", "where", "properties", "detail"), GONE, "data.where.detail: has gone"),
        (("required",), ["community", "by", "channel", "text", "where", "mood"], "data.mood: is required now"),
        (("required",), ["community", "by", "channel", "where"], "data.text: may be missing now"),
    ],
)
def test_what_a_reader_would_stumble_over_is_named(spot: tuple[str, ...], becomes: object, why: str) -> None:
    lines = breaks(published(IssueRaised), changed(published(IssueRaised), spot, becomes))
    assert len(lines) == 1
    assert lines[0].startswith(why)


def changed(schema: dict[str, Any], spot: tuple[Any, ...], becomes: object) -> dict[str, Any]:
    """A copy of the schema with another value at one spot, or none."""
    copied = copy.deepcopy(schema)
    *path, last = spot
    inner: Any = copied
    for key in path:
        inner = inner[key]
    if becomes is GONE:
        del inner[last]
    else:
        inner[last] = becomes
    return copied


def spots(schema: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value that says something about the data."""
    if isinstance(schema, dict):
        said = cast("dict[str, Any]", schema)
        words = {"title", "description", "$id", "$schema"} if at[-1:] != ("properties",) else set[str]()
        return [spot for key, one in said.items() if key not in words for spot in spots(one, (*at, key))]
    if isinstance(schema, list):
        return [spot for n, one in enumerate(cast("list[Any]", schema)) for spot in spots(one, (*at, n))]
    return [at]


@given(st.data())
def test_no_change_of_a_published_schema_goes_unseen(data: st.DataObject) -> None:
    before = published(data.draw(st.sampled_from([IssueRaised, IssueReferred, *published_events()])))
    spot = data.draw(st.sampled_from(spots(before)))
    assert breaks(before, changed(before, spot, data.draw(st.sampled_from([GONE, "something-else"]))))


def test_a_version_that_nothing_lifts_is_a_broken_promise_and_so_is_an_event_that_went() -> None:
    stands: dict[str, dict[str, Any]] = {
        schema_name(IssueReferred).replace(".v1.", ".v0."): {},
        "intake/issue-forgotten.v1.json": {},
    }
    told = list(broken_promises([IssueReferred], stands))
    assert [line.partition(":")[0] for line in told] == ["intake.issue-forgotten v1", "intake.issue-referred v0"]
    assert "nothing lifts it to v1" in told[1]


def test_a_change_without_a_new_version_is_told_with_the_mend() -> None:
    stood = published(IssueRaised)
    stood["properties"]["floor"] = {"type": "integer"}
    (line,) = broken_promises([IssueRaised], {schema_name(IssueRaised): stood})
    assert line == "intake.issue-raised v2: data.floor: has gone. Make it v3, with an upcaster from v2."
