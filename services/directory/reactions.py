"""What terms and grids make directory do by itself."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.directory import person, place
from services.directory.person import people
from services.directory.place import communities
from shared.contracts.directory import GridDrawn, RoleGranted, RoleRevoked, Scope
from shared.contracts.words import PersonId, Role
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Await, Do, Effect, Forget, Reactions

reactions = Reactions()

ENDS = "role-ends"
TAKES_OVER = "grid-taken-over"


@reactions.on(RoleGranted)
def keep_its_term(granted: RoleGranted, event: Recorded, _: list[Recorded]) -> Iterable[Effect]:
    """A role ends by itself; a grid goes to who was granted it last, as soon as their term begins."""
    told = _told(event.stream_id, granted.role, granted.scope)
    yield Await(ENDS, told, granted.until) if granted.until else Forget(ENDS, told)
    if granted.scope.grid is not None:
        if granted.since is not None and granted.since > event.at:
            yield Await(TAKES_OVER, told, granted.since)
        else:
            yield Forget(TAKES_OVER, told)
            yield _hand_over(event.stream_id, granted.scope)


@reactions.on(RoleRevoked)
def let_go(revoked: RoleRevoked, event: Recorded, _: list[Recorded]) -> Iterable[Effect]:
    """Nothing of it is awaited any more, and its grid is without a worker."""
    told = _told(event.stream_id, revoked.role, revoked.scope)
    yield Forget(ENDS, told)
    yield Forget(TAKES_OVER, told)
    if revoked.scope.grid is not None:
        arguments = {"grid": revoked.scope.grid, "worker": PersonId(UUID(event.stream_id))}
        yield Do(communities, revoked.scope.community, place.leave_grid, arguments)


@reactions.on(GridDrawn)
def relieve_the_worker_of_before(drawn: GridDrawn, event: Recorded, community: list[Recorded]) -> Iterable[Effect]:
    """A grid has one worker."""
    before = [one.data for one in community[:-1] if isinstance(one.data, GridDrawn) and one.data.place == drawn.place]
    worker = before[-1].worker if before else None
    if worker is not None and drawn.worker not in (None, worker):
        scope = Scope(community=event.stream_id, grid=drawn.place)
        yield Do(people, worker, person.revoke, {"role": Role.GRID_WORKER, "scope": scope})


@reactions.when_due(ENDS)
def end_the_role(told: str, due: datetime) -> Do:
    """Its term is over."""
    who, role, scope = _understood(told)
    return Do(people, who, person.end_term, {"role": role, "scope": scope, "due": due})


@reactions.when_due(TAKES_OVER)
def hand_over_the_grid(told: str, _: datetime) -> Do:
    """Its new worker's term begins."""
    who, _role, scope = _understood(told)
    return _hand_over(who, scope)


def _hand_over(who: str, scope: Scope) -> Do:
    arguments = {"grid": scope.grid, "worker": PersonId(UUID(who))}
    return Do(communities, scope.community, place.hand_over_grid, arguments)


def _told(who: str, role: Role, scope: Scope) -> str:
    """Whose role where, as a timer names it: the same for the same role, so that a new term takes the old one's place.
    Neither ids nor codes have a slash."""
    return "/".join((who, role, *(getattr(scope, part) or "" for part in Scope.model_fields)))


def _understood(told: str) -> tuple[str, Role, Scope]:
    who, role, *parts = told.split("/")
    named = zip(Scope.model_fields, parts, strict=False)  # a scope may have gained parts since it was told
    return who, Role(role), Scope(**{part: value or None for part, value in named})
