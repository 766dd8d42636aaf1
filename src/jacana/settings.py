"""Every setting in one list: name, type, default, help. Values come from file < environment < flags.

Never prints a secret: `describe` masks them.
"""

import base64
import binascii
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from jacana.model.errors import SetupInvalidError
from jacana.setting_values import KIND_NAMES, KIND_REMEDIES, convert_value

ENVIRONMENT_PREFIX = "JACANA_"
DEFAULT_FILE = "jacana.toml"


class SettingInvalidError(SetupInvalidError):
    """A setting is unknown or its value cannot be read."""

    code = "setting.invalid"


def _setting(
    default: Any, text: str, *, secret: bool = False, choices: tuple[str, ...] = (), least: int | None = None
) -> Any:
    return field(default=default, metadata={"help": text, "secret": secret, "choices": choices, "least": least})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one Jacana. Field order is the order in which the docs list them."""

    data_dir: Path = _setting(Path("data"), "Folder for the database, the vault and the intake spool.")
    database_url: str = _setting("", "SQLAlchemy URL; empty means SQLite in data_dir. Postgres: postgresql://…")
    workflow_database_url: str = _setting("", "Where DBOS keeps workflow state; empty means beside the main database.")
    vault_url: str = _setting(
        "", "Object store of the vault: file:///…, s3://…, gs://…, az://…; empty: data_dir/vault."
    )
    intake_store_url: str = _setting(
        "", "Object store that uploads may refer to instead of sending bytes; empty: none."
    )

    host: str = _setting("127.0.0.1", "Address the HTTP API and the console listen on.")
    port: int = _setting(8470, "Port the HTTP API and the console listen on.", least=0)
    secure_cookies: bool = _setting(True, "Mark console cookies Secure. Turn off only for plain HTTP on loopback.")
    session_hours: int = _setting(10, "Hours after which a console log-in ends.", least=1)

    vault_key: str = _setting("", "Key-encryption key of the vault, 32 bytes in base64.", secret=True)
    vault_key_id: str = _setting("k1", "Name of vault_key, stored with each object so that keys can be rotated.")
    field_key: str = _setting("", "Key that seals and blinds personal data, 32 bytes in base64.", secret=True)

    network_url: str = _setting("", "Where the network receives Jacana's instructions (webhook).")
    network_secret: str = _setting("", "Standard Webhooks secret shared with the network, whsec_….", secret=True)
    delivery_schedule: str = _setting(
        "5,30,120,600,1800,3600,7200,14400,28800", "Seconds between attempts to deliver an action, then dead letter."
    )

    policy_file: str = _setting("", "Policy file; empty means the policy shipped with Jacana.")

    uploads_legal_basis: str = _setting("", "Why uploads may be screened. Empty: upload screening is off.")
    accounts_legal_basis: str = _setting("", "Why account and log-in events may be kept. Empty: they are refused.")
    public_text_legal_basis: str = _setting(
        "", "Why comments, captions and searches may be read. Empty: text is dropped."
    )
    messages_legal_basis: str = _setting("", "Why private messages may be read. Empty: message text is dropped.")

    device_epoch_days: int = _setting(
        365, "Days after which the key of device hashes changes; a device is known across one change.", least=30
    )
    events_days: int = _setting(
        180,
        "Days that events and the texts in them are kept; 0: without end. Less means less to look back over.",
        least=0,
    )
    account_state_days: int = _setting(
        90, "Days without an event after which what is known of an account's log-ins is forgotten.", least=1
    )
    ties_days: int = _setting(365, "Days after which an account's tie to a device or instrument is forgotten.", least=1)
    deterrence_message: str = _setting(
        "", "What a person is told whose search is for abuse material; empty: the search is answered without it."
    )
    deterrence_url: str = _setting("", "Address of help that goes with deterrence_message.")
    account_review_score: float = _setting(
        0.5, "Vault score from which an account is put to the policy, 0 to 1.", least=0
    )
    device_ban_days: int = _setting(365, "Days after which a device ban ends.", least=1)

    term_precision_floor: float = _setting(
        0.05, "A term is demoted when the lower 95 % bound of its precision falls below this, 0 to 1.", least=0
    )
    term_idle_days: int = _setting(
        90, "Days without a confirmed hit after which an active term expires; 0: never.", least=0
    )

    upload_max_bytes: int = _setting(4 * 2**30, "Largest upload accepted, bytes.", least=1)
    media_workers: int = _setting(2, "How many files are decoded at once, each in its own child process.", least=1)
    media_max_memory_bytes: int = _setting(2 * 2**30, "Memory one file may add while it is decoded, bytes.", least=1)
    media_max_cpu_seconds: int = _setting(600, "CPU time of one decoder process, seconds.", least=1)
    media_max_wall_seconds: int = _setting(900, "Time of one decoder process, seconds.", least=1)
    media_max_pixels: int = _setting(8192 * 8192, "Largest frame decoded, pixels.", least=1)
    media_sampling: str = _setting(
        "adaptive",
        "Which frames are hashed: key frames, scene changes and what lies near a match; every one; or a fixed rate.",
        choices=("adaptive", "thorough", "rate"),
    )
    media_frames_per_second: float = _setting(
        2.0, "With media_sampling = rate: how many frames of each second are hashed; 0 means every frame.", least=0
    )
    media_windows: bool = _setting(True, "Also hash windows, cut borders, insets and turned frames of key frames.")
    media_pool_files: int = _setting(200, "Files after which a warm decoder process is replaced.", least=1)
    index_dir: str = _setting("", "Folder of the hash index, on a local disk; empty: data_dir/index.")
    catalogue_dir: str = _setting("", "Folder of the frame hashes of everything screened; empty: data_dir/catalogue.")
    catalogue_format: str = _setting(
        "native", "Form of the catalogue's sealed parts; parquet needs jacana[ray].", choices=("native", "parquet")
    )
    lookback_percent: int = _setting(
        50, "Percent of one core's time for looking back, 1 to 100; a tenth of it while uploads wait.", least=1
    )
    ray_address: str = _setting("", "Ray cluster that looks back (auto, local or ray://…); empty: this machine.")
    catalogue_days: int = _setting(
        0, "Days that the frame hashes of a screened upload are kept for looking back; 0: without end.", least=0
    )

    arachnid_url: str = _setting(
        "", "Look-up service Project Arachnid Shield, https://…; empty: nobody outside is asked about hashes."
    )
    arachnid_username: str = _setting("", "User name at Project Arachnid Shield.")
    arachnid_password: str = _setting("", "Password at Project Arachnid Shield.", secret=True)
    arachnid_send_media: bool = _setting(
        False, "Send the files themselves, not only their hashes, to Project Arachnid Shield: they leave the house."
    )
    arachnid_timeout_seconds: int = _setting(10, "Longest wait for one answer of Project Arachnid Shield.", least=1)
    classifier_url: str = _setting(
        "", "Where a classifier for new material takes files (docs/outside.md); empty: none is asked."
    )
    classifier_secret: str = _setting("", "Bearer token the classifier is called with.", secret=True)
    classifier_timeout_seconds: int = _setting(30, "Longest wait for one answer of the classifier.", least=1)
    hma_fetch_hosts: str = _setting(
        "",
        "Hosts whose URLs the HMA-compatible API may fetch, with commas between; empty: it fetches nothing.",
    )

    own_bank: str = _setting(
        "", "Bank that takes up what reviewers confirm, so that changed copies of it are found; empty: none."
    )

    ncmec_hash_environment: str = _setting(
        "off",
        "Which of NCMEC's hash lists banks of origin ncmec follow.",
        choices=(
            "off",
            "sandbox",
            "ncmec-industry",
            "ncmec-industry-test",
            "ncmec-industry-exploitative",
            "ncmec-industry-exploitative-test",
            "ncmec-law-enforcement",
            "ncmec-law-enforcement-test",
            "ncmec-npo",
            "ncmec-npo-test",
            "ncmec-exploitative",
            "ncmec-exploitative-test",
            "ncmec-generative-ai",
            "ncmec-generative-ai-test",
            "ncmec-generative-ai-exploitative",
            "ncmec-generative-ai-exploitative-test",
        ),
    )
    ncmec_hash_sandbox_url: str = _setting(
        "", "Base URL of a sandbox hash list on this machine (jacana sandbox hashsharing)."
    )
    ncmec_hash_username: str = _setting("", "Hash-sharing user name for the chosen environment.")
    ncmec_hash_password: str = _setting("", "Hash-sharing password for the chosen environment.", secret=True)
    threatexchange_token: str = _setting("", "Access token of an app at ThreatExchange; empty: off.", secret=True)
    threatexchange_privacy_group: str = _setting("", "Privacy group that banks of origin threatexchange follow.")
    exchange_sync_seconds: int = _setting(
        600,
        "How often `jacana serve` looks for news at the exchanges, seconds; 0: only `jacana bank sync` does.",
        least=0,
    )
    exchange_may_contribute: bool = _setting(
        False, "Whether entries of one's own banks may be shared with an exchange in production, by a person's command."
    )

    lease_seconds: int = _setting(900, "How long a reviewer holds a case before another may take it.", least=1)
    undo_seconds: int = _setting(10, "How long a decision waits before its actions leave the outbox.", least=0)
    decide_delay_ms: int = _setting(1500, "How long a case must be on screen before the decide buttons work.", least=0)

    cybertip_environment: str = _setting(
        "off", "Where reports go.", choices=("off", "sandbox", "ncmec-test", "production")
    )
    cybertip_sandbox_url: str = _setting("", "Base URL of a sandbox CyberTipline (jacana sandbox cybertipline).")
    cybertip_username: str = _setting("", "CyberTipline user name for the chosen environment.")
    cybertip_password: str = _setting("", "CyberTipline password for the chosen environment.", secret=True)
    cybertip_timeout_seconds: int = _setting(60, "Longest wait for one CyberTipline answer, seconds.", least=1)
    cybertip_lease_seconds: int = _setting(
        300,
        "How long one worker owns a report's filing without a sign of life; more than cybertip_timeout_seconds.",
        least=1,
    )
    cybertip_ambiguous_wait_seconds: int = _setting(
        90_000,
        "When a submit without a clear answer is tried again: after an unfinished report has expired (24 h). Less than "
        "86400 is for the sandbox only.",
        least=0,
    )
    reporter_company: str = _setting("", "Name of the network, as reports name the platform.")
    reporter_first_name: str = _setting("", "Reporting person's first name.")
    reporter_last_name: str = _setting("", "Reporting person's last name.")
    reporter_email: str = _setting("", "Reporting person's e-mail; NCMEC requires it.")
    reporter_terms_url: str = _setting("", "Address of the terms of service, for reports.")
    preservation_days: int = _setting(
        366,
        "Days that reported material is kept after the receipt. The law asks one year, which may hold a leap day.",
        least=365,
    )

    log_format: str = _setting("text", "Log lines as text or JSON.", choices=("text", "json"))

    def resolved_database_url(self) -> str:
        """Return database_url, or the SQLite file in data_dir."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'jacana.db').absolute()}"

    def resolved_vault_url(self) -> str:
        """Return vault_url, or a folder in data_dir."""
        return self.vault_url or (self.data_dir / "vault").absolute().as_uri()

    def resolved_index_dir(self) -> Path:
        """Return index_dir, or a folder in data_dir."""
        return Path(self.index_dir) if self.index_dir else self.data_dir / "index"

    def resolved_catalogue_dir(self) -> Path:
        """Return catalogue_dir, or a folder in data_dir."""
        return Path(self.catalogue_dir) if self.catalogue_dir else self.data_dir / "catalogue"

    def resolved_policy_file(self) -> Path | None:
        """Return policy_file, or None for the policy shipped with Jacana."""
        return Path(self.policy_file) if self.policy_file else None

    def delivery_waits(self) -> tuple[int, ...]:
        """Return delivery_schedule in seconds. Raises SettingInvalidError unless it is a list of positive numbers."""
        try:
            waits = tuple(int(part) for part in self.delivery_schedule.split(","))
        except ValueError:
            waits = ()
        if not waits or min(waits) < 1:
            raise SettingInvalidError(
                "delivery_schedule must be whole seconds separated by commas", remedy="for example 5,30,120,600"
            )
        return waits

    def key_bytes(self, name: str) -> bytes:
        """Return a 32-byte key setting decoded. Raises SettingInvalidError if it is missing or of the wrong length."""
        try:
            key = base64.b64decode(getattr(self, name), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise SettingInvalidError(f"{name} must be 32 bytes in base64", remedy="run `jacana init` to make keys")
        return key


SETTING_FIELDS = {item.name: item for item in fields(Settings)}


@dataclass(frozen=True, slots=True)
class SettingSource:
    """One setting as `jacana settings` prints it; `value` is masked when the setting is a secret."""

    name: str
    value: str
    origin: str
    help: str
    secret: bool


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings and where each value came from (`default`, `file`, `environment` or `flag`)."""

    settings: Settings
    origins: dict[str, str]

    def describe(self) -> list[SettingSource]:
        """Return every setting with its origin, secrets masked."""
        rows = []
        for name, item in SETTING_FIELDS.items():
            value, secret = str(getattr(self.settings, name)), bool(item.metadata["secret"])
            shown = ("••••" if value else "") if secret else mask_url_password(value)
            rows.append(SettingSource(name, shown, self.origins[name], str(item.metadata["help"]), secret))
        return rows


def mask_url_password(text: str) -> str:
    """Replace the password of a URL (`//user:password@host`, `?password=…`) by dots; leave other text as it is."""
    text = re.sub(r"([?&](?:password|sslpassword)=)[^&]*", r"\1••••", text)
    scheme, separator, rest = text.partition("://")
    credentials, at, host = rest.rpartition("@")
    if not (separator and at and ":" in credentials):
        return text
    return f"{scheme}://{credentials.split(':', 1)[0]}:••••@{host}"


def load_settings(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> LoadedSettings:
    """Merge file, environment and flags over the defaults.

    `file` defaults to JACANA_SETTINGS_FILE, or `jacana.toml` in the current folder if there is one. Relative data_dir
    and policy_file are taken from the file's folder when the file sets them. Raises SettingInvalidError naming the
    setting and the remedy.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    origins = dict.fromkeys(SETTING_FIELDS, "default")
    named = file or environment.get("JACANA_SETTINGS_FILE")
    chosen = Path(named or DEFAULT_FILE)
    if named and not chosen.is_file():
        raise SettingInvalidError(f"settings file {chosen} does not exist", remedy="run `jacana init` to write one")
    for origin, layer in (
        (f"file {chosen}", _read_file(chosen)),
        ("environment", _read_environment(environment)),
        ("flag", {name: value for name, value in (flags or {}).items() if value is not None}),
    ):
        for name, raw in layer.items():
            values[name] = _parse(name, raw, origin)
            origins[name] = origin
    beside = chosen.absolute().parent
    if origins["data_dir"].startswith("file "):
        values["data_dir"] = beside / values["data_dir"]
    if origins["policy_file"].startswith("file ") and values["policy_file"]:
        values["policy_file"] = str(beside / values["policy_file"])
    return LoadedSettings(Settings(**values), origins)


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingInvalidError(f"settings file {path} is not TOML: {problem}", remedy="correct that line") from None
    except OSError as problem:
        raise SettingInvalidError(
            f"settings file {path} cannot be read ({problem.strerror})", remedy="let this user read it"
        ) from None


def _read_environment(environment: Mapping[str, str]) -> dict[str, str]:
    not_settings = {"JACANA_SETTINGS_FILE", "JACANA_FAULT"}
    return {
        key.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for key, value in environment.items()
        if key.startswith(ENVIRONMENT_PREFIX) and key not in not_settings and not key.startswith("JACANA_TEST_")
    }


def _parse(name: str, raw: Any, origin: str) -> Any:
    item = SETTING_FIELDS.get(name)
    if item is None:
        near = get_close_matches(name, SETTING_FIELDS, n=1)
        hint = f"did you mean {near[0]}?" if near else "`jacana settings` lists them all"
        raise SettingInvalidError(f"unknown setting {name} ({origin})", remedy=hint)
    try:
        value = convert_value(item.type, raw)
    except ValueError:
        raise SettingInvalidError(
            f"setting {name} ({origin}) must be a {KIND_NAMES[item.type]}",
            remedy=f"write {KIND_REMEDIES[item.type]} ({item.metadata['help']})",
        ) from None
    choices, least = item.metadata["choices"], item.metadata["least"]
    if choices and value not in choices:
        raise SettingInvalidError(
            f"setting {name} ({origin}) must be one of {', '.join(choices)}",
            remedy=f"write one of them ({item.metadata['help']})",
        )
    if least is not None and value < least:
        raise SettingInvalidError(
            f"setting {name} ({origin}) must be at least {least}",
            remedy=f"write {least} or more ({item.metadata['help']})",
        )
    return value
