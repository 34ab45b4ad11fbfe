"""Who may add what shows an issue, and how much of it."""

from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from services.intake.evidence import evidence
from services.intake.evidence.evidence import LARGEST, MOST, Kept, require_size
from services.intake.issues.issue import issues
from shared.contracts.event import Event
from shared.contracts.intake import (
    EvidenceKind,
    IssueClosed,
    IssueEvidenceAdded,
    IssueMerged,
    IssueRaised,
    IssueSeconded,
    IssueWithdrawn,
    Where,
)
from shared.contracts.words import Channel, EvidenceId, IssueId, PersonId
from shared.deciding.refusals import NotValid
from shared.privacy.private import Private
from tests.given import given

RAISER, NEIGHBOUR, WORKER, STRANGER = (PersonId(UUID(int=n)) for n in range(1, 5))
PHOTO = EvidenceId(UUID(int=9))
RAISED = IssueRaised(community="yaopo", by=RAISER, channel=Channel.WEB, text="灯", where=Where(place="ruyi-1"))
SECONDED = IssueSeconded(by=NEIGHBOUR)
KEPT = Kept(UUID(int=8), EvidenceKind.PHOTO, "image/jpeg", 700, "0" * 64, 70, "ab" * 32, None)
OVER = (
    IssueClosed(outcome="灯亮了"),
    IssueWithdrawn(by=RAISER, reason=None),
    IssueMerged(by=WORKER, into=IssueId(UUID(int=7))),
)


def added(by: PersonId, recorded_by: PersonId | None = None, evidence: EvidenceId = PHOTO) -> IssueEvidenceAdded:
    return IssueEvidenceAdded(
        by=by,
        recorded_by=recorded_by,
        evidence=evidence,
        file=UUID(int=8),
        kind=EvidenceKind.PHOTO,
        media_type="image/jpeg",
        size=700,
        digest="0" * 64,
        thumbnail=70,
        key=Private[str]("ab" * 32),
        raised_by=RAISER,
        place="ruyi-1",
    )


@pytest.mark.parametrize(
    ("by", "recorded_by", "worker"),
    [(RAISER, None, False), (NEIGHBOUR, None, False), (WORKER, None, True), (STRANGER, WORKER, True)],
    ids=["raiser", "who seconded", "worker", "whom a worker takes it down for"],
)
def test_it_is_added_by(by: PersonId, recorded_by: PersonId | None, worker: bool) -> None:
    said = {"by": by, "recorded_by": recorded_by, "worker": worker, "evidence": PHOTO, "kept": KEPT}
    given(issues, RAISED, SECONDED).when(evidence.add, **said).then(added(by, recorded_by))


def test_a_stranger_seconds_first() -> None:
    said = {"by": STRANGER, "recorded_by": None, "worker": False, "evidence": PHOTO, "kept": KEPT}
    given(issues, RAISED, SECONDED).when(evidence.add, **said).fails("not-your-issue")


def test_the_same_is_added_once() -> None:
    said = {"by": RAISER, "recorded_by": None, "worker": False, "evidence": PHOTO, "kept": KEPT}
    given(issues, RAISED, added(RAISER)).when(evidence.add, **said).fails("evidence-already-added")


@pytest.mark.parametrize("over", OVER, ids=lambda one: one.event_name)
def test_an_issue_that_is_not_open_takes_none(over: Event) -> None:
    said = {"by": RAISER, "recorded_by": None, "worker": False, "evidence": PHOTO, "kept": KEPT}
    given(issues, RAISED, over).when(evidence.add, **said).fails("issue-not-open")


def test_an_issue_takes_so_much_and_no_more() -> None:
    before = [added(RAISER, evidence=EvidenceId(uuid4())) for _ in range(MOST)]
    said = {"by": RAISER, "recorded_by": None, "worker": False, "evidence": PHOTO, "kept": KEPT}
    given(issues, RAISED, *before[1:]).when(evidence.add, **said).then(added(RAISER))
    given(issues, RAISED, *before).when(evidence.add, **said).fails("evidence-full")


@pytest.mark.parametrize("kind", EvidenceKind)
def test_each_kind_has_its_size(kind: EvidenceKind) -> None:
    require_size(kind, LARGEST[kind])
    with pytest.raises(NotValid, match="evidence-too-large"):
        require_size(kind, LARGEST[kind] + 1)
