"""Where key-encryption keys come from: a file, the environment, a KMS of the operator's own."""

import stat
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from pydantic import SecretStr

from shared.privacy.keks import KekAway, blind_key, keks_of, key_set, new_kek, write_key_set
from shared.privacy.sealing import NotOpened, new_secret
from shared.settings import Settings
from tests.privacy.kms import Kms


async def test_a_file_is_made_once_for_its_owner_only_and_is_the_same_for_all(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    one, other = keks_of(settings), keks_of(Settings(data=tmp_path))
    secret = new_secret()
    wrapped = await one.newest().wrap(secret, b"whose")
    assert await other.named(one.newest().id).unwrap(wrapped, b"whose") == secret
    assert blind_key(settings) == blind_key(Settings(data=tmp_path))
    assert stat.S_IMODE(settings.key_encryption_keys.stat().st_mode) == 0o600
    assert settings.key_encryption_keys.parent == settings.signing_key.parent


async def test_what_is_wrapped_for_one_does_not_unwrap_for_another(tmp_path: Path) -> None:
    kek = keks_of(Settings(data=tmp_path)).newest()
    wrapped = await kek.wrap(new_secret(), b"whose")
    for altered, about in ((wrapped, b"another's"), (bytes([wrapped[0] ^ 1]) + wrapped[1:], b"whose"), (b"", b"whose")):
        with pytest.raises(NotOpened):
            await kek.unwrap(altered, about)


async def test_a_key_that_is_added_to_the_file_wraps_from_then_on_and_one_taken_out_is_gone(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    keks = keks_of(settings)
    old = keks.newest()
    made = new_kek()
    write_key_set(settings.key_encryption_keys, [*key_set(settings), made])
    assert keks.newest().id == made["kid"]
    assert keks.named(old.id).id == old.id
    write_key_set(settings.key_encryption_keys, [one for one in key_set(settings) if one["kid"] != old.id])
    with pytest.raises(KekAway):
        keks.named(old.id)


async def test_the_environment_may_hold_them_and_no_file_is_made(tmp_path: Path) -> None:
    key_set(Settings(data=tmp_path))
    text = Settings(data=tmp_path).key_encryption_keys.read_text()
    elsewhere = Settings(data=tmp_path / "none", keks_json=SecretStr(text))
    assert keks_of(elsewhere).ids() == keks_of(Settings(data=tmp_path)).ids()
    assert not (tmp_path / "none").exists()
    for one in orjson.loads(text)["keys"]:
        assert one["k"] not in repr(elsewhere)


async def test_a_kms_is_plugged_in_by_name_and_may_be_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keks = keks_of(Settings(data=tmp_path, kms="tests.privacy.kms:keks"))
    assert keks.ids() == ["kms-1", "kms-2"]
    whose, secret = uuid4().bytes, new_secret()
    wrapped = await keks.newest().wrap(secret, whose)
    assert await keks.named("kms-2").unwrap(wrapped, whose) == secret
    monkeypatch.setattr(Kms, "away", True)
    with pytest.raises(KekAway):
        await keks.named("kms-2").unwrap(wrapped, whose)
