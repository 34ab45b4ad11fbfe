"""No token but one that the deployment has signed, and signs for now, is believed."""

import base64
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.signing import SigningKeys, new_key, read_keys, retired, write_keys
from shared.identity.tokens import ALGORITHMS, ISSUER, LIFETIME, BadToken, Tokens
from shared.identity.trust import Trust
from tests.login.forging import forged

WHO = PersonId(UUID(int=1))
GRANTS = [Grant(Role.STEWARD)]


@pytest.fixture
def keys(tmp_path: Path) -> SigningKeys:
    return SigningKeys(tmp_path / "signing.jwk")


@pytest.fixture
def tokens(keys: SigningKeys) -> Tokens:
    return Tokens(Trust(keys))


def claims(**other: Any) -> dict[str, Any]:
    """What a right token says, but for what is other; None leaves it out."""
    now = time.time()
    said = {"iss": ISSUER, "sub": str(WHO), "iat": now, "exp": now + 60, "grants": [{"role": "steward"}], **other}
    return {name: value for name, value in said.items() if value is not None}


def signed(key: Any, said: dict[str, Any], **header: Any) -> str:
    told = {"alg": "Ed25519", "kid": key.kid, **header}
    return jwt.encode(told, said, key, algorithms=[*ALGORITHMS, "EdDSA", "ES256"])


def refused(tokens: Tokens, token: str) -> None:
    with pytest.raises(BadToken):
        tokens.identify(token, time.time())


def test_a_right_one_is_believed(tokens: Tokens, keys: SigningKeys) -> None:
    assert tokens.identify(signed(keys.signing(), claims()), time.time()).person == WHO


def test_one_without_a_signature_is_not(tokens: Tokens, keys: SigningKeys) -> None:
    refused(tokens, forged({"alg": "none"}, claims()))
    refused(tokens, forged({"alg": "none", "kid": keys.signing().kid}, claims()))
    refused(tokens, forged({"alg": "None", "kid": keys.signing().kid}, claims()))


def test_one_that_is_signed_with_what_is_public_is_not(tokens: Tokens, keys: SigningKeys) -> None:
    public = keys.signing()
    raw = base64.urlsafe_b64decode(str(public.as_dict(private=False)["x"]) + "=")  # type: ignore[index]
    for secret in (public.as_pem(private=False), raw, raw.hex().encode()):
        refused(tokens, forged({"alg": "HS256", "kid": public.kid}, claims(), secret))


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_one_by_another_key_or_algorithm_is_not(tokens: Tokens, keys: SigningKeys) -> None:
    other = OKPKey.generate_key("Ed25519", auto_kid=True)
    refused(tokens, signed(other, claims()))
    refused(tokens, signed(other, claims(), kid=keys.signing().kid))
    refused(tokens, signed(keys.signing(), claims(), kid="another"))
    plain = {name: value for name, value in keys.signing().as_dict(private=True).items() if name != "alg"}
    refused(tokens, signed(OKPKey.import_key(plain), claims(), alg="EdDSA"))  # type: ignore[arg-type]
    refused(tokens, signed(ECKey.generate_key("P-256", auto_kid=True), claims(), alg="ES256"))
    inside = signed(other, claims(), jwk=other.as_dict(private=False))
    refused(tokens, inside)


@pytest.mark.parametrize(
    "other",
    [
        {"iss": "https://issuer.example"},
        {"iss": None},
        {"sub": None},
        {"sub": "nobody"},
        {"exp": 1},
        {"exp": None},
        {"exp": float("nan")},
        {"iat": None},
        {"iat": 9_999_999_999},
        {"grants": None},
        {"grants": [{"role": "king"}]},
        {"grants": [{"role": "steward", "also": "x"}]},
        {"sid": "x"},
        {"ver": "x"},
    ],
    ids=str,
)
def test_one_that_says_something_else_is_not(tokens: Tokens, keys: SigningKeys, other: dict[str, Any]) -> None:
    refused(tokens, signed(keys.signing(), claims(**other)))


def test_one_that_was_meddled_with_is_not(tokens: Tokens, keys: SigningKeys) -> None:
    header, body, signature = signed(keys.signing(), claims()).split(".")
    for token in (f"{header}.{body}.", f"{header}.{body}", f"{header}.{body[:-2]}AA.{signature}", f"..{signature}"):
        refused(tokens, token)


def test_what_was_good_is_so_until_it_expires(tokens: Tokens) -> None:
    now = time.time()
    token = tokens.mint(WHO, GRANTS, lifetime=LIFETIME)
    assert tokens.identify(token, now + 890).person == WHO
    with pytest.raises(BadToken):
        tokens.identify(token, now + 901)


def test_who_is_barred_is_believed_again_with_a_token_that_knows_why(tokens: Tokens) -> None:
    now = time.time()
    before, session = (
        tokens.mint(WHO, GRANTS, version=6),
        tokens.mint(PersonId(UUID(int=2)), GRANTS, session=UUID(int=3)),
    )
    assert tokens.identify(before, now).person == WHO
    assert tokens.identify(session, now).session == UUID(int=3)
    tokens.trust.hear(f"person/{WHO}", b'{"version": 7, "until": %f}' % (now + 1000))
    tokens.trust.hear(f"person/{WHO}", b'{"version": 5, "until": 2}')  # told late: it changes nothing
    tokens.trust.hear(f"session/{UUID(int=3)}", b'{"until": %f}' % (now + 1000))
    refused(tokens, before)
    refused(tokens, session)
    refused(tokens, tokens.mint(WHO, GRANTS, version=6))
    assert tokens.identify(tokens.mint(WHO, GRANTS, version=7), time.time()).person == WHO


def test_bars_are_forgotten_when_no_token_they_are_about_is_good(tokens: Tokens) -> None:
    tokens.trust.hear(f"person/{WHO}", b'{"version": 1, "until": 2}')
    tokens.trust.hear(f"session/{WHO}", b'{"until": 2}')
    tokens.trust.look()
    assert not tokens.trust.people
    assert not tokens.trust.sessions


def test_the_next_key_is_known_before_it_signs_and_the_one_before_until_it_is_retired(
    tokens: Tokens, keys: SigningKeys, tmp_path: Path
) -> None:
    path, first = tmp_path / "signing.jwk", keys.signing().kid
    old = tokens.mint(WHO, GRANTS)
    write_keys(path, [*read_keys(path), new_key(int(time.time()) + 100)])
    assert keys.signing().kid == first
    tokens.trust.look()
    assert [key["kid"] for key in tokens.trust.public()] == [first, read_keys(path)[1]["kid"]]
    one, two = read_keys(path)
    write_keys(path, [one, {**two, "nbf": 0}])
    assert keys.signing().kid == two["kid"]
    new = tokens.mint(WHO, GRANTS)
    tokens.trust.look()
    assert {tokens.identify(token, time.time()).person for token in (old, new)} == {WHO}
    write_keys(path, [retired(one, 1), {**two, "nbf": 0}])
    tokens.trust.look()
    refused(tokens, old)
    assert tokens.identify(new, time.time()).person == WHO
    assert [key.kid for key in keys.ever()] == [two["kid"], one["kid"]]
    assert not any("d" in key for key in (read_keys(path)[0], *tokens.trust.public()))


def test_a_process_with_a_key_of_its_own_believes_what_directory_tells(tmp_path: Path) -> None:
    directory, other = (Trust(SigningKeys(tmp_path / name)) for name in ("directory", "other"))
    token = Tokens(directory).mint(WHO, GRANTS)
    tokens = Tokens(other)
    refused(tokens, token)
    other.hear("keys", b'{"keys": %s}' % orjson.dumps(directory.public()))
    assert tokens.identify(token, time.time()).person == WHO
    other.hear("keys", b'{"keys": []}')
    refused(tokens, token)


def test_a_file_of_one_key_as_it_was_made_once_is_read(tmp_path: Path) -> None:
    path = tmp_path / "signing.jwk"
    made = OKPKey.generate_key("Ed25519", auto_kid=True)
    path.write_bytes(orjson.dumps(made.as_dict(private=True)))
    assert SigningKeys(path).signing().kid == made.kid
