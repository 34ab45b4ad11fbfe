"""The seal: a Merkle tree over the log, whose heads are signed and public."""

from shared.audit.heads import Heads, heads_topic
from shared.audit.leaves import install_audit
from shared.audit.note import Signer
from shared.audit.sealing import Sealer
from shared.audit.trail import Trail

__all__ = ["Heads", "Sealer", "Signer", "Trail", "heads_topic", "install_audit"]
