"""Directory's read models."""

from typing import Any

from typing_extensions import TypedDict

from services.directory.tree import with_node
from shared.contracts.directory import (
    CommunityOpened,
    CompoundRegistered,
    ConsentGiven,
    ConsentWithdrawn,
    ContactChanged,
    GridDrawn,
    PersonErased,
    PersonRegistered,
    RoleGranted,
    RoleRevoked,
    SubDistrictOpened,
    VenueOpened,
)
from shared.eventlog.recorded import Recorded
from shared.privacy.keyring import kept
from shared.projecting import PUBLIC, Row, Scoped, View


class SubDistrictRow(TypedDict):
    """A sub-district and the codes of its communities."""

    id: str
    name: str
    district: str
    communities: list[str]


class SubDistricts(
    View,
    number=1,
    scope=PUBLIC,
    events=(SubDistrictOpened, CommunityOpened),
    columns={"name": "text"},
    order="name",
    lists=((),),
):
    """One row a sub-district."""

    def keys(self, event: Recorded) -> tuple[str, ...]:
        return (event.data.sub_district if isinstance(event.data, CommunityOpened) else event.stream_id,)

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case SubDistrictOpened(name=name, district=district):
                return {"id": event.stream_id, "name": name, "district": district, "communities": []}
            case CommunityOpened() if row is not None:
                return row | {"communities": [*row["communities"], event.stream_id]}
            case _:
                return row


class CommunityRow(TypedDict):
    """A community with its compounds, grids and venues, each with its code."""

    id: str
    name: str
    sub_district: str
    compounds: list[dict[str, Any]]
    grids: list[dict[str, Any]]
    venues: list[dict[str, Any]]


class Communities(
    View,
    number=2,
    scope=PUBLIC,
    events=(CommunityOpened, CompoundRegistered, GridDrawn, VenueOpened),
    columns={"sub_district": "text", "name": "text"},
    order="name",
    lists=((), ("sub_district",)),
):
    """One row a community."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case CommunityOpened(sub_district=sub_district, name=name):
                places: dict[str, list[Any]] = {"compounds": [], "grids": [], "venues": []}
                return {"id": event.stream_id, "name": name, "sub_district": sub_district, **places}
            case _ if row is None:
                return None
            case CompoundRegistered(place=place, name=name, buildings=buildings):
                compound = {"id": place, "name": name, "buildings": buildings}
                return row | {"compounds": with_node(row["compounds"], compound)}
            case GridDrawn(place=place, name=name, buildings=buildings):
                grid = {"id": place, "name": name, "buildings": list(buildings)}
                return row | {"grids": with_node(row["grids"], grid)}
            case VenueOpened(place=place, name=name, kind=kind, compound=compound):
                venue = {"id": place, "name": name, "kind": kind, "compound": compound}
                return row | {"venues": with_node(row["venues"], venue)}
            case _:
                return row


class PersonRow(TypedDict):
    """A person's label and roles. Times are RFC 3339, in UTC."""

    id: str
    community: str
    label: str
    registered_at: str
    roles: list[dict[str, Any]]
    erased: bool


class People(
    View,
    number=3,
    scope=Scoped(community="community"),
    events=(PersonRegistered, RoleGranted, RoleRevoked, PersonErased),
    columns={"community": "text", "label": "text", "registered_at": "timestamptz"},
    order="registered_at",
    lists=(("community",), ("community", "label")),
):
    """One row a person."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case PersonRegistered(community=community, label=label):
                return {
                    "id": event.stream_id,
                    "community": community,
                    "label": label,
                    "registered_at": event.at,
                    "roles": [],
                    "erased": False,
                }
            case _ if row is None:
                return None
            case RoleGranted() as granted:
                return row | {"roles": [*_others(row, granted), granted.model_dump()]}
            case RoleRevoked() as revoked:
                return row | {"roles": _others(row, revoked)}
            case PersonErased():
                return row | {"roles": [], "erased": True}
            case _:
                return row


def _others(row: Row, told: RoleGranted | RoleRevoked) -> list[dict[str, Any]]:
    scope = told.scope.model_dump()
    return [one for one in row["roles"] if (one["role"], one["scope"]) != (told.role, scope)]


class Contacts(
    View,
    number=2,
    scope=Scoped(community="community", person="id"),
    events=(PersonRegistered, ContactChanged, ConsentGiven, ConsentWithdrawn, PersonErased),
    columns={"community": "text", "id": "text", "changed_at": "timestamptz"},
    order="changed_at",
    lists=(),
):
    """One row a person: how to reach them, sealed, and what they agree to. Read one by one, never listed."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case PersonRegistered(community=community):
                known: Row = {field: kept(event, field) for field in FIELDS}
                return {
                    "id": event.stream_id,
                    "community": community,
                    **known,
                    "changed_at": event.at,
                    "consents": {},
                    "erased": False,
                }
            case _ if row is None:
                return None
            case ContactChanged():
                said = {field: new for field in FIELDS if (new := kept(event, field)) is not None}
                return row | said | {"changed_at": event.at}
            case ConsentGiven(purpose=purpose, terms=terms):
                return row | {"consents": {**row["consents"], purpose.value: {"terms": terms, "at": event.at}}}
            case ConsentWithdrawn(purpose=purpose):
                return row | {"consents": {one: said for one, said in row["consents"].items() if one != purpose}}
            case PersonErased():
                return row | {"consents": {}, "erased": True}
            case _:
                return row


FIELDS = ContactChanged.private_fields
"""What is known of a person, and sealed."""
