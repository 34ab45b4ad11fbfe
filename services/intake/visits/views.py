"""Home visits and their plans as they are read."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from shared.contracts.intake import VisitPlanClosed, VisitPlanDrawnUp, VisitRecorded
from shared.eventlog.recorded import Recorded
from shared.projecting import OfStream, Row, Said, Scoped, Slice, View


class FoundRow(TypedDict):
    """An issue that was raised on a visit."""

    id: str
    by: str
    text: str
    where: dict[str, str | None]


class WishedRow(TypedDict):
    """A wish that was registered on a visit."""

    id: str
    beneficiary: str
    item: str
    units: int


class VisitRow(TypedDict):
    """A home visit; `place` is null where none was said."""

    id: str
    community: str
    place: str | None
    by: str
    households: list[str]
    notes: str | None
    issues: list[str]
    plan: str | None
    met: bool
    found: list[FoundRow]
    wishes: list[WishedRow]
    at: str


class Visits(
    View,
    number=3,
    scope=Scoped(community="community", place="place"),
    events=(VisitRecorded,),
    columns={"community": "text", "place": "text", "at": "timestamptz"},
    order="at",
    lists=(("community",), ("community", "place")),
):
    """One row a visit."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case VisitRecorded() as visit:
                return {"id": event.stream_id, **visit.model_dump(), "at": event.at}
            case _:
                return row


class PlannedRow(TypedDict):
    """A place of a plan: how often it was called on, how often nobody was met there, and how many households were."""

    place: str
    visits: int
    in_vain: int
    households: int
    last_at: str | None


class VisitPlanRow(TypedDict):
    """A visit plan: so many of its places are `done`, as somebody was met there. Days are in China's time."""

    id: str
    community: str
    grid: str
    title: str
    purpose: str | None
    first: str
    last: str
    places: list[PlannedRow]
    done: int
    closed: bool
    drawn_up_at: str


FOR_PLAN = Said((VisitRecorded,), ("plan",))


class VisitPlans(
    View,
    number=1,
    scope=Scoped(community="community", place="grid"),
    events=(VisitPlanDrawnUp, VisitPlanClosed, VisitRecorded),
    columns={"community": "text", "grid": "text", "drawn_up_at": "timestamptz"},
    order="drawn_up_at",
    lists=(("community",), ("community", "grid")),
    finds=(FOR_PLAN,),
):
    """One row a plan, with the visits that were made for it."""

    @classmethod
    def behind(cls, key: str) -> Sequence[Slice]:
        return OfStream(key), FOR_PLAN.streams(key)

    def keys(self, event: Recorded) -> tuple[str, ...]:
        if isinstance(event.data, VisitRecorded):
            return (str(event.data.plan),) if event.data.plan else ()
        return (event.stream_id,)

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case VisitPlanDrawnUp(places=places) as told:
                said = told.model_dump(mode="json", exclude={"by", "places"})
                planned = [_planned(place) for place in places]
                unmade = {"places": planned, "done": 0, "closed": False, "drawn_up_at": event.at}
                return {"id": event.stream_id, **said, **unmade}
            case VisitPlanClosed() if row is not None:
                return row | {"closed": True}
            case VisitRecorded() as visit if row is not None:
                before: list[Row] = row["places"]
                planned = [_called_on(one, visit, event) if one["place"] == visit.place else one for one in before]
                return row | {"places": planned, "done": sum(1 for one in planned if one["households"])}
            case _:
                return row


def _planned(place: str) -> Row:
    return {"place": place, "visits": 0, "in_vain": 0, "households": 0, "last_at": None}


def _called_on(planned: Row, visit: VisitRecorded, event: Recorded) -> Row:
    met = len(visit.households) if visit.met else 0
    return planned | {
        "visits": planned["visits"] + 1,
        "in_vain": planned["in_vain"] + (not visit.met),
        "households": planned["households"] + met,
        "last_at": event.at,
    }
