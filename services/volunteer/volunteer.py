"""A volunteer 志愿者 or in-service party member 在职党员 of one community."""

from dataclasses import dataclass

from shared.contracts.event import Event
from shared.contracts.volunteer import VolunteerCheckedIn
from shared.contracts.words import PersonId
from shared.deciding.aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class Volunteer:
    """Checked in."""

    person: PersonId


def evolve(volunteer: Volunteer | None, event: Event) -> Volunteer | None:
    """What an event makes of a volunteer."""
    return Volunteer(event.person) if isinstance(event, VolunteerCheckedIn) else volunteer


def check_in(*, community: str, person: PersonId, unit: str | None, skills: tuple[str, ...]) -> VolunteerCheckedIn:
    """Reports to the community, once."""
    return VolunteerCheckedIn(community=community, person=person, unit=unit, skills=skills)


volunteers = Aggregate("volunteer", evolve)
