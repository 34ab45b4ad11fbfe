"""A person, known by a pseudonym, what they may be where, and what they agree to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.directory.place import Community, require_building, require_grid
from shared.contracts.directory import (
    BuildingContracted,
    Capacity,
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
from shared.deciding.act import WORKERS, Act, Grant
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotFound, NotNow, NotValid, no_such
from shared.privacy.private import Private

OF_UNIT = frozenset({Role.OPERATOR})
OF_SUB_DISTRICT = frozenset({Role.OFFICER})
BELOW_SECRETARY = frozenset({Role.RESIDENT, Role.GRID_WORKER, Role.BUILDING_CONTACT, Role.VOLUNTEER})
EVERYWHERE = frozenset({Role.STEWARD, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Held:
    """A role that was granted and not revoked, and its term: None is from the start, or without end."""

    role: Role
    scope: Scope
    since: datetime | None = None
    until: datetime | None = None

    def counts(self, at: datetime) -> bool:
        """Whether the time is within its term; its end no longer is."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Person:
    """Their roles, the capacity that each building's contract is in, by community and building; and the consents in
    force."""

    community: str
    roles: tuple[Held, ...] = ()
    contracts: frozenset[tuple[str, str, Capacity]] = frozenset()
    consents: frozenset[Purpose] = frozenset()
    erased: bool = False

    def held(self, role: Role, scope: Scope) -> Held | None:
        """The role as it was granted last, if it is held there."""
        return next((one for one in self.roles if (one.role, one.scope) == (role, scope)), None)

    def counting(self, at: datetime) -> list[Held]:
        """The roles that count at a time."""
        return [one for one in self.roles if one.counts(at)]

    def grants(
        self, at: datetime, communities_of: Mapping[str, Sequence[str]], known: Mapping[str, Community]
    ) -> list[Grant]:
        """What a token may say at a time: an officer's sub-district with its communities, a grid or a building as the
        places that it reaches. `known` are the communities whose grids are asked for."""
        grants: list[Grant] = []
        for held in self.counting(at):
            role, scope = held.role, held.scope
            inside = communities_of.get(scope.sub_district or "", ())
            grants.append(Grant(role, scope.community, scope.unit, scope.sub_district, _places(scope, known)))
            grants += [Grant(role, community, None, scope.sub_district) for community in inside]
        return grants


def _places(scope: Scope, known: Mapping[str, Community]) -> tuple[str, ...] | None:
    if scope.grid is not None:
        within = known.get(scope.community or "")
        return within.places_of(scope.grid) if within else (scope.grid,)
    return (scope.building,) if scope.building is not None else None


def evolve(person: Person | None, event: Event) -> Person | None:
    """What an event makes of a person."""
    match person, event:
        case None, PersonRegistered(community=community):
            return Person(community)
        case Person(), RoleGranted(role=role, scope=scope, since=since, until=until):
            return replace(person, roles=(*_others(person, role, scope), Held(role, scope, since, until)))
        case Person(), BuildingContracted(community=community, building=building, capacity=capacity):
            return replace(
                person, contracts=_other_contracts(person, community, building) | {(community, building, capacity)}
            )
        case Person(), RoleRevoked(role=role, scope=scope):
            return replace(
                person,
                roles=_others(person, role, scope),
                contracts=_other_contracts(person, scope.community, scope.building),
            )
        case Person(), ConsentGiven(purpose=purpose):
            return replace(person, consents=person.consents | {purpose})
        case Person(), ConsentWithdrawn(purpose=purpose):
            return replace(person, consents=person.consents - {purpose})
        case Person(), PersonErased():
            return Person(person.community, erased=True)
        case _:
            return person


def _others(person: Person, role: Role, scope: Scope) -> tuple[Held, ...]:
    return tuple(one for one in person.roles if (one.role, one.scope) != (role, scope))


def _other_contracts(
    person: Person, community: str | None, building: str | None
) -> frozenset[tuple[str, str, Capacity]]:
    return frozenset(one for one in person.contracts if one[:2] != (community, building))


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


def grant(
    person: Person,
    *,
    role: Role,
    scope: Scope,
    since: datetime | None = None,
    until: datetime | None = None,
    within: Community | None = None,
) -> RoleGranted:
    """The scope fits the role, and its grid is one of the community `within`. Granted again, it gets the new term."""
    _require_there(person)
    _require_fit(role, scope)
    if scope.grid is not None:
        if within is None:
            raise no_such("community", scope.community)
        require_grid(within, scope.grid)
    _require_term(since, until)
    if person.held(role, scope) == Held(role, scope, since, until):
        raise NotNow("role-already-granted", "此人已有这个角色。", "This person has that role there already.")
    return RoleGranted(role=role, scope=scope, since=since, until=until)


def contract_building(
    person: Person,
    *,
    community: str,
    within: Community | None,
    building: str,
    capacity: Capacity,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[BuildingContracted | RoleGranted]:
    """A building of the community, and the role of its contact for the same term. Contracted again, it gets the new
    capacity and term; a person may have several buildings, and a building several persons."""
    _require_there(person)
    if within is None:
        raise no_such("community", community)
    require_building(within, building)
    _require_term(since, until)
    scope = contact_scope(community, building)
    term = Held(Role.BUILDING_CONTACT, scope, since, until)
    if person.held(Role.BUILDING_CONTACT, scope) == term and (community, building, capacity) in person.contracts:
        raise NotNow("building-already-contracted", "此人已包联这栋楼。", "This person has that building already.")
    return [
        BuildingContracted(community=community, building=building, capacity=capacity, since=since, until=until),
        RoleGranted(role=Role.BUILDING_CONTACT, scope=scope, since=since, until=until),
    ]


def contact_scope(community: str, building: str) -> Scope:
    """Where the contact of a building has their role."""
    return Scope(community=community, building=building)


def revoke(person: Person, *, role: Role, scope: Scope) -> RoleRevoked:
    """What was granted. A building's contract ends with its contact's role."""
    if person.held(role, scope) is None:
        raise NotFound("role-not-granted", "此人没有这个角色。", "This person does not have that role there.")
    return RoleRevoked(role=role, scope=scope)


def end_term(person: Person, *, role: Role, scope: Scope, due: datetime) -> RoleRevoked:
    """The role ends by itself, unless it has been granted for longer meanwhile."""
    held = person.held(role, scope)
    if held is None or held.until is None or held.until > due:
        raise NotNow("term-not-over", "任期未满。", "Its term is not over.")
    return RoleRevoked(role=role, scope=scope)


def require_may_grant(act: Act, person: Person, role: Role, scope: Scope) -> None:
    """A secretary grants the people of the community what is below a secretary there, an officer those of the
    sub-district whatever is below it, a steward anybody anything. Raises NotAllowed."""
    if role in BELOW_SECRETARY and scope.community is not None:
        grantors = (Role.SECRETARY, Role.OFFICER)
        act.require_role(scope.community, *grantors)
    elif role is Role.SECRETARY and scope.community is not None:
        grantors = (Role.OFFICER,)
        act.require_role(scope.community, *grantors)
    else:
        grantors = (Role.OFFICER,) if role is Role.OPERATOR else ()
    act.require_role(person.community, *grantors)


def require_may_invite(act: Act, person: Person) -> None:
    """Whoever may grant all of somebody's roles may let them set a password: nobody comes by more than they could give
    themselves. Raises NotAllowed, NotNow."""
    _require_there(person)
    if not person.roles:
        raise NotNow("nothing-to-sign-in-for", "请先授予角色，再邀请。", "Grant a role first, then invite.")
    for held in person.roles:
        require_may_grant(act, person, held.role, held.scope)


def require_may_know(act: Act, id: PersonId, person: Person) -> None:
    """Who somebody is and how to reach them, is theirs to know and their community's workers'. Raises NotAllowed."""
    if act.caller != id:
        act.require_role(person.community, *WORKERS)


def _require_there(person: Person) -> None:
    if person.erased:
        raise NotNow("person-erased", "此人的个人信息已注销。", "This person was erased.")


def _require_fit(role: Role, scope: Scope) -> None:
    fits = {
        "unit": role in OF_UNIT,
        "sub_district": role in OF_SUB_DISTRICT,
        "community": role not in OF_UNIT | OF_SUB_DISTRICT | EVERYWHERE,
        "grid": role is Role.GRID_WORKER and scope.grid is not None,
    }
    if {part for part, value in scope.model_dump().items() if value} != {part for part, fit in fits.items() if fit}:
        raise NotValid(
            "scope-does-not-fit",
            "请为该角色指定恰当的范围：经办人对应单位，街道干部对应街道，其余对应社区，网格员可再指定网格；包联楼栋请用包联办理。",
            "Scope an operator by unit, an officer by sub-district, the others by community, a grid worker also by "
            "grid. A building is contracted, not granted.",
            role=role,
        )


def _require_term(since: datetime | None, until: datetime | None) -> None:
    if since is not None and until is not None and until <= since:
        raise NotValid("term-ends-first", "任期的结束须晚于开始。", "A term ends after it begins.", until=until)


people = Aggregate("person", evolve)
