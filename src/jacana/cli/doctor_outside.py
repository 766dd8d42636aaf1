"""What `jacana doctor` checks about those outside who are asked about files. Connects, sends nothing."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from jacana.cli.doctor_machine import Result, State
from jacana.settings import LoadedSettings

OUTSIDE_SECONDS = 3.0


def check_outside(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that look-up services and classifiers can be used as set, and that something listens there.

    Raises SettingInvalidError.
    """
    from jacana.detect.media.outside.panel import Panel

    settings = loaded.settings
    panel = Panel.from_settings(settings)
    if panel.empty:
        yield Result("outside", State.OK, "nobody outside is asked")
    if settings.arachnid_url:
        what = "hashes and files" if settings.arachnid_send_media else "hashes only"
        yield _reach("arachnid_url", settings.arachnid_url, what)
    if settings.classifier_url:
        yield _reach("classifier_url", settings.classifier_url, "files")


def _reach(setting: str, url: str, what: str) -> Result:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((host, port), OUTSIDE_SECONDS).close()
    except OSError as refusal:
        says = f"nothing answers at {host}:{port} ({type(refusal).__name__}): uploads will wait for it"
        return Result("outside", State.WARNING, says, f"start it, or correct {setting}")
    return Result("outside", State.OK, f"{host}:{port} answers; {what} go there")
