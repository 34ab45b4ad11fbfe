"""Keys of applications: `slk_<id>_<secret>`. The id finds the key, the secret has 256 bits, so its plain SHA-256 tells
nothing of it; what is kept anywhere is that hash."""

import re
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

FORM = re.compile(r"slk_(?P<id>[0-9a-f]{32})_[A-Za-z0-9_-]{43}")


def new_key(id: UUID) -> str:
    """A key that nobody has seen."""
    return f"slk_{id.hex}_{token_urlsafe(32)}"


def key_id(key: str) -> UUID | None:
    """Whose it says that it is; None of what is no key."""
    match = FORM.fullmatch(key)
    return UUID(match["id"]) if match else None


def hashed(key: str) -> str:
    """What may be written down of it."""
    return sha256(key.encode()).hexdigest()
