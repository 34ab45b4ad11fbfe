"""The types that contracts and APIs are written in: identifiers, codes and bounded text."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, NewType, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, StringConstraints

D = TypeVar("D", bound=date)

PersonId = NewType("PersonId", UUID)
IssueId = NewType("IssueId", UUID)
ProblemListId = NewType("ProblemListId", UUID)
CandidateId = NewType("CandidateId", UUID)
LedgerId = NewType("LedgerId", UUID)
SurveyId = NewType("SurveyId", UUID)
UploadId = NewType("UploadId", UUID)
EvidenceId = NewType("EvidenceId", UUID)
VisitId = NewType("VisitId", UUID)
VisitPlanId = NewType("VisitPlanId", UUID)
ConsultationId = NewType("ConsultationId", UUID)
ActionId = NewType("ActionId", UUID)
WorkOrderId = NewType("WorkOrderId", UUID)
WishId = NewType("WishId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
ClaimId = NewType("ClaimId", UUID)
MessageId = NewType("MessageId", UUID)
SessionId = NewType("SessionId", UUID)

CODE = r"^[a-z][a-z0-9-]{1,39}$"
Code = Annotated[str, StringConstraints(pattern=CODE)]
CommunityId = Code
"""A community's code, such as `yaopo`; the key under which Kafka keeps a community's events in order."""
SubDistrictId = Code
PlaceId = Code
"""A compound, building, grid or venue; unique within its community."""
UnitId = Code


def _storable(text: str) -> str:
    """PostgreSQL can't store U+0000 and UTF-8 has no lone surrogates; both are refused at the door."""
    if "\x00" in text:
        raise ValueError("text must not contain the null character U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("text must not contain half of a surrogate pair") from None
    return text


def _in_calendar(day: D) -> D:
    """Years near 1 and 9999 overflow when moved to another time zone."""
    if not 1900 <= day.year <= 2999:
        raise ValueError("the year must be between 1900 and 2999")
    return day


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_storable)]
"""One line of text, 1 to 200 characters."""
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), AfterValidator(_storable)
]
"""A few paragraphs, 1 to 4,000 characters."""
Time = Annotated[AwareDatetime, AfterValidator(_in_calendar), AfterValidator(_in_utc)]
"""A point in time, years 1900 to 2999; it comes with an offset, and goes on in UTC."""
Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"\x00-\x1f]{1,1990}$"), AfterValidator(_storable)]
"""An address on the web; nothing here ever goes there."""
Day = Annotated[date, AfterValidator(_in_calendar)]
"""A day, years 1900 to 2999."""
ClockTime = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
"""A time of the day, `08:30`; `24:00` is its end."""


class Channel(StrEnum):
    """The seven ways a resident's words reach the community."""

    PAVILION = "pavilion"
    HOME_VISIT = "home-visit"
    WECHAT_GROUP = "wechat-group"
    HOTLINE = "hotline"
    WEB = "web"
    SURVEY = "survey"
    OPEN311 = "open311"


class Role(StrEnum):
    """What a person may be, domain.md's table; `steward` opens sub-districts for a deployment."""

    RESIDENT = "resident"
    GRID_WORKER = "grid-worker"
    BUILDING_CONTACT = "building-contact"
    VOLUNTEER = "volunteer"
    SECRETARY = "secretary"
    OFFICER = "officer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    STEWARD = "steward"


class Value(BaseModel, frozen=True):
    """A part of an event: compared by what it holds; what it doesn't know, it ignores."""
