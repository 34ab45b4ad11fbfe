"""Texts that fit what a schema asks for."""

import re
from collections.abc import Sequence

SAMPLES = ("ruyi", "09:00", "123456", "2026-03", "A" * 16, "sealed", "0" * 64)
"""One for each of the patterns there are."""


def fitting(pattern: str, among: Sequence[str] = ()) -> list[str]:
    """Those that fit the pattern; where none does, one sample that fits it."""
    found = [one for one in among if re.search(pattern, one)]
    return found or [one for one in SAMPLES if re.search(pattern, one)][:1]
