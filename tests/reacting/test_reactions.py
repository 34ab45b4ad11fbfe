"""Every service's reactions, as the pure functions that they are."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shangliang.services import SERVICES
from shared.contracts.event import JsonObject, event_class
from shared.contracts.publishing.schemas import schema_of
from shared.eventlog.recorded import Recorded
from shared.service import Service
from tests.contracts.test_events import written

REACTIONS = [(service, source, name) for service in SERVICES.values() for source, name in service.reactions.to]


@pytest.mark.parametrize(("service", "source", "name"), REACTIONS, ids=lambda value: getattr(value, "name", value))
def test_a_reaction_copes_with_a_stream_whose_beginning_was_skipped(service: Service, source: str, name: str) -> None:
    event = event_class(source, name)
    assert event is not None

    @settings(max_examples=20, deadline=None)
    @given(written(schema_of(event)), st.uuids())
    def copes(data: JsonObject, id: UUID) -> None:
        metadata = orjson.dumps({"correlation": str(id)}).decode()
        at = datetime(2024, 2, 29, 8, 30, tzinfo=UTC)
        json = orjson.dumps(data).decode()
        recorded = Recorded(2, uuid4(), source, f"x-{id}", 2, name, event.event_version, json, metadata, "yaopo", at)
        for effect in service.reactions.effects(recorded, [recorded]):
            assert effect

    copes()
