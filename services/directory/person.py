"""A person, known by a pseudonym, what they may be where, and what they agree to."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.contracts.directory import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactChanged,
    Ground,
    PersonErased,
    PersonRegistered,
    Purpose,
    RoleGranted,
    RoleRevoked,
    Scope,
)
from shared.contracts.event import Event
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Act, Grant
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotFound, NotNow, NotValid
from shared.privacy.private import Private

OF_UNIT = frozenset({Role.OPERATOR})
OF_SUB_DISTRICT = frozenset({Role.OFFICER})
BELOW_SECRETARY = frozenset({Role.RESIDENT, Role.GRID_WORKER, Role.BUILDING_CONTACT, Role.VOLUNTEER})
EVERYWHERE = frozenset({Role.STEWARD, Role.AUDITOR})
WORKERS = (Role.GRID_WORKER, Role.BUILDING_CONTACT, Role.SECRETARY)
"""Who may know how to reach the people of their community."""


@dataclass(frozen=True, slots=True)
class Person:
    """The roles granted and not revoked, each with when it ends, if it does; and the consents in force."""

    community: str
    roles: tuple[tuple[Role, Scope, datetime | None], ...] = ()
    consents: frozenset[Purpose] = frozenset()
    erased: bool = False

    def grants(self, at: datetime, communities_of: dict[str, list[str]]) -> list[Grant]:
        """What a token may say at a time; an officer's sub-district as its communities."""
        grants: list[Grant] = []
        for role, scope, until in self.roles:
            if until is not None and until <= at:
                continue
            inside = communities_of.get(scope.sub_district or "", [])
            grants.append(Grant(role, scope.community, scope.unit, scope.sub_district))
            grants += [Grant(role, community, None, scope.sub_district) for community in inside]
        return grants


def evolve(person: Person | None, event: Event) -> Person | None:
    """What an event makes of a person."""
    match person, event:
        case None, PersonRegistered(community=community):
            return Person(community)
        case Person(), RoleGranted(role=role, scope=scope, until=until):
            return replace(person, roles=(*_without(person, role, scope), (role, scope, until)))
        case Person(), RoleRevoked(role=role, scope=scope):
            return replace(person, roles=_without(person, role, scope))
        case Person(), ConsentGiven(purpose=purpose):
            return replace(person, consents=person.consents | {purpose})
        case Person(), ConsentWithdrawn(purpose=purpose):
            return replace(person, consents=person.consents - {purpose})
        case Person(), PersonErased():
            return Person(person.community, erased=True)
        case _:
            return person


def _without(person: Person, role: Role, scope: Scope) -> tuple[tuple[Role, Scope, datetime | None], ...]:
    return tuple(one for one in person.roles if one[:2] != (role, scope))


def register(
    *, community: str, label: str, name: str | None = None, phone: str | None = None, address: str | None = None
) -> PersonRegistered:
    """Under a label that says nothing about who they are."""
    return PersonRegistered(
        community=community, label=label, name=_private(name), phone=_private(phone), address=_private(address)
    )


def change_contact(
    person: Person, *, by: PersonId, name: str | None, phone: str | None, address: str | None
) -> ContactChanged:
    """Something of it."""
    _require_there(person)
    if name is None and phone is None and address is None:
        raise NotValid("nothing-to-change", "请至少填写一项。", "Say at least one of name, phone and address.")
    return ContactChanged(by=by, name=_private(name), phone=_private(phone), address=_private(address))


def _private(text: str | None) -> Private[str] | None:
    return None if text is None else Private(text)


def give_consent(person: Person, *, by: PersonId, purpose: Purpose, terms: str) -> ConsentGiven:
    """Again, too: to other words."""
    _require_there(person)
    return ConsentGiven(by=by, purpose=purpose, terms=terms)


def withdraw_consent(person: Person, *, by: PersonId, purpose: Purpose) -> ConsentWithdrawn:
    """What was given."""
    _require_there(person)
    if purpose not in person.consents:
        raise NotNow("no-such-consent", "没有可撤回的同意。", "There is no such consent to withdraw.")
    return ConsentWithdrawn(by=by, purpose=purpose)


def erase(person: Person, *, by: PersonId, ground: Ground, order: str | None = None) -> PersonErased:
    """Once, and for good."""
    _require_there(person)
    return PersonErased(by=by, ground=ground, order=order)


def grant(person: Person, *, role: Role, scope: Scope, until: datetime | None) -> RoleGranted:
    """The scope fits the role. Granted again, it gets the new term."""
    _require_there(person)
    if (role, scope, until) in person.roles:
        raise NotNow("role-already-granted", "此人已有这个角色。", "This person has that role there already.")
    fits = {
        "unit": role in OF_UNIT,
        "sub_district": role in OF_SUB_DISTRICT,
        "community": role not in OF_UNIT | OF_SUB_DISTRICT | EVERYWHERE,
    }
    if {part for part, value in scope.model_dump().items() if value} != {part for part, fit in fits.items() if fit}:
        raise NotValid(
            "scope-does-not-fit",
            "请为该角色指定恰当的范围：经办人对应单位，街道干部对应街道，其余对应社区。",
            "Scope an operator by unit, an officer by sub-district, the others by community.",
            role=role,
        )
    return RoleGranted(role=role, scope=scope, until=until)


def revoke(person: Person, *, role: Role, scope: Scope) -> RoleRevoked:
    """What was granted."""
    if not any(one[:2] == (role, scope) for one in person.roles):
        raise NotFound("role-not-granted", "此人没有这个角色。", "This person does not have that role there.")
    return RoleRevoked(role=role, scope=scope)


def require_may_grant(act: Act, role: Role, scope: Scope) -> None:
    """A secretary grants within the community, an officer whatever is below the sub-district, a steward anything.
    Raises NotAllowed."""
    if role in BELOW_SECRETARY and scope.community is not None:
        act.require_role(scope.community, Role.SECRETARY, Role.OFFICER)
    elif role is Role.SECRETARY and scope.community is not None:
        act.require_role(scope.community, Role.OFFICER)
    elif role is Role.OPERATOR and any(grant.role in (Role.OFFICER, Role.STEWARD) for grant in act.grants or ()):
        return
    else:
        act.require_role("")


def require_may_know(act: Act, id: PersonId, person: Person) -> None:
    """Who somebody is and how to reach them, is theirs to know and their community's workers'. Raises NotAllowed."""
    if act.caller != id:
        act.require_role(person.community, *WORKERS)


def _require_there(person: Person) -> None:
    if person.erased:
        raise NotNow("person-erased", "此人的个人信息已注销。", "This person was erased.")


people = Aggregate("person", evolve)
