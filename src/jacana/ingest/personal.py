"""Personal data on its way into columns and back: sealed to its row, and keyed-hashed where rows must be compared."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from jacana.db.sealing import FieldSealer
from jacana.ingest.schema import blind_form

ACCOUNT_COLUMNS = ("screen_name", "display_name", "profile_url", "bio", "declared_age", "organisation", "created_at")
_START = datetime(1970, 1, 1, tzinfo=UTC)


def blind_value(sealer: FieldSealer, field: str, kind: str, value: str) -> str:
    """Return the keyed hash of a value (`kind`: ip, email, instrument), the same wherever the value appears."""
    return sealer.blind(blind_form(field, value), kind)


class DeviceKeys:
    """Keyed hashes of device ids, under a key that changes with every epoch: what is forgotten cannot be joined up.

    A device seen in an epoch is known by that epoch's key and the one before it, so that a ban carries over.
    """

    def __init__(self, sealer: FieldSealer, epoch_days: int) -> None:
        self._sealer = sealer
        self._epoch_days = epoch_days

    def epoch(self, at: datetime) -> int:
        """Return the number of the epoch a moment lies in."""
        return (at - _START).days // self._epoch_days

    def blind(self, device_id: str, at: datetime) -> str:
        """Return the key of a device at a moment."""
        return self._sealer.blind(device_id, f"device/{self.epoch(at)}")

    def blind_before(self, device_id: str, at: datetime) -> str:
        """Return the key the device had in the epoch before that of the moment."""
        return self._sealer.blind(device_id, f"device/{self.epoch(at) - 1}")


TextMask = Callable[[str], str]
"""Hides what must not lie in clear (what looks like a password) in a text that is about to be stored in clear."""

_MASKED = ("screen_name", "display_name", "bio")


def account_columns(
    sealer: FieldSealer, account_id: str, facts: Mapping[str, Any], mask: TextMask = str
) -> dict[str, Any]:
    """Return the columns for the account facts that are given; None clears. E-mail is sealed to this account."""
    columns = {name: facts[name] for name in ACCOUNT_COLUMNS if name in facts}
    columns |= {name: mask(columns[name]) for name in _MASKED if columns.get(name)}
    if "email" in facts:
        email = facts["email"]
        columns["email_sealed"] = sealer.seal(email, _email_purpose(account_id)) if email else None
        columns["email_key"] = blind_value(sealer, "email", "email", email) if email else None
    return columns


def open_email(sealer: FieldSealer, account_id: str, sealed: bytes | None) -> str | None:
    """Return the account's e-mail address. Raises SealedFieldBrokenError."""
    return sealer.open(sealed, _email_purpose(account_id)) if sealed else None


def upload_columns(
    sealer: FieldSealer,
    upload_id: str,
    *,
    ip: str | None,
    port: int | None,
    device_id: str | None,
    device_key: str | None,
) -> dict[str, Any]:
    """Return the columns for where an upload came from, sealed to this upload."""
    return {
        "ip_sealed": sealer.seal(ip, f"upload.ip/{upload_id}") if ip else None,
        "port": port,
        "device_sealed": sealer.seal(device_id, f"upload.device/{upload_id}") if device_id else None,
        "device_key": device_key,
    }


def open_origin(
    sealer: FieldSealer, upload_id: str, ip_sealed: bytes | None, device_sealed: bytes | None
) -> tuple[str | None, str | None]:
    """Return (ip, device id) of an upload. Raises SealedFieldBrokenError."""
    ip = sealer.open(ip_sealed, f"upload.ip/{upload_id}") if ip_sealed else None
    device = sealer.open(device_sealed, f"upload.device/{upload_id}") if device_sealed else None
    return ip, device


def _email_purpose(account_id: str) -> str:
    return f"account.email/{account_id}"
