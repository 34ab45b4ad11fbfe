"""A candidate is edited, merged, dropped or confirmed, once; and a chat's messages are each in one."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake.chats import candidate
from services.intake.chats.candidate import MOST_MESSAGES, Candidate, candidates
from services.intake.chats.chat import Chats, chats, fingerprints
from services.intake.chats.guessing import Guess
from services.intake.chats.taking_in import Chat, Share, shares
from services.intake.chats.threads import threads
from services.intake.chats.wechat import LOCAL, Message, Quote
from services.intake.deadlines.policy import Policy
from services.intake.deadlines.terms import Terms
from services.intake.reactions import reactions
from shared.calendar.days import read_calendar
from shared.contracts.event import Event
from shared.contracts.intake import (
    CandidateConfirmed,
    CandidateDropped,
    CandidateEdited,
    CandidateExpired,
    CandidateFound,
    CandidateHeard,
    CandidateMerged,
    ChatImported,
    IssueClassified,
    IssueRaised,
    KeptMessage,
    Kind,
    Step,
    Urgency,
    Where,
)
from shared.contracts.words import CandidateId, Channel, PersonId
from shared.privacy.private import Private
from shared.reacting.reactions import Await, Do, Forget
from tests.given import STREAM, follows, given

WORKER, WHO = PersonId(uuid.uuid4()), PersonId(uuid.uuid4())
ONE, TWO = CandidateId(uuid.uuid4()), CandidateId(uuid.uuid4())
AT = datetime(2023, 11, 20, 19, 2, tzinfo=LOCAL)
EXPIRES = datetime(2023, 12, 5, tzinfo=UTC)
LIGHT = Message("居民~1", AT, "楼道灯不亮", quotes=Quote("居民~2", "灯"))
FOUND = CandidateFound(
    community="yaopo",
    group="业主群",
    text=Private("楼道灯不亮"),
    category="公共设施/照明",
    category_confidence=75,
    place="ruyi-3",
    place_confidence=85,
    expires=EXPIRES,
)
HEARD = CandidateHeard(
    kind="text", said_at=AT, speaker=Private("居民~1"), text=Private("楼道灯不亮"), quotes=Private("居民~2：灯")
)
CONFIRM = {
    "by": WORKER,
    "on_behalf_of": WHO,
    "text": "3号楼楼道灯不亮",
    "where": Where(detail="2单元"),
    "category": None,
    "urgency": Urgency.HIGH,
    "kind": Kind.COMMON,
}
CONFIRMED = CandidateConfirmed(
    community="yaopo",
    by=WORKER,
    on_behalf_of=WHO,
    text="3号楼楼道灯不亮",
    where=Where(place="ruyi-3", detail="2单元"),
    category="公共设施/照明",
    urgency=Urgency.HIGH,
    kind=Kind.COMMON,
)


def test_what_is_found_is_private_with_each_of_its_messages() -> None:
    assert candidate.find(
        community="yaopo",
        group="业主群",
        text="楼道灯不亮",
        category=Guess("公共设施/照明", 75),
        place=Guess("ruyi-3", 85),
        messages=[LIGHT],
        expires=EXPIRES,
    ) == [FOUND, HEARD]


def test_it_is_confirmed_with_what_was_guessed_unless_it_is_said_otherwise() -> None:
    given(candidates, FOUND, HEARD).when(candidate.confirm, **CONFIRM).then(CONFIRMED)
    said = CONFIRM | {"category": "物业服务", "where": Where(place="ruyi-4"), "on_behalf_of": None}
    given(candidates, FOUND).when(candidate.confirm, **said).then(
        CONFIRMED.model_copy(update={"category": "物业服务", "where": Where(place="ruyi-4"), "on_behalf_of": WORKER})
    )
    edited = CandidateEdited(by=WORKER, place="ruyi-5")
    given(candidates, FOUND, edited).when(candidate.confirm, **CONFIRM).then(
        CONFIRMED.model_copy(update={"where": Where(place="ruyi-5", detail="2单元")})
    )


def test_what_is_confirmed_is_raised_for_who_spoke_under_the_same_id_and_is_not_awaited_any_more() -> None:
    effects = follows(reactions, FOUND.model_copy(update={"text": Private(sealed=SEALED)}), CONFIRMED)
    assert Forget("candidate-expires", str(STREAM)) in effects
    [do] = [one for one in effects if isinstance(one, Do)]
    assert (do.id, do.community) == (STREAM, "yaopo")
    raised, classified = cast("list[Any]", do.command(**do.arguments, terms=Terms(Policy(), read_calendar(None))))
    assert [deadline.step for deadline in raised.deadlines] == [Step.ACKNOWLEDGE]
    assert raised == IssueRaised(
        community="yaopo",
        by=WHO,
        recorded_by=WORKER,
        channel=Channel.WECHAT_GROUP,
        text="3号楼楼道灯不亮",
        where=CONFIRMED.where,
        deadlines=raised.deadlines,
    )
    assert classified == IssueClassified(
        by=WORKER,
        category="公共设施/照明",
        urgency=Urgency.HIGH,
        kind=Kind.COMMON,
        deadlines=classified.deadlines,
    )


SEALED = f"p1.{'a' * 22}.{'b' * 90}"


def test_nobody_having_settled_it_it_expires() -> None:
    [waits] = follows(reactions, FOUND.model_copy(update={"text": Private(sealed=SEALED)}))
    assert waits == Await("candidate-expires", str(STREAM), EXPIRES)
    due = given(candidates, FOUND).when(candidate.expire, due=EXPIRES)
    due.then(CandidateExpired())
    given(candidates, FOUND).when(candidate.expire, due=EXPIRES - timedelta(seconds=1)).then()
    given(candidates, FOUND, CONFIRMED).when(candidate.expire, due=EXPIRES).then()


SETTLED = (CONFIRMED, CandidateDropped(by=WORKER), CandidateExpired(), CandidateMerged(by=WORKER, into=TWO))


@pytest.mark.parametrize("settled", SETTLED, ids=lambda event: event.event_name)
def test_it_is_settled_once(settled: Event) -> None:
    gone = given(candidates, FOUND, settled)
    gone.when(candidate.confirm, **CONFIRM).fails("candidate-settled")
    gone.when(candidate.drop, by=WORKER).fails("candidate-settled")
    gone.when(candidate.edit, by=WORKER, text="灯", category=None, place=None).fails("candidate-settled")
    gone.when(candidate.hear, messages=[LIGHT]).then()


def test_an_edit_says_something() -> None:
    there = given(candidates, FOUND)
    there.when(candidate.edit, by=WORKER, text=None, category=None, place=None).fails("nothing-to-edit")
    there.when(candidate.edit, by=WORKER, text="灯", category=None, place=None).then(
        CandidateEdited(by=WORKER, text=Private("灯"))
    )


def test_merged_its_messages_go_on_in_the_other() -> None:
    def merged(
        duplicate: Candidate, into: Candidate, messages: list[Message], same: bool = False
    ) -> tuple[Event, Sequence[Event]]:
        ids = {"duplicate_id": ONE, "into_id": ONE if same else TWO}
        return candidate.merge(duplicate, into, by=WORKER, messages=messages, **ids)

    one, two = candidates.fold([FOUND, HEARD]), candidates.fold([FOUND])
    assert one is not None
    assert two is not None
    assert merged(one, two, [LIGHT]) == (CandidateMerged(by=WORKER, into=TWO), [HEARD])
    given(candidates, FOUND, HEARD).when(merged, into=two, messages=[LIGHT], same=True).fails(
        "candidate-merge-into-itself"
    )
    elsewhere = replace(two, community="xishan")
    given(candidates, FOUND).when(merged, into=elsewhere, messages=[]).fails("candidate-of-other-community")
    given(candidates, FOUND, HEARD).when(merged, into=two, messages=[]).fails("candidate-grown")


def test_a_candidate_hears_only_so_much() -> None:
    heard = [LIGHT] * (MOST_MESSAGES + 5)
    assert len(candidate.hear(_open(), messages=heard)) == MOST_MESSAGES
    assert len(candidate.hear(replace(_open(), messages=MOST_MESSAGES - 1), messages=heard)) == 1


def _open() -> Candidate:
    return Candidate("yaopo", EXPIRES)


def chat(*messages: Message) -> Chat:
    return Chat("yaopo", "业主群", None, messages, fingerprints(messages, "yaopo", b"key"))


def got(given_: Chat, known: Chats, states: dict[CandidateId, Candidate]) -> list[Share]:
    return shares(given_, threads(given_.messages), known, states)


AGREES = Message("居民~2", AT + timedelta(minutes=1), "+1")
AGAIN = Message("居民~2", AT + timedelta(minutes=2), "楼道灯怎么办")


def kept(share: Share, given_: Chat) -> ChatImported:
    pairs = tuple(KeptMessage(message=given_.fingerprints[one], candidate=share.id) for one in share.messages)
    return ChatImported(by=WORKER, group="业主群", messages=1, kept=pairs)


def test_the_same_chat_again_has_nothing_new_and_what_is_new_joins_what_is_open() -> None:
    first = chat(LIGHT, AGREES)
    [share] = got(first, Chats(), {})
    known = chats.fold([kept(share, first)])
    assert known is not None
    assert got(first, known, {share.id: _open()}) == []
    more = chat(LIGHT, AGREES, AGAIN)
    assert got(more, known, {share.id: _open()}) == [Share(share.id, (2,))]
    settled = replace(_open(), status=candidate.CandidateStatus.CONFIRMED)
    [new] = got(more, known, {share.id: settled})
    assert new.id != share.id
    assert new.messages == (2,)
    assert got(chat(LIGHT, AGREES, replace(AGREES, speaker="居民~3")), known, {share.id: settled}) == []


@for_all(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.integers(0, 59))
def test_a_message_is_known_again_by_another_export_and_by_no_other_key(key: bytes, other: bytes, second: int) -> None:
    shown = Message("居民 ~1", AT.replace(second=second), "楼道灯 不亮")
    plain_one = Message("居民~1", AT, "楼道灯不亮")
    assert fingerprints([shown], "yaopo", key) == fingerprints([plain_one], "yaopo", key)
    assert fingerprints([shown], "yaopo", key) != fingerprints([shown], "xishan", key)
    assert (fingerprints([shown], "yaopo", key) == fingerprints([shown], "yaopo", other)) == (key == other)
    twice = fingerprints([shown, shown], "yaopo", key)
    assert len(set(twice)) == 2
