"""What shows an issue: who may add it, how much of it, and what is said of it."""

from dataclasses import dataclass
from uuid import UUID

from services.intake.issues.issue import Issue, require_open
from shared.contracts.intake import EvidenceKind, IssueEvidenceAdded
from shared.contracts.words import EvidenceId, PersonId
from shared.deciding.refusals import NotAllowed, NotNow, NotValid
from shared.privacy.private import Private

MOST = 20
"""Photos, recordings and documents of one issue."""
LARGEST = {EvidenceKind.PHOTO: 20_000_000, EvidenceKind.AUDIO: 50_000_000, EvidenceKind.DOCUMENT: 20_000_000}
"""Bytes, as they are sent."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store has: `size` and `thumbnail` in bytes before sealing, the digest of what is sealed, the key in
    hex, and where it was taken, if that may be known."""

    file: UUID
    kind: EvidenceKind
    media_type: str
    size: int
    digest: str
    thumbnail: int | None
    key: str
    spot: str | None


def add(
    issue: Issue, *, by: PersonId, recorded_by: PersonId | None, worker: bool, evidence: EvidenceId, kept: Kept
) -> IssueEvidenceAdded:
    """Given by the raiser or who seconded, or by whoever a worker takes it down for. Once, and while it is open."""
    require_may_add(issue, by=by, worker=worker)
    if evidence in issue.evidence:
        raise NotNow("evidence-already-added", "这份材料已经附上。", "This has been added already.")
    return IssueEvidenceAdded(
        by=by,
        recorded_by=recorded_by,
        evidence=evidence,
        file=kept.file,
        kind=kept.kind,
        media_type=kept.media_type,
        size=kept.size,
        digest=kept.digest,
        thumbnail=kept.thumbnail,
        key=Private[str](kept.key),
        spot=None if kept.spot is None else Private[str](kept.spot),
        raised_by=issue.raised_by,
        place=issue.place,
    )


def require_may_add(issue: Issue, *, by: PersonId, worker: bool) -> None:
    """Raises NotAllowed, NotNow. `worker`: one who reaches the issue adds it, for themselves or for another."""
    if not worker and by not in issue.voices:
        raise NotAllowed(
            "not-your-issue",
            "只有提出人、附议人和社区工作人员可以附上材料；可先附议。",
            "Who raised or seconded an issue, and the community's workers, may add to it: second it first.",
        )
    require_open(issue)
    if len(issue.evidence) >= MOST:
        raise NotNow(
            "evidence-full",
            "这件诉求的材料已达上限。",
            "This issue has as much evidence as one may have.",
            most=MOST,
        )


def require_size(kind: EvidenceKind, size: int) -> None:
    """Raises NotValid."""
    if size > LARGEST[kind]:
        raise NotValid(
            "evidence-too-large",
            "文件太大，请压缩或截取后再传。",
            "The file is too large: make it smaller, or send a part of it.",
            kind=kind,
            largest=LARGEST[kind],
        )
