"""A toy contract, so that the kernel's tests need no service: plants are planted, watered and picked."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from shared.contracts.event import Event
from shared.eventlog.recorded import Metadata, NewEvent, Recorded
from shared.projecting import PUBLIC, Change, Figure, Row, Scoped, View

AT = datetime(2024, 2, 29, 8, 30, tzinfo=UTC)


class Planted(Event, name="planted"):
    """种下"""

    bed: str
    kind: str = "豆"


class Watered(Event, name="watered"):
    """浇水"""

    litres: int


class Picked(Event, name="picked"):
    """采摘"""


class Labelled(Event, name="labelled"):
    """挂牌"""

    text: str


class Wilted(Event, name="wilted"):
    """枯萎"""


class Plants(
    View,
    number=1,
    scope=Scoped(community="bed"),
    events=(Planted, Watered, Picked),
    columns={"bed": "text", "planted_at": "timestamptz"},
    order="planted_at",
):
    """One row a plant that has not been picked."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case Planted(bed=bed, kind=kind):
                return {"id": event.stream_id, "bed": bed, "kind": kind, "litres": 0, "planted_at": event.at}
            case Watered(litres=litres) if row is not None:
                return row | {"litres": row["litres"] + litres}
            case Picked():
                return None
            case _:
                return row


class Beds(Figure, of=Plants, number=1, scope=PUBLIC):
    """How many plants and litres a bed has."""

    def keys(self, change: Change) -> tuple[str, ...]:
        known = change.after or change.before
        return (known["bed"],) if known else ()

    def fold(self, row: Row | None, change: Change) -> Row | None:
        plants, litres = (row["plants"], row["litres"]) if row else (0, 0)
        for one, step in ((change.before, -1), (change.after, 1)):
            if one:
                plants, litres = plants + step, litres + step * one["litres"]
        return {"plants": plants, "litres": litres} if plants else None


def new(stream: str, version: int, data: Event, bed: str = "north", id: UUID | None = None) -> NewEvent:
    """An event on its way to the log of `garden`."""
    made = id or uuid7()
    return NewEvent(made, stream, version, data, Metadata(uuid5(UUID(int=0), stream), actor="gardener"), bed, AT)
