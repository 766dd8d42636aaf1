"""What `jacana doctor` checks about settings and what they point at. Talks to no authority and writes no record."""

import secrets
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from jacana.audit import count_entries, list_entries
from jacana.cli.doctor_machine import Result, State
from jacana.db.engine import Database
from jacana.db.schema import check_schema
from jacana.model.clock import format_time, utc_now
from jacana.model.errors import JacanaError
from jacana.settings import DEFAULT_FILE, LoadedSettings, Settings, mask_url_password

NETWORK_SECONDS = 3.0
LARGEST_SKEW = timedelta(seconds=60)
SURFACES = ("uploads", "accounts", "public_text", "messages")


def check_settings_file(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that the settings file, if one is used, is for Jacana's user only."""
    files = {origin.removeprefix("file ") for origin in loaded.origins.values() if origin.startswith("file ")}
    for name in sorted(files):
        if Path(name).stat().st_mode & 0o077:
            yield Result("settings", State.WARNING, f"{name} can be read by others", f"chmod 600 {name}")
        else:
            yield Result("settings", State.OK, name)
    if not files:
        yield Result("settings", State.OK, f"no {DEFAULT_FILE} here: environment and defaults only")


def check_database(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that the database answers, its schema is this program's, and the clocks agree."""
    url = loaded.settings.resolved_database_url()
    place = mask_url_password(url)
    if url.startswith("sqlite") and not Path(sa.make_url(url).database or "").is_file():
        yield Result("database", State.WRONG, f"{place} is not there", "run `jacana init` or `jacana migrate`")
        return
    database = Database(url)
    try:
        yield Result("database", State.OK, f"{place} at revision {check_schema(database)}")
        yield from _check_clock(database)
    finally:
        database.close()


def _check_clock(database: Database) -> Iterator[Result]:
    now = utc_now()
    with database.read() as connection:
        size, _ = count_entries(connection)
        newest = next(list_entries(connection, start=size - 1), None) if size else None
    server = database.read_clock()
    remedy = "set the clock (NTP): times are evidence"
    if newest and newest[1].at > now + LARGEST_SKEW:
        says = f"it is {format_time(now)} here, but the audit log was written at {format_time(newest[1].at)}"
        yield Result("clock", State.WRONG, says, remedy)
    elif server is not None and abs(server - now) > LARGEST_SKEW:
        says = f"it is {format_time(now)} here and {format_time(server)} at the database"
        yield Result("clock", State.WRONG, says, remedy)
    else:
        yield Result("clock", State.OK, format_time(now))


def check_field_key(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that the key that seals personal data is there."""
    loaded.settings.key_bytes("field_key")
    yield Result("field key", State.OK, "32 bytes")


def check_vault(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that the object store keeps what it is given and that the vault key opens what is in the vault.

    The probe object is removed; nothing is recorded.
    """
    from jacana.preserve.objects import open_object_store
    from jacana.preserve.vault import Vault

    settings = loaded.settings
    key = settings.key_bytes("vault_key")
    yield Result("vault key", State.OK, f"32 bytes, named {settings.vault_key_id}")
    place = mask_url_password(settings.resolved_vault_url())
    objects = open_object_store(settings.resolved_vault_url())
    path, probe = f"probe/{secrets.token_hex(8)}", secrets.token_bytes(64)
    objects.put(path, iter([probe]))
    back = objects.get_range(path, 0, len(probe))
    objects.delete(path)
    if back != probe:
        yield Result("vault store", State.WRONG, f"{place} gave back other bytes", "use another object store")
        return
    yield Result("vault store", State.OK, f"{place} keeps what it is given")
    database = Database(settings.resolved_database_url())
    try:
        check_schema(database)
        with database.read() as connection:
            used = Vault(database, objects, key, settings.vault_key_id, utc_now).check_key(connection)
    finally:
        database.close()
    yield Result("vault", State.OK, "vault_key opens what is in it" if used else "empty")


def check_policy(loaded: LoadedSettings) -> Iterator[Result]:
    """Check the policy file."""
    from jacana.decide.policy import load_policy

    policy = load_policy(loaded.settings.resolved_policy_file())
    yield Result("policy", State.OK, f"{policy.version}, {len(policy.rules)} rules")


def check_network(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that instructions can be signed and that something listens there. Connects, sends nothing."""
    settings = loaded.settings
    settings.delivery_waits()
    if not settings.network_url:
        says = "network_url is not set: instructions wait, then become dead letters"
        yield Result("network", State.WARNING, says, "set network_url and network_secret")
        return
    problem = _find_network_problem(settings)
    if problem:
        yield Result("network", State.WRONG, *problem)
        return
    parts = urlsplit(settings.network_url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((host, port), NETWORK_SECONDS).close()
    except OSError as refusal:
        says = f"nothing answers at {host}:{port} ({type(refusal).__name__})"
        yield Result("network", State.WARNING, says, "start the network's receiver, or correct network_url")
        return
    yield Result("network", State.OK, f"{host}:{port} answers")


def _find_network_problem(settings: Settings) -> tuple[str, str] | None:
    try:
        parts = urlsplit(settings.network_url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        return "network_url is not an http or https URL", "for example https://network.example/jacana"
    if not settings.network_secret.startswith("whsec_"):
        return "network_secret is not set", "share a Standard Webhooks secret, whsec_…, with the network"
    return None


def check_cybertip(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that reports have somewhere to go and somebody to come from. Calls nobody."""
    from jacana.report.environments import choose_endpoint

    settings = loaded.settings
    if settings.cybertip_environment == "off":
        says = "cybertip_environment is off: reports are drafted, never filed"
        yield Result("cybertip", State.WARNING, says, "set it to sandbox, ncmec-test or production")
        return
    environment, endpoint = choose_endpoint(settings)
    needed = ("reporter_company", "reporter_first_name", "reporter_last_name", "reporter_email")
    missing = [name for name in needed if not getattr(settings, name)]
    if missing:
        yield Result("cybertip", State.WRONG, f"{', '.join(missing)} not set", "every report names who reports")
    else:
        yield Result("cybertip", State.OK, f"{environment}: {endpoint}")


def check_legal_bases(loaded: LoadedSettings) -> Iterator[Result]:
    """Show which surfaces are switched on by a written legal basis."""
    for surface in SURFACES:
        name = f"{surface}_legal_basis"
        if getattr(loaded.settings, name):
            yield Result("legal basis", State.OK, f"{surface}: written down")
        elif surface == "uploads":
            says = "uploads: none written down, so upload screening is off"
            yield Result("legal basis", State.WARNING, says, f"set {name} once counsel has agreed")
        else:
            yield Result("legal basis", State.OK, f"{surface}: none written down, so it is off")


def check_console(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that cookies are only sent in the clear on this machine itself."""
    settings = loaded.settings
    if not settings.secure_cookies and settings.host not in {"127.0.0.1", "::1", "localhost"}:
        says = f"secure_cookies is off and the console listens on {settings.host}"
        yield Result("console", State.WRONG, says, "turn secure_cookies on and serve HTTPS in front of Jacana")
    else:
        yield Result("console", State.OK, f"{settings.host}:{settings.port}")


def describe_refusal(name: str, problem: JacanaError) -> Result:
    """Return the line for a check that ended in one of Jacana's own errors."""
    remedy = getattr(problem, "remedy", None)
    return Result(name, State.WRONG, problem.message, remedy or "")
