"""Every published event: written and read again, by old code and by new."""

import subprocess
import sys
import uuid
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shangliang.services import SERVICES
from shared.contracts.event import Event, JsonObject, Unreadable, decode, published_events
from shared.contracts.intake import IssueRaised, Where
from shared.contracts.publishing.schemas import schema_of

BY = uuid.UUID(int=7)
WRITTEN_BY_VERSION_1 = {"community": "yaopo", "by": str(BY), "channel": "web", "text": "灯不亮", "place": "3号楼2单元"}


def written(schema: JsonObject) -> st.SearchStrategy[Any]:
    """Data that a schema of ours allows, in words that a person could have typed."""
    match schema:
        case {"enum": choices}:
            return st.sampled_from(choices)
        case {"const": value}:
            return st.just(value)
        case {"anyOf": kinds} | {"oneOf": kinds}:
            return st.one_of([written(kind) for kind in kinds])
        case {"type": "array", "items": items}:
            return st.lists(written(items), max_size=3)
        case {"type": "object", "properties": properties}:
            needed = schema.get("required", ())
            fields = {name: written(one) for name, one in properties.items()}
            return st.fixed_dictionaries(
                {name: one for name, one in fields.items() if name in needed},
                optional={name: one for name, one in fields.items() if name not in needed},
            )
        case {"type": "string", "format": "uuid"}:
            return st.uuids().map(str)
        case {"type": "string", "format": "date-time"}:
            times = st.datetimes(datetime(1901, 1, 1), datetime(2999, 1, 1), timezones=st.timezones())  # noqa: DTZ001
            return times.map(lambda time: time.astimezone(UTC).isoformat())
        case {"type": "string", "format": "date"}:
            return st.dates(date(1900, 1, 1), date(2999, 12, 31)).map(date.isoformat)
        case {"type": "string", "pattern": str(pattern)}:
            return st.from_regex(pattern.removesuffix("$") + r"\Z", alphabet=st.characters(codec="ascii"))
        case {"type": "string", "minLength": int(), "maxLength": int()}:
            return st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20)
        case {"type": "integer"}:
            return st.integers(schema.get("minimum", 1), schema.get("maximum", 1000))
        case {"type": "number"}:
            return st.floats(0.25, schema.get("maximum", 1000))
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "null"}:
            return st.none()
        case _:
            raise NotImplementedError(schema)


@pytest.mark.parametrize(
    "event",
    [event for event in published_events() if event.service in SERVICES],
    ids=lambda event: f"{event.service}.{event.event_name}",
)
def test_all_that_a_schema_allows_is_read_and_reads_back_as_it_was_written(event: type[Event]) -> None:
    @settings(max_examples=20, deadline=None)
    @given(written(schema_of(event)))
    def reads_back(data: JsonObject) -> None:
        read = decode(event.service, event.event_name, event.event_version, orjson.dumps(data))
        assert decode(event.service, event.event_name, event.event_version, read.model_dump_json()) == read

    reads_back()


def test_an_issue_raised_under_version_1_reads_as_version_2() -> None:
    read = decode("intake", "issue-raised", 1, orjson.dumps(WRITTEN_BY_VERSION_1))
    assert isinstance(read, IssueRaised)
    assert read.where == Where(detail="3号楼2单元")
    assert (read.by, read.text) == (BY, "灯不亮")


def test_a_process_that_has_imported_no_contract_reads_events_all_the_same() -> None:
    program = "from shared.contracts.event import decode; decode('intake', 'issue-acknowledged', 1, '{}')"
    told = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert "Unreadable: intake.issue-acknowledged v1: by: Field required" in told.stderr


def test_fields_of_a_newer_producer_are_ignored() -> None:
    newer = {**WRITTEN_BY_VERSION_1, "where": {"detail": "3号楼", "floor": 2}, "mood": "angry"}
    assert decode("intake", "issue-raised", 2, orjson.dumps(newer)) == decode(
        "intake", "issue-raised", 2, orjson.dumps({**WRITTEN_BY_VERSION_1, "where": {"detail": "3号楼"}})
    )


@pytest.mark.parametrize(
    ("name", "version", "data", "why"),
    [
        ("issue-raised", 3, "{}", "newer than v2"),
        ("issue-raised", 0, "{}", "nothing lifts issue-raised from v0"),
        ("issue-raised", 2, '{"text": "电话 13800000000"}', "community: Field required"),
        ("issue-raised", 1, "{", "not JSON"),
        ("issue-eaten", 1, "{}", "no contract names intake.issue-eaten"),
    ],
)
def test_what_cannot_be_read_says_why_and_never_shows_the_data(name: str, version: int, data: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why) as told:
        decode("intake", name, version, data)
    assert "13800000000" not in str(told.value)
