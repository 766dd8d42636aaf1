"""Append-only, provable record of who did and saw what.

Entries are canonical JSON (RFC 8785) leaves of a Merkle tree (RFC 6962), written in the transaction of the change they
describe. Never holds content, passwords or personal data beyond ids.
"""

from jacana.audit.entry import AuditEntry
from jacana.audit.store import append_entry, count_entries, last_entry, list_entries, lock_log
from jacana.audit.verify import Verification, verify_log

__all__ = [
    "AuditEntry",
    "Verification",
    "append_entry",
    "count_entries",
    "last_entry",
    "list_entries",
    "lock_log",
    "verify_log",
]
