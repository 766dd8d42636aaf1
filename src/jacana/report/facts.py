"""The facts a report is built from, as recorded. A fact that was not recorded is None and is left out of the report.

Never filled in with a default that claims something: no view that did not happen, no "now" for a missing time.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from jacana.model.verdict import Classification


class IncidentType(StrEnum):
    """The eight incident types, with NCMEC's exact words (reference section 2)."""

    CHILD_PORNOGRAPHY = "Child Pornography (possession, manufacture, and distribution)"
    SEX_TRAFFICKING = "Child Sex Trafficking"
    SEX_TOURISM = "Child Sex Tourism"
    MOLESTATION = "Child Sexual Molestation"
    MISLEADING_DOMAIN = "Misleading Domain Name"
    MISLEADING_WORDS = "Misleading Words or Digital Images on the Internet"
    ENTICEMENT = "Online Enticement of Children for Sexual Acts"
    UNSOLICITED_MATERIAL = "Unsolicited Obscene Material Sent to a Child"


class CaptureEvent(StrEnum):
    """What the account did when an address or a device was recorded (reference section 2.3)."""

    LOGIN = "Login"
    REGISTRATION = "Registration"
    PURCHASE = "Purchase"
    UPLOAD = "Upload"
    OTHER = "Other"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class IpCapture:
    """An IP address seen at a moment."""

    address: str
    event: CaptureEvent | None = None
    at: datetime | None = None
    possible_proxy: bool | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceCapture:
    """A device id seen at a moment. `id_type` says which kind it is (IMEI, advertising id, the network's own id …)."""

    id_type: str
    id_value: str
    event: CaptureEvent | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FileHash:
    """A hash beside the three digests, for instance of type PDQ."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file of a report. Digests are of the bytes as received; the same bytes are what is sent."""

    upload_id: str
    sha256: str
    md5: str
    sha1: str
    size_bytes: int
    original_file_name: str | None = None
    uploaded_at: datetime | None = None
    url: str | None = None
    viewed_by_esp: bool = False
    """A person of the network viewed the ENTIRE file; only ever from the view log (US v. Wilson, 9th Cir. 2021)."""
    exif_viewed: bool = False
    publicly_available: bool | None = None
    classification: Classification | None = None
    classified_by: str | None = None
    """User id of the person who set the classification; without one the classification is not sent."""
    hashes: tuple[FileHash, ...] = ()
    ip_capture: IpCapture | None = None
    device: DeviceCapture | None = None
    additional_info: tuple[str, ...] = ()
    """Sentences from recorded findings."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports: from the reporter_… settings."""

    company: str
    first_name: str
    last_name: str
    email: str
    terms_url: str = ""


@dataclass(frozen=True, slots=True)
class ReportedAccount:
    """The account that is reported. `esp_identifier` is the network's own id of it."""

    esp_identifier: str
    screen_name: str | None = None
    display_name: str | None = None
    email: str | None = None
    profile_url: str | None = None
    bio: str | None = None
    suspended_at: datetime | None = None
    banned_at: datetime | None = None
    ip_captures: tuple[IpCapture, ...] = ()
    devices: tuple[DeviceCapture, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything one report says. Frozen as JSON at approval."""

    case_id: str
    incident_type: IncidentType
    incident_at: datetime | None
    """The recorded moment of the incident; without one the report cannot be approved."""
    incident_description: str | None
    """What that moment is (`time of the upload as the network recorded it`)."""
    reporter: Reporter
    account: ReportedAccount
    files: tuple[FileFacts, ...] = ()
    additional_info: tuple[str, ...] = ()


def facts_to_json(facts: ReportFacts) -> dict[str, Any]:
    """Return plain JSON values; times as RFC 3339 with their zone."""
    return {key: _to_json(value) for key, value in asdict(facts).items()}


def fingerprint_facts(facts: ReportFacts, environment: str) -> str:
    """Return the SHA-256 of what a person was shown: every fact, and where it would go."""
    shown = {"facts": facts_to_json(facts), "environment": environment}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def digest_facts(facts: ReportFacts) -> str:
    """Return the SHA-256 in hex of the facts' JSON with sorted keys: what an approval is bound to."""
    return hashlib.sha256(json.dumps(facts_to_json(facts), sort_keys=True).encode()).hexdigest()


def facts_from_json(raw: dict[str, Any]) -> ReportFacts:
    """Return the facts that `facts_to_json` wrote."""
    return ReportFacts(
        case_id=raw["case_id"],
        incident_type=IncidentType(raw["incident_type"]),
        incident_at=_time(raw["incident_at"]),
        incident_description=raw["incident_description"],
        reporter=Reporter(**raw["reporter"]),
        account=_account(raw["account"]),
        files=tuple(_file(item) for item in raw["files"]),
        additional_info=tuple(raw["additional_info"]),
    )


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone")
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _capture(raw: dict[str, Any]) -> dict[str, Any]:
    event = raw["event"]
    return {**raw, "event": None if event is None else CaptureEvent(event), "at": _time(raw["at"])}


def _account(raw: dict[str, Any]) -> ReportedAccount:
    return ReportedAccount(
        **{
            **{item.name: raw[item.name] for item in fields(ReportedAccount)},
            "suspended_at": _time(raw["suspended_at"]),
            "banned_at": _time(raw["banned_at"]),
            "ip_captures": tuple(IpCapture(**_capture(item)) for item in raw["ip_captures"]),
            "devices": tuple(DeviceCapture(**_capture(item)) for item in raw["devices"]),
        }
    )


def _file(raw: dict[str, Any]) -> FileFacts:
    classification, ip_capture, device = raw["classification"], raw["ip_capture"], raw["device"]
    return FileFacts(
        **{
            **{item.name: raw[item.name] for item in fields(FileFacts)},
            "uploaded_at": _time(raw["uploaded_at"]),
            "classification": None if classification is None else Classification(classification),
            "hashes": tuple(FileHash(**item) for item in raw["hashes"]),
            "ip_capture": None if ip_capture is None else IpCapture(**_capture(ip_capture)),
            "device": None if device is None else DeviceCapture(**_capture(device)),
            "additional_info": tuple(raw["additional_info"]),
        }
    )
