"""An event as a Kafka message and back."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.contracts.event import Unreadable
from shared.eventlog.recorded import Recorded
from shared.messaging.cloudevents import from_message, place_of, to_message
from tests.garden import Planted, Watered

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
ids = st.uuids()
times = st.integers(-2_000_000_000, 30_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
data = st.one_of(st.builds(Planted, bed=text, kind=text), st.builds(Watered, litres=st.integers(0, 2**40)))


@st.composite
def events(draw: st.DrawFn) -> Recorded:
    event = draw(data)
    metadata = {"correlation": str(draw(ids)), "causation": str(draw(ids)), "actor": "gardener"}
    return Recorded(
        position=draw(st.integers(1, 2**50)),
        id=draw(ids),
        source="garden",
        stream=f"plant-{draw(ids)}",
        version=draw(st.integers(1, 2**30)),
        type=event.event_name,
        schema=1,
        json=event.model_dump_json(),
        metadata_json=orjson.dumps(metadata).decode(),
        community=draw(text),
        at=draw(times),
    )


@for_all(events())
def test_what_arrives_is_what_was_sent(event: Recorded) -> None:
    _, value, headers = to_message(event)
    arrived = from_message(headers, value)
    assert (arrived.id, arrived.source, arrived.stream, arrived.version) == (
        event.id,
        event.source,
        event.stream,
        event.version,
    )
    assert (arrived.type, arrived.schema, arrived.data) == (event.type, event.schema, event.json)
    assert (arrived.community, arrived.occurred_at) == (event.community, event.at)
    assert orjson.loads(arrived.metadata) == event.metadata | {"sequence": event.position}


@for_all(st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=40)), max_size=8), st.binary(max_size=80))
def test_any_bytes_are_read_or_unreadable_and_nothing_worse(headers: list[tuple[str, bytes]], value: bytes) -> None:
    place_of(headers)
    with pytest.raises(Unreadable):
        from_message(headers, value)


def test_the_reason_never_shows_the_data() -> None:
    recorded = Recorded(
        1, UUID(int=1), "garden", "plant-1", 1, "watered", 1, '{"litres":"secret"}',
        f'{{"correlation":"{UUID(int=2)}"}}', "north", datetime(2024, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    _, value, headers = to_message(recorded)
    with pytest.raises(Unreadable) as error:
        from_message(headers, value)
    assert "litres" in str(error.value)
    assert "secret" not in str(error.value)
