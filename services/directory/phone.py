"""A phone number in one form (ITU-T E.164), and the blind index that finds whose it is without storing it."""

import hmac
import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

BETWEEN = re.compile(r"[\s()./-]")


def normalised(phone: str) -> str:
    """`+8613800000000` of a mainland mobile or landline number as people write it; any other with its + or 00."""
    said = BETWEEN.sub("", unicodedata.normalize("NFKC", phone))
    if re.fullmatch(r"1\d{10}", said):
        said = f"+86{said}"
    elif said.startswith("00"):
        said = f"+{said[2:]}"
    elif re.fullmatch(r"0\d{9,11}", said):
        said = f"+86{said[1:]}"
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", said):
        raise ValueError("must be a phone number, with its area code or +country code")
    return said


Phone = Annotated[str, Field(max_length=40, json_schema_extra={"format": "phone"}), AfterValidator(normalised)]
"""A phone number, normalised."""


def blinded(phone: str, key: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) of a normalised number: the same for the same number, nothing to who lacks the key."""
    return hmac.digest(key, phone.encode(), "sha256")
