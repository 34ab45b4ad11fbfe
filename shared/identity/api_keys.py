"""Keys of applications: `slk_<id>_<secret>`. The id finds the key, the secret has 256 bits, so its plain SHA-256 tells
nothing of it; what is kept anywhere is that hash."""

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

FORM = re.compile(r"slk_(?P<id>[0-9a-f]{32})_[A-Za-z0-9_-]{43}")


def key_of_id(id: UUID, deployments: bytes) -> str:
    """The key of an id, by a key of the deployment's: the same again for who has lost the answer that it came in."""
    secret = hmac.digest(deployments, id.bytes, "sha256")
    return f"slk_{id.hex}_{urlsafe_b64encode(secret).rstrip(b'=').decode()}"


def key_id(key: str) -> UUID | None:
    """Whose it says that it is; None of what is no key."""
    match = FORM.fullmatch(key)
    return UUID(match["id"]) if match else None


def hashed(key: str) -> str:
    """What may be written down of it."""
    return sha256(key.encode()).hexdigest()
