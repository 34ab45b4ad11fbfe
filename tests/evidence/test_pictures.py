"""A photo is kept upright and says nothing but what it shows."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from services.intake.evidence import pictures
from services.intake.evidence.pictures import SIDE, SMALL, Picture, clean
from shared.deciding.refusals import NotValid
from tests.evidence.made import HEIC, SAYS, SPOT, exif, picture

MEDIA = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def cleaned(content: bytes, media_type: str) -> tuple[Picture, bytes]:
    made = clean(BytesIO(content), media_type)
    made.file.seek(0)
    with made.file:
        return made, made.file.read()


@pytest.mark.parametrize("media_type", [*MEDIA, "image/heic"])
def test_nothing_is_left_of_what_the_file_said_besides(media_type: str) -> None:
    given = HEIC if media_type == "image/heic" else picture(MEDIA[media_type])
    assert SAYS.encode() in given
    made, content = cleaned(given, media_type)
    with Image.open(BytesIO(content)) as image, Image.open(BytesIO(made.thumbnail)) as small:
        for one, said in ((image, content), (small, made.thumbnail)):
            assert SAYS.encode() not in said
            assert b"Exif" not in said
            assert not one.getexif()
            assert not {"exif", "xmp", "comment", "Comment", "icc_profile", "XML:com.adobe.xmp"} & set(one.info)
        assert image.size == (64, 48)
    assert made.spot is not None
    assert [float(one) for one in made.spot.split(",")] == SPOT
    assert made.media_type == ("image/jpeg" if media_type == "image/heic" else media_type)


@pytest.mark.parametrize(
    ("orientation", "left", "size"), [(1, "red", (64, 48)), (3, "blue", (64, 48)), (6, "top", (48, 64))]
)
def test_it_is_upright_whichever_way_the_phone_was_held(orientation: int, left: str, size: tuple[int, int]) -> None:
    _, content = cleaned(picture(exif=exif(orientation)), "image/jpeg")
    with Image.open(BytesIO(content)) as image:
        assert image.size == size
        pixel = image.convert("RGB").getpixel((5, 5))
        assert isinstance(pixel, tuple)
        assert (pixel[0] > 200) is (left != "blue")


def test_a_large_one_is_made_smaller_and_a_small_one_beside_it() -> None:
    made, content = cleaned(picture(size=(6000, 3000)), "image/jpeg")
    with Image.open(BytesIO(content)) as image, Image.open(BytesIO(made.thumbnail)) as small:
        assert (image.size, small.size, small.format) == ((SIDE, SIDE // 2), (SMALL, SMALL // 2), "WEBP")


def test_what_is_see_through_stays_so_and_wide_colours_become_plain_ones() -> None:
    made = BytesIO()
    Image.new("RGBA", (8, 8), (1, 2, 3, 100)).save(made, "PNG")
    _, content = cleaned(made.getvalue(), "image/png")
    with Image.open(BytesIO(content)) as image:
        assert image.mode == "RGBA"
    made = BytesIO()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore
    Image.new("RGB", (8, 8), "red").save(made, "JPEG", icc_profile=lab.tobytes())
    _, content = cleaned(made.getvalue(), "image/jpeg")
    assert b"ICC_PROFILE" not in content


@pytest.mark.parametrize("wrong", [{1: "N"}, {1: "N", 2: (91, 0, 0), 3: "E", 4: (0, 0, 0)}, {2: (1, 2, 3)}])
def test_a_place_that_makes_no_sense_is_none(wrong: dict[int, object]) -> None:
    said = exif(spot=False)
    said.get_ifd(0x8825).update(wrong)
    made, _ = cleaned(picture(exif=said), "image/jpeg")
    assert made.spot is None


def bomb(width: int, height: int) -> bytes:
    """A PNG of some bytes that says it is huge."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(9_000, 9_000), (60_000, 60_000)])
def test_a_bomb_is_not_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(NotValid) as refused:
        clean(BytesIO(bomb(*size)), "image/png")
    assert refused.value.code == "picture-too-many-pixels"
    assert refused.value.values["most"] == pictures.MOST_PIXELS


@pytest.mark.parametrize("media_type", [*MEDIA, "image/heic"])
def test_what_is_cut_off_or_only_looks_like_a_picture_is_refused(media_type: str) -> None:
    given = HEIC if media_type == "image/heic" else picture(MEDIA[media_type], size=(300, 200))
    for broken in (given[: len(given) // 2], given[:20] + bytes(200), given[:12]):
        with pytest.raises(NotValid) as refused:
            clean(BytesIO(broken), media_type)
        assert refused.value.code == "picture-unreadable"
