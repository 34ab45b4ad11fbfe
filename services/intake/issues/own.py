"""What a document of a community may name."""

from collections.abc import Iterable

from services.intake.issues.issue import issues, require_of
from shared.contracts.words import CommunityId, IssueId
from shared.service import Running


async def require_own(intake: Running, community: CommunityId, named: Iterable[IssueId]) -> None:
    """Raises NotValid where an issue is another community's. One that is not known says nothing to anybody."""
    for id in named:
        known = await intake.find(issues, id)
        if known is not None:
            require_of(known, community)
