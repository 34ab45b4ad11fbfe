"""Who that somebody is outside is here: said once, by an invitation they bring along."""

from services.directory.login import invitations
from services.directory.login.oidc import Outside
from shared.contracts.words import PersonId
from shared.deciding.refusals import NotAllowed
from shared.service import Running

KNOWN = "select person from outside_identity where issuer = $1 and subject = $2"
MEET = "insert into outside_identity (issuer, subject, person) values ($1, $2, $3)"


async def person_of(directory: Running, outside: Outside) -> PersonId:
    """The person here. Whoever is known stays who they are, and an invitation is then left as it is. Raises
    NotAllowed."""
    async with directory.log.pool.acquire() as connection, connection.transaction():
        known = await connection.fetchval(KNOWN, outside.issuer, outside.subject)
        if known is None and outside.invitation:
            known = await invitations.use(connection, outside.invitation)
            if known is not None:
                await connection.execute(MEET, outside.issuer, outside.subject, known)
    if known is None:
        raise NotAllowed(
            "nobody-here",
            "您的统一身份尚未与本系统关联，请凭邀请重新登录。",
            "This identity is not known here yet: come with an invitation.",
        )
    return PersonId(known)
