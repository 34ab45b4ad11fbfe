"""Answers by the book: RFC 9110 for methods and languages, RFC 9457 for problems, RFC 6750 for tokens."""

import time
import uuid

import httpx
import pytest

from shangliang.services import SERVICES
from shared.contracts.words import PersonId, Role
from shared.identity.signing import SigningKeys
from shared.identity.tokens import BadToken, Tokens
from shared.identity.trust import Trust
from shared.web.app import api_of
from tests.town import Town

ISSUES = "/api/intake/v1/issues"
UNKNOWN = f"{ISSUES}/00000000-0000-0000-0000-000000000000"


def code(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["status"] == answer.status_code
    return answer.json()["code"]


@pytest.mark.parametrize(
    ("path", "role", "challenge"),
    [
        (ISSUES, None, 'Bearer realm="shangliang"'),
        (ISSUES, Role.RESIDENT, 'Bearer realm="shangliang", error="insufficient_scope"'),
        (f"{UNKNOWN}/refer", Role.RESIDENT, 'Bearer realm="shangliang", error="insufficient_scope"'),
    ],
)
async def test_who_lacks_a_token_or_a_role_is_told_which(
    here: Town, path: str, role: Role | None, challenge: str
) -> None:
    headers = here.headers(role) if role else {}
    method = "POST" if path.endswith("refer") else "GET"
    answer = await here.http.request(method, path, params={"community": "yaopo"}, headers=headers)
    assert answer.status_code == (403 if role else 401)
    assert answer.headers["www-authenticate"] == challenge


@pytest.mark.parametrize("token", ["", "x", "x.y.z", "e30.e30.e30"])
async def test_a_token_that_is_none_is_invalid(here: Town, token: str) -> None:
    answer = await here.http.get(ISSUES, headers={"authorization": f"Bearer {token}".strip()})
    assert (answer.status_code, code(answer)) == (401, "bad-token")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_challenge_is_only_made_where_a_token_would_help(here: Town) -> None:
    found = await here.http.get(f"{UNKNOWN}/x", headers=here.headers(Role.RESIDENT))
    assert (found.status_code, "www-authenticate" in found.headers) == (404, False)


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "zh-CN"),
        ("en", "en"),
        ("EN-us", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("de, en;q=0.5", "en"),
        ("de, *;q=0.5", "zh-CN"),
        ("zh;q=0.1, en;q=0.2", "en"),
        ("zh;q=0, en;q=0", "zh-CN"),
        ("en;q=nan, ;;, q", "zh-CN"),
    ],
)
async def test_a_problem_is_in_the_language_that_ranks_higher(here: Town, asked: str, language: str) -> None:
    answer = await here.http.get(ISSUES, headers={"accept-language": asked})
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept-Language"
    assert answer.json()["detail"].isascii() is (language == "en")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (ISSUES, "GET, HEAD, POST, OPTIONS"),
        (f"{UNKNOWN}/second", "POST, OPTIONS"),
        (UNKNOWN, "GET, HEAD, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_method_not_taken_is_answered_with_those_that_are(here: Town, path: str, allowed: str) -> None:
    answer = await here.http.put(path)
    assert (answer.status_code, code(answer)) == (405, "method-not-allowed")
    assert answer.headers["allow"] == allowed
    options = await here.http.options(path)
    assert (options.status_code, options.content, options.headers["allow"]) == (204, b"", allowed)


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/api/volunteer/v1/wishes?community=yaopo"])
async def test_head_is_answered_as_get_without_the_body(here: Town, path: str) -> None:
    get, head = await here.http.get(path), await here.http.head(path)
    assert (head.status_code, head.headers["content-type"]) == (200, get.headers["content-type"])
    assert get.content
    assert head.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api",
        "/api/",
        "/api/nothing",
        "/api/nothing/v1/issues",
        "/api/intake",
        "/api/intake/v1",
        "/api/intake/v1/",
        "/api/intake/v2/issues",
        "/api/intake/v1/issues/",
        "/api/intake/v1/nothing",
        "/healthz/",
        "/..%2f..%2fetc/passwd",
        "/api/intake/v1/issues%00",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
async def test_where_there_is_nothing_a_problem_says_so_and_nobody_is_sent_elsewhere(
    here: Town, method: str, path: str
) -> None:
    answer = await here.http.request(method, path, headers=here.headers(Role.STEWARD))
    assert answer.status_code == 404
    if method != "HEAD":
        assert code(answer) == "no-such-path"


async def test_a_body_of_another_type_is_refused(here: Town) -> None:
    headers = here.headers(Role.RESIDENT)
    for said in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await here.http.post(ISSUES, content=b"text=x", headers=headers | {"content-type": said})
        assert answer.status_code in (415, 422)
        assert code(answer) in ("not-json", "not-valid")


async def test_who_is_to_try_again_is_told_when(here: Town) -> None:
    head = await here.running["intake"].log.head()
    headers = here.headers(Role.RESIDENT) | {"read-after": str(head + 1)}
    ahead = await here.http.get(UNKNOWN, headers=headers)
    assert (ahead.status_code, code(ahead), "retry-after" in ahead.headers) == (422, "bad-read-after", False)
    running = here.running["intake"].repositories["issue"].answers._running  # pyright: ignore[reportPrivateUsage]
    person, token = here.token(Role.RESIDENT)
    running.add((str(person), "k"))
    in_use = await here.http.post(
        f"{UNKNOWN}/second", headers={"authorization": f"Bearer {token}", "idempotency-key": "k"}
    )
    running.discard((str(person), "k"))
    assert (in_use.status_code, code(in_use)) == (409, "idempotency-key-in-use")
    assert in_use.headers["retry-after"] == "1"


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
async def test_a_key_that_is_none_is_refused(here: Town, key: str) -> None:
    headers = [(name.encode(), value.encode()) for name, value in here.headers(Role.RESIDENT).items()]
    answer = await here.http.post(f"{UNKNOWN}/second", headers=[*headers, (b"idempotency-key", key.encode())])
    assert (answer.status_code, code(answer)) == (422, "bad-idempotency-key")


SEAL = {("/audit/head", "get"), ("/audit/proof/{event}", "get"), ("/audit/consistency", "get"), ("/audit/keys", "get")}
"""Every service's: anybody may check its log."""


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_the_api_says_of_each_operation_whether_it_wants_a_token(service: str) -> None:
    document = api_of(SERVICES[service]).openapi()
    secured = {
        (path, method): "security" in operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    public = {place for place, wants in secured.items() if not wants}
    assert public - SEAL == {
        "directory": {
            ("/sub-districts", "get"),
            ("/communities", "get"),
            ("/communities/{community}", "get"),
            ("/communities/{community}/tree", "get"),
            ("/communities/{community}/buildings", "get"),
            ("/communities/{community}/buildings/{place_id}", "get"),
            ("/templates/housing", "get"),
            ("/jwks", "get"),
            ("/tokens", "post"),
            ("/login/code", "post"),
            ("/login/phone", "post"),
            ("/login/password", "post"),
            ("/login/invitation", "post"),
            ("/login/refresh", "post"),
            ("/login/out", "post"),
            ("/login/oidc/start", "get"),
            ("/login/oidc/callback", "get"),
        },
        "intake": {
            ("/uploads", "options"),
            ("/counts/{community}", "get"),
            ("/problem-lists", "get"),
            ("/rates/published", "get"),
            ("/deadline-policies/{sub_district}", "get"),
            ("/surveys", "get"),
            ("/surveys/{survey_id}", "get"),
            ("/templates/ledger", "get"),
            ("/matters", "get"),
            ("/matters/{issue_id}", "get"),
            ("/changes", "get"),
            ("/open-data/{community}/datapackage.json", "get"),
            ("/open-data/{community}/matters-{day}.csv", "get"),
            ("/open-data/{community}/matters-{day}.jsonl", "get"),
        },
        "partner": {("/units", "get"), ("/units/{unit_id}", "get")},
        "volunteer": {("/wishes", "get"), ("/wishes/{wish_id}", "get")},
    }.get(service, set())
    assert public >= SEAL


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_the_api_describes_what_it_answers_and_nothing_else(service: str) -> None:
    document = str(api_of(SERVICES[service]).openapi())
    for name in api_of(SERVICES[service]).openapi()["components"]["schemas"]:
        assert f"#/components/schemas/{name}'" in document, name


def test_of_a_token_only_the_deployments_own_claims_count(tmp_path_factory: pytest.TempPathFactory) -> None:
    mine, other = (Trust(SigningKeys(tmp_path_factory.mktemp("keys") / "signing.jwk")) for _ in range(2))
    person = PersonId(uuid.uuid4())
    token = Tokens(mine).mint(person, [])
    assert Tokens(mine).identify(token, time.time()).person == person
    with pytest.raises(BadToken):
        Tokens(other).identify(token, time.time())
