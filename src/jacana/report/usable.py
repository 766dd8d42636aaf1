"""Sets aside recorded values that NCMEC's fields cannot carry, so that a hostile profile cannot block a report. Pure.

Nothing is lost: what does not fit its field is moved, as recorded, into the text of the report.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from jacana.model.clock import format_time
from jacana.report.facts import DeviceCapture, FileFacts, IpCapture, ReportedAccount, ReportFacts
from jacana.report.limits import LENGTHS
from jacana.report.values import is_absolute_url, is_email, is_ip_address
from jacana.report.xml import clean_text

CLAMPED = "The recorded time was not in the past of the reporting clock; the time given is one second before reporting."


class _Notes:
    """Collects what was set aside, in words."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def keep(self, label: str, value: str | None, fits: Callable[[str], bool]) -> str | None:
        """Return the cleaned value if it fits, else note it and return None."""
        if value is None or not clean_text(value).strip():
            return None
        cleaned = clean_text(value)
        if fits(cleaned):
            return cleaned
        self.lines.append(f"{label}, as recorded: {cleaned}")
        return None

    def keep_past(self, label: str, moment: datetime | None, now: datetime) -> datetime | None:
        """Return the moment if it lies in the past, else note it and return None."""
        if moment is None or moment <= now:
            return moment
        self.lines.append(f"{label}, as recorded, in the future of the reporting clock: {format_time(moment)}")
        return None


def set_aside_unusable(facts: ReportFacts, now: datetime) -> ReportFacts:
    """Return facts whose every value fits its field at the moment `now`, with the rest in the additional text.

    An incident time that is not in the past becomes one second before `now`, and the description says so.
    """
    notes = _Notes()
    account = _usable_account(facts.account, now, notes)
    files = tuple(usable_file(file, now) for file in facts.files)
    incident_at, description = facts.incident_at, facts.incident_description
    latest = now - timedelta(seconds=1)
    if incident_at is not None and incident_at > latest:
        incident_at, description = latest, f"{description}. {CLAMPED}" if description else CLAMPED
    return replace(
        facts,
        account=account,
        files=files,
        incident_at=incident_at,
        incident_description=_cut(description, "incidentDateTimeDescription"),
        additional_info=(*facts.additional_info, *notes.lines),
    )


def _fits(element: str) -> Callable[[str], bool]:
    return lambda text: len(text) <= LENGTHS[element]


def _fits_url(element: str) -> Callable[[str], bool]:
    return lambda text: len(text) <= LENGTHS[element] and is_absolute_url(text)


def _cut(text: str | None, element: str) -> str | None:
    return None if text is None else clean_text(text)[: LENGTHS[element]]


def _usable_account(account: ReportedAccount, now: datetime, notes: _Notes) -> ReportedAccount:
    return replace(
        account,
        screen_name=notes.keep("Screen name", account.screen_name, _fits("screenName")),
        display_name=notes.keep("Display name", account.display_name, _fits("displayName")),
        email=notes.keep("E-mail address of the account", account.email, is_email),
        profile_url=notes.keep("Profile address", account.profile_url, _fits_url("profileUrl")),
        bio=clean_text(account.bio) if account.bio else None,
        suspended_at=notes.keep_past("Time of suspension", account.suspended_at, now),
        banned_at=notes.keep_past("Time of the ban", account.banned_at, now),
        ip_captures=tuple(_usable_ips(account.ip_captures, now, notes)),
        devices=tuple(_usable_devices(account.devices, now, notes)),
    )


def usable_file(file: FileFacts, now: datetime) -> FileFacts:
    """Return one file's facts with what its fields cannot carry moved into its text."""
    notes = _Notes()
    addresses = _usable_ips((file.ip_capture,) if file.ip_capture else (), now, notes)
    devices = _usable_devices((file.device,) if file.device else (), now, notes)
    usable = replace(
        file,
        original_file_name=notes.keep("File name", file.original_file_name, _fits("originalFileName")),
        uploaded_at=notes.keep_past("Time of the upload", file.uploaded_at, now),
        url=notes.keep("Address of the content", file.url, _fits_url("url")),
        ip_capture=addresses[0] if addresses else None,
        device=devices[0] if devices else None,
    )
    return replace(usable, additional_info=(*file.additional_info, *notes.lines))


def _usable_ips(captures: tuple[IpCapture, ...], now: datetime, notes: _Notes) -> list[IpCapture]:
    kept = []
    for capture in captures:
        address = notes.keep("IP address", capture.address, is_ip_address)
        if address is not None:
            port = capture.port if capture.port is not None and 1 <= capture.port <= 65_535 else None
            at = notes.keep_past("Time of an IP address", capture.at, now)
            kept.append(replace(capture, address=address, at=at, port=port))
    return kept


def _usable_devices(devices: tuple[DeviceCapture, ...], now: datetime, notes: _Notes) -> list[DeviceCapture]:
    kept = []
    for device in devices:
        value = notes.keep(f"Device id ({device.id_type})", device.id_value, _fits("idValue"))
        if value is not None:
            kept.append(replace(device, id_value=value, at=notes.keep_past("Time of a device id", device.at, now)))
    return kept
