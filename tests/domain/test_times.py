"""Whatever offset a time comes with, what is read is in UTC."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from services.deliberation.views import Consultations
from services.directory.views import People
from services.partner.views import WorkOrders
from services.volunteer.views import Claims
from shared.contracts.event import event_class
from shared.eventlog.recorded import Metadata, Recorded
from shared.projecting import View
from tests.garden import AT

LOCAL = "2024-05-08T15:00:00+08:00"
THEN = "2024-05-08T07:00:00+00:00"
ID = str(UUID(int=1))
ORDER: dict[str, Any] = {
    "community": "yaopo",
    "unit": "power",
    "origin": {"kind": "issue", "issue": ID},
    "task": "接通",
    "due": LOCAL,
}
PROPOSED: tuple[str, dict[str, Any]] = (
    "consultation-proposed",
    {"community": "yaopo", "matter": "楼道灯", "issues": []},
)
PLACE: dict[str, Any] = {"by": ID, "venue": "pavilion-1", "starts_at": LOCAL, "agenda": []}
ACTION: dict[str, Any] = {
    "community": "yaopo",
    "by": ID,
    "action": ID,
    "consultation": ID,
    "assignee": {"kind": "community"},
    "task": "接通",
    "due": LOCAL,
}
PERSON = ("person-registered", {"community": "yaopo", "label": "resident~1"})
ROLE = {"role": "secretary", "scope": {"community": "yaopo"}, "until": LOCAL}


def written(service: str, name: str, data: dict[str, Any]) -> Recorded:
    """An event of the log, as somebody wrote it who kept the caller's offset."""
    event = event_class(service, name)
    assert event is not None
    metadata = Metadata(uuid4()).to_json()
    json = orjson.dumps(data).decode()
    return Recorded(1, uuid4(), service, f"x-{ID}", 1, name, event.event_version, json, metadata, "yaopo", AT)


@pytest.mark.parametrize(
    ("view", "service", "events"),
    [
        (WorkOrders, "partner", [("work-order-issued", ORDER)]),
        (Consultations, "deliberation", [PROPOSED, ("consultation-scheduled", PLACE)]),
        (Consultations, "deliberation", [PROPOSED, ("action-assigned", ACTION)]),
        (Claims, "volunteer", [("wish-claimed", {"by": ID, "claim": ID, "left": 0, "until": LOCAL})]),
        (People, "directory", [PERSON, ("role-granted", ROLE)]),
    ],
)
def test_a_view_shows_times_in_utc(view: type[View], service: str, events: list[tuple[str, dict[str, Any]]]) -> None:
    row = None
    for name, data in events:
        row = view().fold(row, written(service, name, data))
    told = orjson.dumps(row).decode()
    assert THEN in told
    assert "+08:00" not in told
