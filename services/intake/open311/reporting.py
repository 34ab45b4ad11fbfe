"""POST requests: a form of GeoReport's as the issue that it raises."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from services.intake.issues.issue import raise_issue
from services.intake.open311.catalogue import category_of
from shared.contracts.event import Event
from shared.contracts.intake import IssueClassified, Kind, Point, Urgency, Where
from shared.contracts.words import Channel, Line, Link, PersonId, PlaceId, Text
from shared.deciding.refusals import NotFound, NotValid

ATTRIBUTE = re.compile(r"attribute\[(\w+)\](\[\])?")
ATTRIBUTES = frozenset({"urgency", "building"})


class Report(BaseModel, frozen=True):
    """What a form says; who sends it is not asked for, and what it says of that is not kept."""

    service_code: Line
    description: Text | None = None
    address_string: Line | None = None
    address_id: PlaceId | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    long: Annotated[float, Field(ge=-180, le=180)] | None = None
    media_url: Link | None = None
    urgency: Urgency = Urgency.NORMAL
    building: PlaceId | None = None

    def where(self, places: Mapping[str, Any]) -> Where:
        """Of the places of a community, by their codes. Raises NotValid, NotFound."""
        point = None
        if self.lat is not None and self.long is not None:
            point = Point(lat=self.lat, long=self.long)
        place = self.building or self.address_id
        if point is None and place is None and self.address_string is None:
            raise NotValid(
                "location-missing",
                "请给出 lat 和 long、address_string 或 address_id。",
                "Say where: lat and long, address_string, or address_id.",
            )
        if place is not None and place not in places:
            raise NotFound(
                "address-not-found",
                "address_id 或 attribute[building] 不是该社区登记的地点。",
                "address_id or attribute[building] is no place of this community.",
                address_id=place,
            )
        return Where(place=place, detail=self.address_string, point=point)


def fields_of(query: str, body: bytes) -> dict[str, str]:
    """A form's fields; what is empty is not there. A field of the body goes before one of the query."""
    try:
        told = body.decode()
    except UnicodeDecodeError:
        raise NotValid("form-not-readable", "表单须为 UTF-8。", "The form must be UTF-8.") from None
    return dict(parse_qsl(query)) | dict(parse_qsl(told))


def report_of(fields: Mapping[str, str]) -> Report:
    """The form as it is understood. Raises RequestValidationError with all that is wrong, NotValid."""
    said = {name: value for name, value in fields.items() if name in Report.model_fields and name not in ATTRIBUTES}
    for name, value in fields.items():
        if match := ATTRIBUTE.fullmatch(name):
            if match[1] not in ATTRIBUTES:
                raise NotValid(
                    "attribute-unknown",
                    "该 service_code 没有这个 attribute，请看 services/{service_code}。",
                    "That service_code has no such attribute: see its definition.",
                    attribute=match[1],
                )
            said[match[1]] = value
    try:
        return Report.model_validate(said)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from None


def raised(*, community: str, application: PersonId, report: Report, where: Where) -> Sequence[Event]:
    """The issue, and what it is about as who sends it says; a worker may say otherwise."""
    category = category_of(report.service_code)
    issue = raise_issue(
        community=community,
        by=application,
        recorded_by=None,
        channel=Channel.OPEN311,
        text=report.description or category or "（无文字说明）",
        where=where,
        media_url=report.media_url,
    )
    if category is None:
        return [issue]
    return [issue, IssueClassified(by=application, category=category, urgency=report.urgency, kind=Kind.COMMON)]
