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
from shared.identity.api_keys import hashed, key_id, new_key
from tests.domain.test_issue import ACKNOWLEDGED, CLOSED, OTHER, RAISER, WORKER, raised
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
CLASSIFIED = IssueClassified(by=WORKER, category="公共设施/照明", urgency=Urgency.HIGH, kind=Kind.COMMON)


def published(status: str = "acknowledged", category: str | None = None, **more: Any) -> IssuePublished:
    return IssuePublished(community="yaopo", status=status, category=category, **{**WORDS, **more})


def test_an_issue_is_published_as_it_stands_and_in_none_of_the_raisers_words() -> None:
    given(issues, raised(), ACKNOWLEDGED).when(publishing.publish, **WORDS).then(published())
    given(issues, raised(), CLASSIFIED, ACKNOWLEDGED).when(publishing.publish, **WORDS).then(
        published(category="公共设施/照明")
    )
    given(issues, raised(), CLOSED).when(publishing.publish, **WORDS).then(published("closed"))


def test_it_is_published_again_in_other_words() -> None:
    anew = {**WORDS, "outcome": "灯亮了"}
    before = (raised(), ACKNOWLEDGED, published())
    given(issues, *before).when(publishing.publish, **anew).then(published(outcome="灯亮了"))


@pytest.mark.parametrize("end", [IssueMerged(by=WORKER, into=OTHER), IssueWithdrawn(by=RAISER)])
def test_what_goes_on_elsewhere_or_was_taken_back_is_not_published(end: Event) -> None:
    given(issues, raised(), end).when(publishing.publish, **WORDS).fails("not-to-be-published")


def test_only_what_is_published_is_taken_down_and_once() -> None:
    down = IssueUnpublished(by=WORKER, reason="有误")
    said = {"by": WORKER, "reason": "有误"}
    given(issues, raised()).when(publishing.unpublish, **said).fails("not-published")
    given(issues, raised(), published("raised")).when(publishing.unpublish, **said).then(down)
    given(issues, raised(), published("raised"), down).when(publishing.unpublish, **said).fails("not-published")
    given(issues, raised(), published("raised"), down).when(publishing.publish, **WORDS).then(published("raised"))


def test_a_key_is_revoked_once() -> None:
    issued = ApiKeyIssued(community="yaopo", by=WORKER, application="12345", sha256="0" * 64)
    given(api_keys, issued).when(api_key.revoke, by=WORKER).then(ApiKeyRevoked(by=WORKER))
    given(api_keys, issued, ApiKeyRevoked(by=WORKER)).when(api_key.revoke, by=WORKER).fails("api-key-revoked")


def test_a_key_says_its_id_and_its_hash_says_nothing_of_it() -> None:
    key, again = new_key(OTHER), new_key(OTHER)
    assert (key_id(key), key != again, hashed(key) != hashed(again)) == (OTHER, True, True)
    assert len(key.rpartition("_")[2]) >= 20
    for none in ("", "slk_", key[:-1], f"{key}x", key.upper(), "slk_\x00"):
        assert key_id(none) is None
