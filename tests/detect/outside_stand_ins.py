"""What the stand-in answers: Project Arachnid Shield's shapes, and facts of a drawn file to ask about."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from outside_server import Sent

from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests, Upload, UploadState, Visibility

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KNOWN, NEAR, OTHER = b"k" * 32, b"n" * 32, b"o" * 32
FILE = b"known bytes"
NOTHING = {"classification": "no-known-match", "match_type": None, "near_match_details": []}
CSAM = {"classification": "csam", "match_type": "exact", "near_match_details": []}
HARMFUL = {"classification": "harmful-abusive-material", "match_type": "near", "near_match_details": [{"x": 1}]}
KNOWS: Mapping[bytes, dict[str, Any]] = {KNOWN: CSAM, NEAR: HARMFUL}


def answer_as_shield(sent: Sent) -> Any:
    """Answer as Shield would that knows KNOWN, NEAR and FILE."""
    if sent.path.endswith("/v1/media/"):
        about = {"size_bytes": len(sent.body), "sha1_base32": "A", "sha256_hex": "0"}
        return (CSAM if sent.body == FILE else NOTHING) | about
    asked = sent.json()["hashes"]
    return {"scanned_hashes": {text: KNOWS.get(base64.b64decode(text), NOTHING) for text in asked}}


def make_upload(id: str = "upload_1") -> Upload:
    digests = Digests("a" * 32, "b" * 40, "c" * 64)
    return Upload(id, "net-1", "account-1", Visibility.PUBLIC, UploadState.RECEIVED, digests, 1, received_at=NOW)


def make_facts(**changes: Any) -> MediaFacts:
    fields = {"sha256": "c" * 64, "kind": MediaKind.VIDEO, "hasher_version": "1", "analysed_at": NOW}
    return MediaFacts(**(fields | changes))
