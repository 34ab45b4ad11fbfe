"""Checks what a service of 商量 says of its sealed log, with nothing of its code: Python 3.11 and cryptography.

    python verify.py head KEYS HEAD              the head is signed
    python verify.py proof KEYS PROOF            and the event of this proof is in the log it is the head of
    python verify.py proof KEYS PROOF LEAF       and this is the event: LEAF holds the leaf's bytes
    python verify.py grew KEYS OLD NEW GROWN     both heads are signed, and between them the log only grew

KEYS is what /audit/keys answers, kept from when you first asked; HEAD, OLD, NEW, PROOF and GROWN are what
/audit/head, /audit/proof/{event} and /audit/consistency answer. Signatures: c2sp.org/signed-note and tlog-cosignature.
Proofs: RFC 9162, 2.1.3.2 and 2.1.4.2. Says what holds and ends with 0, or says what doesn't and ends with 1."""

import json
import sys
from base64 import b64decode, urlsafe_b64decode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def opened(note: str, keys: list[bytes]) -> tuple[str, int, bytes, int]:
    """Origin, size, root and time (seconds since 1970) of a note that one of the keys has signed. Raises what is wrong."""
    text, signatures = note.rsplit("\n\n", 1)
    origin, size, root = text.split("\n")
    signed = {said[:4]: said[4:] for said in (b64decode(line.split(" ")[2]) for line in signatures.splitlines())}
    for key in keys:
        plain, timed = (signed.get(sha256(f"{origin}\n".encode() + kind + key).digest()[:4]) for kind in (b"\1", b"\4"))
        if plain and timed:
            public, time = Ed25519PublicKey.from_public_bytes(key), int.from_bytes(timed[:8], "big")
            public.verify(plain, f"{text}\n".encode())
            public.verify(timed[8:], f"cosignature/v1\ntime {time}\n{text}\n".encode())
            return origin, int(size), b64decode(root), time
    raise ValueError("not signed with one of these keys")


def up(place: int, last: int) -> tuple[int, int, bool]:
    """One step towards the root: place and last place there, and whether the proof's hash stands to the left."""
    if last == 0:
        raise ValueError("the proof is too long")
    left = bool(place & 1) or place == last
    while left and not place & 1 and place:
        place, last = place >> 1, last >> 1
    return place >> 1, last >> 1, left


def included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, hash = index, size - 1, leaf
    for other in path:
        place, last, left = up(place, last)
        hash = node(other, hash) if left else node(hash, other)
    return last == 0 and hash == root


def grew(first: int, second: int, path: list[bytes], before: bytes, after: bytes) -> bool:
    """RFC 9162, section 2.1.4.2."""
    if first == second or not path or not 0 < first < second:
        return first == second and not path and before == after
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    path = [before, *path] if first & (first - 1) == 0 else path
    old = new = path[0]
    for other in path[1:]:
        place, last, left = up(place, last)
        old, new = (node(other, old), node(other, new)) if left else (old, node(new, other))
    return last == 0 and old == before and new == after


def main(what: str, keys_file: str, *files: str) -> str:
    """What holds. Raises what doesn't."""
    keys = [urlsafe_b64decode(key["x"] + "=") for key in json.loads(Path(keys_file).read_bytes())["keys"]]
    said = [json.loads(Path(file).read_bytes()) for file in files[: {"head": 1, "proof": 1, "grew": 3}[what]]]
    heads = [opened(one["note"], keys) for one in said if "note" in one]
    path = [b64decode(one) for one in said[-1].get("path", ())]
    (origin, first, before, _), (now, size, root, _) = heads[0], heads[-1]
    if what == "grew" and not (origin == now and grew(first, size, path, before, root)):
        raise ValueError("the log did not only grow")
    if what == "proof":
        leaf = b64decode(said[0]["leaf"])
        if not included(leaf, said[0]["index"], size, path, root):
            raise ValueError("the event is not in this log")
        if files[1:] and sha256(b"\x00" + Path(files[1]).read_bytes()).digest() != leaf:
            raise ValueError("the proof is another event's")
    return "; ".join(f"{origin} of {size} events at {datetime.fromtimestamp(at, UTC)}" for origin, size, _, at in heads)


if __name__ == "__main__":
    try:
        print("OK:", main(*sys.argv[1:]))
    except Exception as error:
        sys.exit(f"NOT OK: {type(error).__name__} {error}")
