"""Project Arachnid Shield of the Canadian Centre for Child Protection: knows what its analysts have seen.

Contract: shield.projectarachnid.com, v1/pdq/ and v1/media/ with HTTP Basic. Files go only if the operator says so.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jacana.detect.media.outside.call import Caller, check_address
from jacana.detect.media.outside.classifier import LABEL
from jacana.detect.media.outside.lookup import LookupAnswer
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.settings import SettingInvalidError, Settings

HASHES_AT_ONCE = 100
_MATCH_TYPES = frozenset({"exact", "near", None})


class ArachnidShield:
    """The service behind arachnid_url."""

    name = "arachnid"

    def __init__(self, settings: Settings) -> None:
        """Take the settings. Raises SettingInvalidError for an address that is not https, or without credentials."""
        base = check_address(settings.arachnid_url, "arachnid_url").rstrip("/")
        if not settings.arachnid_username or not settings.arachnid_password:
            raise SettingInvalidError(
                "arachnid_url is set without arachnid_username and arachnid_password", remedy="set all three, or none"
            )
        credentials = f"{settings.arachnid_username}:{settings.arachnid_password}".encode()
        authorization = {"authorization": f"Basic {base64.b64encode(credentials).decode()}"}
        self._caller = Caller(self.name, settings.arachnid_timeout_seconds, authorization)
        self._hashes_url, self._media_url = f"{base}/v1/pdq/", f"{base}/v1/media/"
        self.takes_media = settings.arachnid_send_media

    def ask_hashes(self, hashes: Sequence[bytes]) -> tuple[LookupAnswer, ...]:
        """Ask about PDQ hashes, a hundred at once. Raises OutsideSilentError, also if one hash is left unanswered."""
        answers: dict[bytes, LookupAnswer] = {}
        for start in range(0, len(hashes), HASHES_AT_ONCE):
            asked = [base64.b64encode(one).decode() for one in hashes[start : start + HASHES_AT_ONCE]]
            answers |= self._read_map(self._caller.post_json(self._hashes_url, {"hashes": asked}))
        if not set(hashes) <= set(answers):
            raise self._nonsense("it left a hash unanswered")
        return tuple(answers[one] for one in hashes)

    def ask_file(self, path: Path, media_type: str) -> LookupAnswer:
        """Send the bytes. Raises OutsideSilentError, and ValueError if the operator does not let them leave."""
        if not self.takes_media:
            raise ValueError("arachnid_send_media is off")
        return self._read_answer(self._caller.post_file(self._media_url, path, media_type))

    def close(self) -> None:
        """Close pooled connections."""
        self._caller.close()

    def _read_map(self, answer: Any) -> dict[bytes, LookupAnswer]:
        scanned = answer.get("scanned_hashes") if isinstance(answer, Mapping) else None
        if not isinstance(scanned, Mapping):
            raise self._nonsense("there is no scanned_hashes")
        try:
            return {base64.b64decode(key, validate=True): self._read_answer(value) for key, value in scanned.items()}
        except (binascii.Error, ValueError):
            raise self._nonsense("a hash is not base64") from None

    def _read_answer(self, answer: Any) -> LookupAnswer:
        """Read one answer; what it means is `classification`, and an unknown one is a match under its own name."""
        found = answer if isinstance(answer, Mapping) else {}
        classification, match_type = found.get("classification"), found.get("match_type")
        near = found.get("near_match_details") or []
        if not isinstance(classification, str) or not LABEL.fullmatch(classification):
            raise self._nonsense("there is no classification")
        if match_type not in _MATCH_TYPES or not isinstance(near, list):
            raise self._nonsense("match_type or near_match_details cannot be read")
        return LookupAnswer(classification, match_type, len(near))

    def _nonsense(self, what: str) -> OutsideSilentError:
        return OutsideSilentError(Silence.NONSENSE, f"{self.name}: {what}")
