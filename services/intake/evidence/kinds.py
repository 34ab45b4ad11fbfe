"""What a file is, by what is in it and never by its name: the first bytes as the formats' specifications say, and as
much of its structure as tells what may come from what may not."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from shared.contracts.intake import EvidenceKind
from shared.deciding.refusals import NotValid

OOXML = "application/vnd.openxmlformats-officedocument."
MAIN_PARTS = {
    f"{OOXML}wordprocessingml.document": ".docx",
    f"{OOXML}spreadsheetml.sheet": ".xlsx",
    f"{OOXML}presentationml.presentation": ".pptx",
}
PHOTOS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic"}
AUDIO = {
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/aac": ".aac",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/amr": ".amr",
}
DOCUMENTS = {"application/pdf": ".pdf", **MAIN_PARTS}
SUFFIXES = {**PHOTOS, **AUDIO, **DOCUMENTS}
"""The media types that are taken, and how a file of theirs ends when it is saved."""
BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!AMR-WB\n", "audio/amr"),
)
HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
"""Brands of ISO/IEC 23008-12."""
MOST_TYPES = 1_000_000
"""Bytes of the list of types in an Office document."""
BITRATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
LOW_BITRATES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""Of MPEG 1 and MPEG 2, layer III, in kbit/s (ISO/IEC 11172-3, 13818-3)."""
RATES = (44_100, 48_000, 32_000)


def media_type_of(file: BinaryIO) -> str:
    """One of SUFFIXES. Raises NotValid for all else."""
    file.seek(0)
    head = file.read(4096)
    found = next((media_type for begins, media_type in BEGINNINGS if head.startswith(begins)), None)
    found = found or _riff(head) or _ogg(head) or _iso(file, head) or _mpeg(file, head) or _office(file, head)
    if found is None:
        raise NotValid(
            "evidence-type",
            "不支持这种文件。请上传照片（JPEG、PNG、WebP、HEIC）、录音（M4A、MP3、AAC、OGG、WAV、AMR）、PDF 或不含宏的 "
            "docx、xlsx、pptx 文档；旧版 Office 文件请另存为新格式或 PDF。",
            "Files of this kind are not taken: send a photo (JPEG, PNG, WebP, HEIC), a recording (M4A, MP3, AAC, OGG, "
            "WAV, AMR), a PDF, or a docx, xlsx or pptx without macros; save an older Office file as one of these.",
        )
    return found


def kind_of(media_type: str) -> EvidenceKind:
    """What it is to people."""
    if media_type in PHOTOS:
        return EvidenceKind.PHOTO
    return EvidenceKind.AUDIO if media_type in AUDIO else EvidenceKind.DOCUMENT


def _riff(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    return None


def _ogg(head: bytes) -> str | None:
    """The first page says the codec (RFC 3533, RFC 7845): sound, and not film."""
    said = head[27 + head[26] :] if head[:4] == b"OggS" and len(head) > 27 else b""
    return "audio/ogg" if said.startswith((b"OpusHead", b"\x01vorbis", b"Speex   ")) else None


def _iso(file: BinaryIO, head: bytes) -> str | None:
    """ISO/IEC 14496-12: a picture by its brand; sound where that is all its tracks are."""
    if head[4:8] != b"ftyp":
        return None
    if head[8:12] in HEIC:
        return "image/heic"
    file.seek(0, 2)
    tracks = set(_handlers(file, 0, file.tell()))
    return "audio/mp4" if tracks == {b"soun"} else None


def _handlers(file: BinaryIO, start: int, end: int, depth: int = 0) -> Iterator[bytes]:
    """What each track is, by its handler: the boxes are walked, not what is in them."""
    while start + 8 <= end:
        file.seek(start)
        size, name = int.from_bytes(file.read(4)), file.read(4)
        header = 8
        if size == 1:
            size, header = int.from_bytes(file.read(8)), 16
        size = size or end - start
        if size < header or start + size > end:
            return
        if name == b"hdlr":
            yield file.read(12)[8:]
        elif name in (b"moov", b"trak", b"mdia") and depth < 3:
            yield from _handlers(file, start + header, start + size, depth + 1)
        start += size


def _mpeg(file: BinaryIO, head: bytes) -> str | None:
    """MP3 or ADTS, by two frames in a row: the mark of one alone is too short to mean anything."""
    start = 0
    if head[:3] == b"ID3" and len(head) > 10:  # a tag: its size is four times seven bits
        start = 10 + sum(part << shift for part, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    first, length = _frame(file, start)
    second, _ = _frame(file, start + length)
    return first if first and first == second else None


def _frame(file: BinaryIO, start: int) -> tuple[str | None, int]:
    """What begins there, and how long it is."""
    file.seek(start)
    head = file.read(6)
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None, 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0 and version >= 2:  # ADTS (ISO/IEC 13818-7)
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return ("audio/aac", length) if length > 7 else (None, 0)
    rate, index = head[2] >> 2 & 3, head[2] >> 4
    if layer != 1 or version == 1 or rate == 3 or index in (0, 15):
        return None, 0
    hertz = RATES[rate] >> (0, 1, 1, 2)[3 - version if version else 3]
    bits = (BITRATES if version == 3 else LOW_BITRATES)[index] * 1000
    return "audio/mpeg", (144 if version == 3 else 72) * bits // hertz + (head[2] >> 1 & 1)


def _office(file: BinaryIO, head: bytes) -> str | None:
    """By the types that the package lists (ECMA-376, part 2); with macros it isn't one of them."""
    if head[:4] != b"PK\x03\x04":
        return None
    try:
        with zipfile.ZipFile(file) as packed:
            listed = packed.getinfo("[Content_Types].xml")
            if listed.file_size > MOST_TYPES or any(name.endswith("vbaProject.bin") for name in packed.namelist()):
                return None
            types = packed.read(listed).decode(errors="replace")
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError):
        return None
    if "macroEnabled" in types:
        return None
    return next((one for one in MAIN_PARTS if f'"{one}.main+xml"' in types), None)
