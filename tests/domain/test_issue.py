"""The rules of an issue."""

from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake.issues import issue, merging
from services.intake.issues.issue import issues
from shared.contracts.event import Event
from shared.contracts.intake import (
    IssueAcknowledged,
    IssueAnswered,
    IssueClosed,
    IssueEscalated,
    IssueMerged,
    IssueRaised,
    IssueRated,
    IssueReferred,
    IssueReopened,
    IssueSeconded,
    Referral,
    ToCommunity,
    ToConsultation,
    Where,
)
from shared.contracts.words import Channel, IssueId, PersonId
from tests.given import given

ONE, OTHER = IssueId(UUID(int=1)), IssueId(UUID(int=2))
RAISER, NEIGHBOUR, WORKER = PersonId(UUID(int=11)), PersonId(UUID(int=12)), PersonId(UUID(int=13))


def raised(by: PersonId = RAISER, community: str = "yaopo") -> IssueRaised:
    return IssueRaised(community=community, by=by, channel=Channel.WEB, text="楼道灯不亮", where=Where())


def referred(referral: Referral | None = None) -> IssueReferred:
    to = referral or ToConsultation()
    return IssueReferred(community="yaopo", by=WORKER, matter="楼道灯不亮", category=None, referral=to)


ACKNOWLEDGED = IssueAcknowledged(by=WORKER)
CLOSED = IssueClosed(outcome="灯亮了")


def test_an_issue_is_acknowledged_once() -> None:
    given(issues, raised()).when(issue.acknowledge, by=WORKER).then(ACKNOWLEDGED)
    given(issues, raised(), ACKNOWLEDGED).when(issue.acknowledge, by=WORKER).fails("issue-already-acknowledged")


def test_a_person_seconds_once_and_never_their_own() -> None:
    given(issues, raised()).when(issue.second, by=NEIGHBOUR).then(IssueSeconded(by=NEIGHBOUR))
    given(issues, raised()).when(issue.second, by=RAISER).fails("already-seconded")
    given(issues, raised(), IssueSeconded(by=NEIGHBOUR)).when(issue.second, by=NEIGHBOUR).fails("already-seconded")


def test_an_issue_is_referred_after_it_was_acknowledged() -> None:
    given(issues, raised()).when(issue.refer, by=WORKER, referral=ToConsultation()).fails("issue-not-acknowledged")
    given(issues, raised(), ACKNOWLEDGED).when(issue.refer, by=WORKER, referral=ToConsultation()).then(referred())


def test_what_the_community_does_itself_is_closed_by_its_answer() -> None:
    answer = {"by": WORKER, "answer": "网格员换了灯泡"}
    told = IssueAnswered(by=WORKER, answer="网格员换了灯泡"), IssueClosed(outcome="网格员换了灯泡")
    given(issues, raised(), ACKNOWLEDGED, referred(ToCommunity())).when(issue.answer, **answer).then(*told)


def test_what_the_community_was_not_asked_to_do_is_not_closed_by_its_answer() -> None:
    answer = {"by": WORKER, "answer": "网格员换了灯泡"}
    for before in ((), (ACKNOWLEDGED,), (ACKNOWLEDGED, referred()), (ACKNOWLEDGED, referred(ToCommunity()), CLOSED)):
        given(issues, raised(), *before).when(issue.answer, **answer).fails("not-with-the-community")


def test_only_the_raiser_rates_and_once_each_time_it_is_closed() -> None:
    closed = given(issues, raised(), ACKNOWLEDGED, CLOSED)
    good = {"solved": True, "satisfied": True, "comment": None}
    closed.when(issue.rate, by=NEIGHBOUR, **good).fails("not-the-raiser")
    rated = IssueRated(by=RAISER, solved=True, satisfied=True)
    closed.when(issue.rate, by=RAISER, **good).then(rated)
    given(issues, raised(), ACKNOWLEDGED, CLOSED, rated).when(issue.rate, by=RAISER, **good).fails("nothing-to-rate")


def test_a_bad_rating_reopens_and_the_second_escalates() -> None:
    bad = IssueRated(by=RAISER, solved=False, satisfied=False)
    said = {"by": RAISER, "solved": False, "satisfied": False, "comment": None}
    reopened = IssueReopened(reason="提出人评价未解决或不满意")
    given(issues, raised(), ACKNOWLEDGED, CLOSED).when(issue.rate, **said).then(bad, reopened)
    again = given(issues, raised(), ACKNOWLEDGED, CLOSED, bad, reopened, referred(), CLOSED)
    again.when(issue.rate, **said).then(bad, IssueEscalated(reason="提出人再次评价未解决或不满意"))


def test_only_the_raiser_withdraws_and_not_after_it_was_referred() -> None:
    given(issues, raised()).when(issue.withdraw, by=NEIGHBOUR, reason=None).fails("not-the-raiser")
    late = given(issues, raised(), ACKNOWLEDGED, referred())
    late.when(issue.withdraw, by=RAISER, reason=None).fails("too-late-to-withdraw")


def test_a_closed_issue_takes_no_more_seconds() -> None:
    given(issues, raised(), CLOSED).when(issue.second, by=NEIGHBOUR).fails("issue-not-open")


def test_issues_of_two_communities_are_never_merged() -> None:
    into = issues.fold([raised(community="xishan")])
    said = {"into": into, "by": WORKER, "duplicate_id": ONE, "into_id": OTHER}
    given(issues, raised()).when(merging.merge, **said).fails("other-community")
    given(issues, raised()).when(merging.merge, **{**said, "into_id": ONE}).fails("merge-into-itself")


def test_an_issue_is_closed_only_by_what_its_own_community_did() -> None:
    given(issues, raised(), ACKNOWLEDGED, referred()).when(issue.close, outcome="灯亮了", within="yaopo").then(CLOSED)
    elsewhere = given(issues, raised(), ACKNOWLEDGED, referred())
    elsewhere.when(issue.close, outcome="亮了", within="xishan").fails("other-community")


people = st.integers(min_value=1, max_value=12).map(lambda number: PersonId(UUID(int=number)))


@for_all(people, st.sets(people), people, st.sets(people))
def test_merging_loses_no_voice_and_counts_none_twice(
    one: PersonId, seconds: set[PersonId], other: PersonId, others: set[PersonId]
) -> None:
    duplicate = [raised(one), *(IssueSeconded(by=by) for by in seconds - {one})]
    canonical: list[Event] = [raised(other), *(IssueSeconded(by=by) for by in others - {other})]
    from_, into = issues.fold(duplicate), issues.fold(canonical)
    assert from_ is not None
    assert into is not None
    ended, carried = merging.merge(from_, into, by=WORKER, duplicate_id=ONE, into_id=OTHER)
    assert ended == IssueMerged(by=WORKER, into=OTHER)
    assert len({event.by for event in carried}) == len(carried)
    merged = issues.fold(carried, into)
    assert merged is not None
    assert merged.voices == from_.voices | into.voices
