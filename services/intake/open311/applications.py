"""Applications that speak to a community with an API key, which partner issues and intake hears of over Kafka."""

from dataclasses import dataclass
from hmac import compare_digest
from uuid import UUID

from shared.contracts.partner import ApiKeyIssued, ApiKeyRevoked
from shared.contracts.words import PersonId
from shared.deciding.lookups import Lookup
from shared.deciding.refusals import NotAllowed
from shared.eventlog.log import Log
from shared.eventlog.recorded import COLUMNS, recorded
from shared.identity.api_keys import hashed, key_id
from shared.service import Running
from shared.settings import Settings

KEY = f"select {COLUMNS} from log where source = 'partner' and stream = 'api_key-' || $1 order by version"


@dataclass(frozen=True, slots=True)
class Application:
    """Who raises what comes with a key: the key's id stands for a person's."""

    id: PersonId
    community: str
    sha256: str


async def _application(log: Log, _: Settings, id: str) -> Application | None:
    """Of a key that has been issued and not revoked, as far as intake has heard."""
    said = [recorded(row).data for row in await log.pool.fetch(KEY, id)]
    if any(isinstance(one, ApiKeyRevoked) for one in said):
        return None
    for one in said:
        if isinstance(one, ApiKeyIssued):
            return Application(PersonId(UUID(id)), one.community, one.sha256)
    return None


APPLICATIONS = Lookup(_application)
"""By the key's id."""


async def application_of(intake: Running, key: str, community: str) -> Application:
    """Whose key it is. Raises NotAllowed where it is none, is good no longer, or is for another community."""
    id = key_id(key)
    known = await intake.look_up(APPLICATIONS, str(id)) if id else None
    if known is None or known.community != community or not compare_digest(known.sha256, hashed(key)):
        raise NotAllowed(
            "api-key-refused",
            "api_key 缺失、无效、已吊销，或不属于该 jurisdiction_id；请向社区或街道申请。",
            "api_key is missing, not valid, revoked, or of another jurisdiction_id: ask the community for one.",
        )
    return known
