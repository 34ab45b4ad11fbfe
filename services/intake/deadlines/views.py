"""Deadline policies as they are read."""

from typing_extensions import TypedDict

from shared.contracts.intake import (
    DeadlinePolicySet,
    DeadlineRule,
    OfficeHours,
)
from shared.eventlog.recorded import Recorded
from shared.projecting import PUBLIC, Row, View


class PolicyRow(TypedDict):
    """A sub-district's deadline policy; hours are working hours."""

    sub_district: str
    office: list[OfficeHours]
    rules: list[DeadlineRule]
    set_at: str


class DeadlinePolicies(
    View,
    number=1,
    scope=PUBLIC,
    events=(DeadlinePolicySet,),
    columns={"sub_district": "text"},
    order="sub_district",
    lists=(),
):
    """One row a sub-district that has set one."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case DeadlinePolicySet() as told:
                said = told.model_dump(mode="json", exclude={"by"})
                return said | {"set_at": event.at}
            case _:
                return row
