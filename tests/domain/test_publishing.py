"""The rules of what is public of an issue, and of the keys of applications."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.issues.issue import issues
from services.intake.publishing import publishing
from services.partner import api_key
from services.partner.api_key import api_keys
from shared.contracts.event import Event
from shared.contracts.intake import (
    IssueClassified,
    IssueMerged,
    IssuePublished,
    IssueUnpublished,
    IssueWithdrawn,
    Kind,
    Urgency,
)
from shared.contracts.partner import ApiKeyIssued, ApiKeyRevoked
from shared.identity.api_keys import hashed, key_id, key_of_id
from tests.domain.test_issue import ACKNOWLEDGED, CLOSED, ONE, OTHER, RAISER, WORKER, raised
from tests.given import given

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
WORDS: dict[str, Any] = {
    "by": WORKER,
    "title": "楼道灯",
    "text": "正在联系电力公司。",
    "outcome": None,
    "place": "ruyi",
    "raised_at": AT,
}
SAID: dict[str, Any] = {**WORDS, "compounds": {"ruyi"}}
CLASSIFIED = IssueClassified(by=WORKER, category="公共设施/照明", urgency=Urgency.HIGH, kind=Kind.COMMON)


def published(status: str = "acknowledged", category: str | None = None, **more: Any) -> IssuePublished:
    return IssuePublished(community="yaopo", status=status, category=category, **{**WORDS, **more})


def test_an_issue_is_published_as_it_stands_and_in_none_of_the_raisers_words() -> None:
    given(issues, raised(), ACKNOWLEDGED).when(publishing.publish, **SAID).then(published())
    given(issues, raised(), CLASSIFIED, ACKNOWLEDGED).when(publishing.publish, **SAID).then(
        published(category="公共设施/照明")
    )
    given(issues, raised(), CLOSED).when(publishing.publish, **SAID).then(published("closed"))


def test_it_is_published_again_in_other_words() -> None:
    anew = {**SAID, "outcome": "灯亮了"}
    before = (raised(), ACKNOWLEDGED, published())
    given(issues, *before).when(publishing.publish, **anew).then(published(outcome="灯亮了"))


@pytest.mark.parametrize("place", ["ruyi-3", "grid-1", "nowhere"])
def test_nothing_finer_than_a_compound_is_published(place: str) -> None:
    given(issues, raised()).when(publishing.publish, **{**SAID, "place": place}).fails("place-too-fine")
    nowhere = {**SAID, "place": None}
    given(issues, raised()).when(publishing.publish, **nowhere).then(published("raised", place=None))


@pytest.mark.parametrize("end", [IssueMerged(by=WORKER, into=OTHER), IssueWithdrawn(by=RAISER)])
def test_what_goes_on_elsewhere_or_was_taken_back_is_not_published(end: Event) -> None:
    given(issues, raised(), end).when(publishing.publish, **SAID).fails("not-to-be-published")


def test_only_what_is_published_is_taken_down_and_once() -> None:
    down = IssueUnpublished(by=WORKER, reason="有误")
    said = {"by": WORKER, "reason": "有误"}
    given(issues, raised()).when(publishing.unpublish, **said).fails("not-published")
    given(issues, raised(), published("raised")).when(publishing.unpublish, **said).then(down)
    given(issues, raised(), published("raised"), down).when(publishing.unpublish, **said).fails("not-published")
    given(issues, raised(), published("raised"), down).when(publishing.publish, **SAID).then(published("raised"))


def test_a_key_is_revoked_once() -> None:
    issued = ApiKeyIssued(community="yaopo", by=WORKER, application="12345", sha256="0" * 64)
    given(api_keys, issued).when(api_key.revoke, by=WORKER).then(ApiKeyRevoked(by=WORKER))
    given(api_keys, issued, ApiKeyRevoked(by=WORKER)).when(api_key.revoke, by=WORKER).fails("api-key-revoked")


def test_a_key_says_its_id_and_its_hash_says_nothing_of_it() -> None:
    key = key_of_id(OTHER, b"deployment")
    assert (key_id(key), key_of_id(OTHER, b"deployment")) == (OTHER, key)
    others = {key, key_of_id(ONE, b"deployment"), key_of_id(OTHER, b"another")}
    assert len({one.rpartition("_")[2] for one in others}) == len({hashed(one) for one in others}) == 3
    for none in ("", "slk_", key[:-1], f"{key}x", key.upper(), "slk_\x00"):
        assert key_id(none) is None
