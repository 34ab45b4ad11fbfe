"""Tokens carry who somebody is and what their roles reach."""

import time
from pathlib import Path
from uuid import UUID

from joserfc import jwt

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.signing import SigningKeys
from shared.identity.tokens import ALGORITHMS, ISSUER, Tokens, load_or_make_key
from shared.identity.trust import Trust

WHO = PersonId(UUID(int=1))


def test_a_token_says_what_it_was_minted_with(tmp_path: Path) -> None:
    tokens = Tokens(Trust(SigningKeys(tmp_path / "key")))
    grants = (
        Grant(Role.GRID_WORKER, "yaopo", places=("grid-1", "ruyi-1")),
        Grant(Role.OPERATOR, unit="power"),
        Grant(Role.OFFICER, "yaopo", None, "shangzhan"),
    )
    identity = tokens.identify(tokens.mint(WHO, grants), time.time())
    assert (identity.person, identity.grants) == (WHO, grants)


def test_a_token_of_before_grants_had_places_is_good_for_the_whole_community(tmp_path: Path) -> None:
    key = load_or_make_key(tmp_path / "key")
    grant = {"role": "grid-worker", "community": "yaopo", "unit": None, "sub_district": None}
    claims = {"iss": ISSUER, "sub": str(WHO), "iat": 0, "exp": 9_999_999_999, "grants": [grant]}
    token = jwt.encode({"alg": ALGORITHMS[0], "kid": key.kid}, claims, key, algorithms=ALGORITHMS)
    assert Tokens(Trust(SigningKeys(tmp_path / "key"))).identify(token, 0).grants == (Grant(Role.GRID_WORKER, "yaopo"),)
