"""What somebody's token may say: what they may now, with what their roles reach."""

from datetime import UTC, datetime

import orjson

from services.directory.person import Person
from services.directory.place import communities
from services.directory.views import SubDistricts
from shared.deciding.act import Grant
from shared.deciding.scope import Scope
from shared.service import Running

PUBLISHED = Scope()
"""Which communities a sub-district has is known to all."""


async def grants_of(directory: Running, known: Person) -> list[Grant]:
    """Of who is known as this."""
    now = datetime.now(UTC)
    scopes = [held.scope for held in known.counting(now)]
    rows = [await directory.reader.get(PUBLISHED, SubDistricts, one.sub_district) for one in scopes if one.sub_district]
    communities_of = {row["id"]: row["communities"] for row in map(orjson.loads, filter(None, rows))}
    gridded = {one.community for one in scopes if one.grid and one.community}
    found = {code: await directory.state(communities, code) for code in gridded}
    return known.grants(now, communities_of, found)
