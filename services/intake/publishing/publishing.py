"""An issue is published 公示 in words that the community stands for, and taken down again."""

from collections.abc import Set
from datetime import datetime

from services.intake.issues.issue import Issue, Status
from shared.contracts.intake import IssuePublished, IssueUnpublished
from shared.contracts.words import PersonId
from shared.deciding.refusals import NotNow, NotValid

NOT_PUBLISHED = frozenset({Status.MERGED, Status.WITHDRAWN})


def publish(
    issue: Issue,
    *,
    by: PersonId,
    title: str,
    text: str,
    outcome: str | None,
    place: str | None,
    compounds: Set[str],
    raised_at: datetime,
) -> IssuePublished:
    """Again, in place of what was published before, as often as there is something to mend or to add. It names one of
    the community's compounds at most: a building's few households are known to their neighbours."""
    if place is not None and place not in compounds:
        raise NotValid(
            "place-too-fine",
            "公示只写到小区：请填本社区某个小区的编号，或不填。",
            "What is published names a compound at most: give the code of one of this community's, or none.",
            place=place,
        )
    if issue.status in NOT_PUBLISHED:
        raise NotNow(
            "not-to-be-published",
            "这件诉求已合并或撤回，不能公示；已合并的请公示并入的那件。",
            "This issue was merged or withdrawn: of a merged one, publish the one that goes on.",
            state=issue.status,
        )
    return IssuePublished(
        community=issue.community,
        by=by,
        title=title,
        text=text,
        outcome=outcome,
        place=place,
        status=issue.status,
        category=issue.category,
        raised_at=raised_at,
    )


def unpublish(issue: Issue, *, by: PersonId, reason: str) -> IssueUnpublished:
    """From now on nobody is shown any of it, of past days either."""
    if not issue.published:
        raise NotNow("not-published", "这件诉求没有公示。", "This issue is not published.")
    return IssueUnpublished(by=by, reason=reason)
