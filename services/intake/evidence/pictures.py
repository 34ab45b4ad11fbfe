"""A photo as it is kept: upright, in sRGB, with nothing in the file but the picture, and a small one beside it."""

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import pi_heif
from PIL import ExifTags, Image, ImageCms, ImageOps

from shared.deciding.refusals import NotValid

pi_heif.register_heif_opener(thumbnails=False)

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
KEPT_AS = {"JPEG": ("JPEG", "image/jpeg"), "HEIF": ("JPEG", "image/jpeg"), "WEBP": ("WEBP", "image/webp")}
"""What browsers show; all else is PNG."""
MOST_PIXELS = 52_000_000
"""More are not unpacked: four bytes each. Phones of 50 megapixels take 8,192 by 6,144."""
SIDE, SMALL = 4096, 480
"""Pixels of the longer side, of the picture and of the small one."""
QUALITY = 90
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
PLAIN = ("RGB", "L")
"""Modes that every format takes."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`spot`: where it was taken, `latitude,longitude` in degrees (WGS 84), if the file says so."""

    file: BinaryIO
    media_type: str
    thumbnail: bytes
    spot: str | None


def clean(file: BinaryIO, media_type: str) -> Picture:
    """Raises NotValid. What it answers is made anew from the pixels: nothing else of the file is in it."""
    file.seek(0)
    try:
        with Image.open(file, formats=(FORMATS[media_type],)) as image:
            _require_size(*image.size)
            said, profile = image.getexif(), image.info.get("icc_profile")
            image.thumbnail((SIDE, SIDE))
            ImageOps.exif_transpose(image, in_place=True)
            return _kept(_in_srgb(_plain(image), profile), str(image.format), _spot(said))
    except Image.DecompressionBombError:
        _require_size(MOST_PIXELS, MOST_PIXELS)
        raise
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, RuntimeError):
        raise NotValid(
            "picture-unreadable",
            "照片打不开，可能已损坏，请重新拍摄或另存后再传。",
            "The picture can't be read: save it anew.",
        ) from None


def _require_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise NotValid(
            "picture-too-many-pixels",
            "照片像素太多，请降低分辨率后再传。",
            "The picture has too many pixels: send it in a lower resolution.",
            most=MOST_PIXELS,
        )


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that can be kept: transparency stays in PNG and WebP."""
    if image.mode in PLAIN:
        return image
    clear = "A" in image.mode or "transparency" in image.info
    return image.convert("RGBA" if clear else "RGB")


def _in_srgb(image: Image.Image, profile: Any) -> Image.Image:
    """Of a phone's wider colours the nearest: the profile itself is not kept."""
    if not profile or image.mode == "L":
        return image
    with suppress(ImageCms.PyCMSError, OSError, ValueError):  # then the colours are as good as they get
        ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(BytesIO(profile)), SRGB, inPlace=True)
    return image


def _kept(image: Image.Image, was: str, spot: str | None) -> Picture:
    image.info.clear()  # some formats write down again what they were read with
    kind, media_type = KEPT_AS.get(was, ("PNG", "image/png"))
    file = TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    image = image.convert("RGB") if kind == "JPEG" and image.mode not in PLAIN else image
    image.save(file, kind, quality=QUALITY, compress_level=3)
    image.thumbnail((SMALL, SMALL))
    small = BytesIO()
    image.save(small, "WEBP", quality=80)
    return Picture(file, media_type, small.getvalue(), spot)


def _spot(said: Image.Exif) -> str | None:
    """From the GPS tags (CIPA DC-008): degrees, minutes and seconds, and which half of the globe. To about a metre."""
    tags = said.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        parts = (
            (tags[ExifTags.GPS.GPSLatitude], tags[ExifTags.GPS.GPSLatitudeRef], "S", 90),
            (tags[ExifTags.GPS.GPSLongitude], tags[ExifTags.GPS.GPSLongitudeRef], "W", 180),
        )
        found: list[float] = []
        for (degrees, minutes, seconds), half, negative, most in parts:
            value = float(degrees) + float(minutes) / 60 + float(seconds) / 3600
            if not 0 <= value <= most:
                return None
            found.append(-value if half == negative else value)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return f"{found[0]:.5f},{found[1]:.5f}"
