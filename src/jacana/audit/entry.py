"""One audit entry and its canonical bytes. Pure."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import rfc8785

from jacana.model.clock import format_time


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who (`user:…`, `key:…`, `policy:…`, `system`, `cli:…`) did what (`case.decided`) to which subject (an id).

    `details` holds text, whole numbers, booleans, lists and dicts of these; ids and codes, never content.
    """

    at: datetime
    actor: str
    verb: str
    subject: str
    details: dict[str, Any] = field(default_factory=dict)

    def canonical_bytes(self) -> bytes:
        """Return the RFC 8785 JSON of the entry, the leaf that is hashed. Raises ValueError if it has no such form."""
        return rfc8785.dumps(
            {
                "actor": self.actor,
                "at": format_time(self.at),
                "details": self.details,
                "subject": self.subject,
                "verb": self.verb,
            }
        )


def parse_entry(leaf: bytes) -> AuditEntry:
    """Return the entry a leaf holds. Raises ValueError or KeyError for bytes that are not one."""
    raw = json.loads(leaf)
    return AuditEntry(datetime.fromisoformat(raw["at"]), raw["actor"], raw["verb"], raw["subject"], raw["details"])
