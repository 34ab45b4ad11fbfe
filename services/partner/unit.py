"""A partner unit 共建单位 and who acts for it."""

from dataclasses import dataclass, replace

from shared.contracts.event import Event
from shared.contracts.partner import OperatorAppointed, PartnerUnitRegistered
from shared.contracts.words import PersonId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotNow


@dataclass(frozen=True, slots=True)
class Unit:
    """Its operators."""

    id: str
    operators: frozenset[PersonId] = frozenset()


def evolve(unit: Unit | None, event: Event) -> Unit | None:
    """What an event makes of a unit."""
    match unit, event:
        case None, PartnerUnitRegistered(unit=id):
            return Unit(id)
        case Unit(), OperatorAppointed(person=person):
            return replace(unit, operators=unit.operators | {person})
        case _:
            return unit


def register(*, id: str, name: str, field: str) -> PartnerUnitRegistered:
    """A unit takes part."""
    return PartnerUnitRegistered(unit=id, name=name, field=field)


def appoint(unit: Unit, *, person: PersonId) -> OperatorAppointed:
    """A person acts for the unit from now on."""
    if person in unit.operators:
        raise NotNow("already-operator", "此人已是经办人。", "This person operates for the unit already.")
    return OperatorAppointed(unit=unit.id, person=person)


units = Aggregate("unit", evolve)
