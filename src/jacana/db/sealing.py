"""Sealing of personal data in columns, and keyed hashes to match it by (design rule 11).

Sealed values are AES-256-GCM under a key derived from field_key, bound to their purpose; a keyed hash lets two rows be
compared without being read.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from jacana.model.errors import IntegrityBrokenError


class SealedFieldBrokenError(IntegrityBrokenError):
    """A sealed column cannot be opened: wrong key, or changed bytes."""

    code = "database.sealed_field_broken"


class FieldSealer:
    """Seals, opens and blinds single values."""

    def __init__(self, key: bytes) -> None:
        def derive(purpose: bytes) -> bytes:
            return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)

        self._cipher = AESGCM(derive(b"jacana field sealing"))
        self._blinding = derive(b"jacana field blinding")

    def seal(self, text: str, purpose: str) -> bytes:
        """Return nonce (12 bytes), ciphertext and tag of `text`, bound to `purpose` (`account.email`)."""
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, text.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """Return the text. Raises SealedFieldBrokenError."""
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], purpose.encode()).decode()
        except (InvalidTag, ValueError):
            raise SealedFieldBrokenError(f"sealed {purpose} cannot be opened with this field_key") from None

    def blind(self, text: str, purpose: str) -> str:
        """Return a keyed hash, 64 hex digits: equal for equal text and purpose, unreadable without the key."""
        return hmac.new(self._blinding, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()
