"""What directory holds of a person, opened for who may read it; and the receipt of its erasure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from typing_extensions import TypedDict

from services.directory import keys
from services.directory.person import people
from services.directory.views import FIELDS
from shared.contracts.directory import PersonRegistered
from shared.contracts.words import PersonId
from shared.deciding.act import WORKERS, Act
from shared.deciding.answers import Accepted
from shared.privacy.keyring import ERASED, Shown
from shared.privacy.traces import ReadTrace, reads_of, trace_read
from shared.projecting import Row
from shared.service import Running


class ContactRow(TypedDict):
    """Who somebody is and how to reach them: null where it was never said. `consents`: those in force, by purpose."""

    id: str
    name: Shown | None
    phone: Shown | None
    address: Shown | None
    consents: dict[str, dict[str, str]]
    erased: bool


class Found(BaseModel):
    """People, by their ids."""

    people: list[PersonId]


class Erased(TypedDict):
    """When a person's key was destroyed, and its id: what was sealed with it names it, and can't be read any more."""

    at: str
    key: str | None


class Receipt(Accepted):
    """The erasure is in the log, and the key destroyed: `key` is null for who never had anything sealed."""

    erased_at: str
    key: str | None


class Told(TypedDict):
    """One event of a person's own history; `by` is the role and pseudonym of who did it."""

    at: str
    event: str
    by: str | None
    data: Mapping[str, Any]


class MyData(TypedDict):
    """All of it. Times are RFC 3339, in UTC."""

    person: str
    community: str
    label: str
    name: Shown | None
    phone: Shown | None
    address: Shown | None
    consents: list[str]
    roles: list[dict[str, Any]]
    erased: Erased | None
    read_by: list[ReadTrace]
    history: list[Told]


async def contact(directory: Running, caller: Act, id: PersonId, row: Row) -> ContactRow:
    """A person's row of Contacts, opened, once the reading has left its trace. Raises KekAway."""
    shown = {field: await _opened(directory, row, field, id) for field in FIELDS}
    if read := [field for field, one in shown.items() if one and "text" in one]:
        await trace_read(directory.log.pool, caller, id, read)
    return ContactRow(id=row["id"], consents=row["consents"], erased=row["erased"], **shown)


async def _opened(directory: Running, row: dict[str, Any], field: str, id: UUID) -> Shown | None:
    if row["erased"]:
        return row[field] and ERASED
    return await directory.keyring.open(row[field], field, stream=people.stream(id), person=id)


async def found(directory: Running, worker: Act, phone: str) -> Found:
    """The worker's own people of that number; each sees that it was looked for. Raises KekAway."""
    mine: list[PersonId] = []
    for id in await keys.people_with(directory, phone):
        known = await directory.find(people, id)
        if known and any(
            grant.role in WORKERS and grant.covers(known.community, None) for grant in worker.grants or ()
        ):
            await trace_read(directory.log.pool, worker, id, ["phone"])
            mine.append(PersonId(id))
    return Found(people=mine)


async def erased(directory: Running, id: PersonId, accepted: Accepted) -> Receipt:
    """Destroys the key, now that the log says so; the follower would, if this process ended here."""
    receipt = await keys.destroy(directory, id)
    return Receipt(**dict(accepted), erased_at=receipt.at.isoformat(), key=receipt.key_id and str(receipt.key_id))


async def everything(directory: Running, id: PersonId) -> MyData:
    """From the log itself, which holds it all. Raises NotFound, KekAway."""
    known = await directory.state(people, id)
    events = await directory.log.stream(people.stream(id))
    first = events[0].data
    assert isinstance(first, PersonRegistered)
    history = [
        Told(
            at=event.at.isoformat(),
            event=event.type,
            by=event.metadata.get("actor"),
            data=await directory.keyring.told(event, id),
        )
        for event in events
    ]
    latest: dict[str, Shown | None] = dict.fromkeys(FIELDS)
    for one in history:
        latest |= {field: one["data"][field] for field in FIELDS if one["data"].get(field) is not None}
    gone = await keys.erasure_of(directory.log.pool, id) if known.erased else None
    return MyData(
        person=str(id),
        community=known.community,
        label=first.label,
        **latest,
        consents=sorted(known.consents),
        roles=[
            {"role": held.role, "scope": held.scope.model_dump(), "until": held.until and held.until.isoformat()}
            for held in known.roles
        ],
        erased=gone and Erased(at=gone.at.isoformat(), key=gone.key_id and str(gone.key_id)),
        read_by=await reads_of(directory.log.pool, id),
        history=history,
    )
