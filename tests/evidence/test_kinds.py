"""What a file is, is told by what is in it; what is none of the kinds that are taken is refused."""

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.evidence.kinds import kind_of, media_type_of
from shared.contracts.intake import EvidenceKind
from shared.deciding.refusals import NotValid
from tests.evidence.made import AMR, HEIC, PDF, WAV, WORD, adts, mp3, mp4, office, ogg, picture

TAKEN = {
    "image/jpeg": picture("JPEG"),
    "image/png": picture("PNG"),
    "image/webp": picture("WEBP"),
    "image/heic": HEIC,
    "audio/mp4": mp4(b"soun"),
    "audio/mpeg": mp3(),
    "audio/aac": adts(),
    "audio/ogg": ogg(),
    "audio/wav": WAV,
    "audio/amr": AMR,
    "application/pdf": PDF,
    WORD: office(f"{WORD}.main+xml"),
}
REFUSED = {
    "nothing": b"",
    "text": "楼道灯不亮".encode(),
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "gif": b"GIF89a" + bytes(100),
    "film": mp4(b"soun", b"vide", brand=b"isom"),
    "film without tracks": mp4(brand=b"isom"),
    "film in Ogg": ogg(b"\x80theora"),
    "one frame, and then nothing": mp3(1),
    "zip": office("text/plain"),
    "macros": office(f"{WORD}.main+xml", **{"word/vbaProject.bin": b"x"}),
    "macros by their type": office("application/vnd.ms-word.document.macroEnabled.main+xml"),
    "types that are no zip": b"PK\x03\x04" + bytes(200),
    "old Office": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
    "program": b"MZ" + bytes(200),
}


@pytest.mark.parametrize("media_type", TAKEN)
def test_each_kind_that_people_send_is_known(media_type: str) -> None:
    assert media_type_of(BytesIO(TAKEN[media_type])) == media_type


@pytest.mark.parametrize("name", REFUSED)
def test_all_else_is_refused(name: str) -> None:
    with pytest.raises(NotValid) as refused:
        media_type_of(BytesIO(REFUSED[name]))
    assert refused.value.code == "evidence-type"


def test_sound_is_known_by_its_tracks_and_behind_a_tag() -> None:
    assert media_type_of(BytesIO(mp4(b"soun", brand=b"isom"))) == "audio/mp4"
    assert media_type_of(BytesIO(mp3(tag=bytes(300)))) == "audio/mpeg"
    assert kind_of("audio/mpeg") is EvidenceKind.AUDIO


@given(st.binary(max_size=200) | st.sampled_from([*TAKEN.values()]).flatmap(lambda one: st.just(one[: len(one) // 2])))
def test_whatever_the_bytes_it_is_a_type_or_a_refusal(content: bytes) -> None:
    with suppress(NotValid):
        assert kind_of(media_type_of(BytesIO(content))) in EvidenceKind
