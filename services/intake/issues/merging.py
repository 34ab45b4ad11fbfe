"""Two issues about one matter: merged 合并 into one, and split 拆分 again where they were two after all."""

from datetime import datetime

from services.intake.deadlines.terms import Terms
from services.intake.deadlines.timing import begin
from services.intake.issues.issue import Issue, Status, require_of, require_open
from shared.contracts.intake import IssueMerged, IssueSeconded, IssueSplit, IssueSplitOff, IssueTakenIn
from shared.contracts.words import IssueId, PersonId
from shared.deciding.refusals import NotNow, NotValid


def merge(
    duplicate: Issue, into: Issue, *, by: PersonId, duplicate_id: IssueId, into_id: IssueId
) -> tuple[IssueMerged, list[IssueTakenIn | IssueSeconded]]:
    """The duplicate ends, and each of its voices that the other issue has not heard yet counts there."""
    if duplicate_id == into_id:
        raise NotValid("merge-into-itself", "不能合并到自身，请选另一件。", "An issue can't be merged into itself.")
    require_of(into, duplicate.community)
    require_open(duplicate)
    require_open(into)
    taken_in = IssueTakenIn(by=by, issue=duplicate_id, voices=_sorted(duplicate.voices))
    new = [IssueSeconded(by=voice, merged_from=duplicate_id) for voice in _sorted(duplicate.voices - into.voices)]
    return IssueMerged(by=by, into=into_id), [taken_in, *new]


def split(
    duplicate: Issue,
    into: Issue,
    *,
    by: PersonId,
    duplicate_id: IssueId,
    into_id: IssueId,
    terms: Terms,
    at: datetime,
) -> tuple[IssueSplit, IssueSplitOff]:
    """The duplicate goes on where it stood, with all its voices; those that the other issue has only from it count
    there no longer. What was merged on must be split from where it went first."""
    if duplicate.merged_into != into_id:
        raise NotNow("not-merged", "这件诉求未合并，无需拆分。", "This issue is not merged: there is nothing to split.")
    if into.status is Status.MERGED:
        raise NotNow(
            "merged-on",
            "它并入的诉求又并入了另一件，请先拆分 into 中的那一件。",
            "The issue it was merged into was merged itself: split `into` first.",
            into=str(into_id),
        )
    split = begin(duplicate, IssueSplit(by=by, out_of=into_id), terms, at)
    rest = into.own.union(*(voices for id, voices in into.taken_in.items() if id != duplicate_id))
    return split, IssueSplitOff(by=by, issue=duplicate_id, voices=_sorted(into.voices - rest))


def _sorted(voices: frozenset[PersonId]) -> tuple[PersonId, ...]:
    return tuple(sorted(voices, key=str))
