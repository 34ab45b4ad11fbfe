"""Files of every kind that people send, made here: nobody's."""

import zipfile
from base64 import b64decode
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin

LATITUDE, LONGITUDE = (37.0, 51.0, 24.0), (113.0, 34.0, 48.0)
SPOT = [37.85667, 113.58]
"""The same in degrees."""
SAYS = "Maker~1"
"""What metadata says, and nothing that is kept may."""
HEIC = b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ADRpbG9jAAAAAERAAAIAAQAAAAAB4gABAAAAAAAAABoAAgAAAAAB/AABAAAAAAAAAJ4AAAA4aWluZgAAAAAAAgAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAA"
    "kAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq"
    "5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xh"
    "cAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAA"
    "ABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAwG1kYXQAAAAWKAGvGYDvSaW//9/jH/X2r/imtaY+bgAAAAZFeGlmAABNTQAqAAAA"
    "CAACAQ8AAgAAAAgAAAAmiCUABAAAAAEAAAAuAAAAAE1ha2VyfjEAAAQAAQACAAAAAk4AAAAAAgAFAAAAAwAAAGQAAwACAAAAAkUA"
    "AAAABAAFAAAAAwAAAHwAAAAAAAAAJQAAAAEAAAAzAAAAAQAAABgAAAABAAAAcQAAAAEAAAAiAAAAAQAAADAAAAAB"
)
"""64 by 48 pixels, red; with GPS."""


def exif(orientation: int | None = None, spot: bool = True) -> Image.Exif:
    """Who made it, which way up it is, and where it was taken."""
    said = Image.Exif()
    said[0x010F] = SAYS
    if orientation:
        said[0x0112] = orientation
    if spot:
        gps = said.get_ifd(0x8825)
        gps[1], gps[2], gps[3], gps[4] = "N", LATITUDE, "E", LONGITUDE
    return said


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **more: Any) -> bytes:
    """Red on the left half, blue on the right; with all the metadata that the format takes."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    said: dict[str, Any] = {"exif": exif(), **more}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SAYS)
        said["pnginfo"] = text
    elif kind == "JPEG":
        said |= {"comment": SAYS.encode(), "xmp": f"<x:xmpmeta>{SAYS}</x:xmpmeta>".encode()}
    else:
        said |= {"xmp": f"<x:xmpmeta>{SAYS}</x:xmpmeta>".encode()}
    made = BytesIO()
    image.save(made, kind, **said)
    return made.getvalue()


def office(main: str, **more: bytes) -> bytes:
    """A package of that main part."""
    types = f'<Types><Override PartName="/main.xml" ContentType="{main}"/></Types>'
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, content in {"[Content_Types].xml": types.encode(), **more}.items():
            packed.writestr(name, content)
    return made.getvalue()


def box(name: bytes, content: bytes) -> bytes:
    """Of ISO/IEC 14496-12."""
    return (8 + len(content)).to_bytes(4) + name + content


def mp4(*handlers: bytes, brand: bytes = b"M4A ") -> bytes:
    """Tracks of these kinds, the index at the end as phones write it."""
    tracks = [box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + one + bytes(13)))) for one in handlers]
    return box(b"ftyp", brand + bytes(4)) + box(b"mdat", bytes(1000)) + box(b"moov", b"".join(tracks))


def mp3(frames: int = 3, tag: bytes = b"") -> bytes:
    """MPEG 1, layer III, 128 kbit/s, 44.1 kHz."""
    head = b"ID3\x04\x00\x00" + bytes([0, 0, len(tag) >> 7, len(tag) & 127]) + tag if tag else b""
    return head + (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def adts(frames: int = 3) -> bytes:
    """AAC in frames of 64 bytes."""
    return (b"\xff\xf1\x50\x80" + bytes([64 >> 3, (64 & 7) << 5]) + bytes(58)) * frames


def ogg(codec: bytes = b"OpusHead") -> bytes:
    """The first page of a stream."""
    return b"OggS" + bytes(22) + b"\x01\x13" + codec + bytes(20)


WAV = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + bytes(28)
AMR = b"#!AMR\n" + bytes(100)
PDF = b"%PDF-1.7\n%%EOF\n"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
