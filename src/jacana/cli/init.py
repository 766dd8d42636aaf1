"""`jacana init`: a settings file with fresh keys, the data folder and an empty database. Never overwrites anything."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from jacana.cli.context import console
from jacana.db.engine import Database
from jacana.db.schema import migrate_schema
from jacana.model.errors import SetupInvalidError
from jacana.settings import DEFAULT_FILE, load_settings, mask_url_password

KEY_BYTES = 32

_FILE = """\
# Settings of one Jacana. `jacana settings` lists them all; the environment (JACANA_…) wins over this file.
# This file holds keys: keep it readable for Jacana's user only, and keep a copy in a safe place.

# Folder for the database, the vault and the intake spool, beside this file.
data_dir = {data_dir}

# Without vault_key no preserved evidence can ever be opened again; without field_key no personal data.
vault_key = {vault_key}
vault_key_id = "k1"
field_key = {field_key}

# Where the network receives instructions, and the secret both share (Standard Webhooks).
network_url = ""
network_secret = {network_secret}

# Each surface stays off until you write down why it may be screened.
uploads_legal_basis = ""
accounts_legal_basis = ""
public_text_legal_basis = ""
messages_legal_basis = ""

# Where reports go: off, sandbox, ncmec-test or production.
cybertip_environment = "off"
"""


class SettingsFileExistsError(SetupInvalidError):
    """There is a settings file already; its keys must not be lost."""

    code = "setup.file_exists"


class FolderUnusableError(SetupInvalidError):
    """The folder cannot be written."""

    code = "setup.folder_unusable"


def init(folder: Annotated[Path, typer.Option("--dir", help="Folder to set up.")] = Path()) -> None:
    """Write jacana.toml with fresh keys, make the data folder and the database; say what to do next."""
    file = folder / DEFAULT_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_new(file, _compose_file())
        settings = load_settings(file).settings
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.data_dir.chmod(0o700)  # a folder that was there before may be open to others
    except FileExistsError:
        raise SettingsFileExistsError(
            f"{file} is already there", remedy="keep it: its keys open your vault; or choose another --dir"
        ) from None
    except OSError as problem:
        raise FolderUnusableError(
            f"{folder} cannot be set up ({problem.strerror})", remedy="choose a --dir that this user may write"
        ) from None
    database = Database(settings.resolved_database_url())
    try:
        revision = migrate_schema(database)
    finally:
        database.close()
    place = mask_url_password(settings.resolved_database_url())
    console.print(f"wrote {file} with fresh keys", markup=False, soft_wrap=True)
    console.print(f"the database {place} is at revision {revision}", markup=False, soft_wrap=True)
    console.print(_NEXT.format(folder=folder.absolute()), markup=False, soft_wrap=True)


_NEXT = """
What to do next:
  1. keep a copy of jacana.toml in a safe place: without its keys no evidence can be opened
  2. cd {folder}: commands read jacana.toml in the current folder
  3. set network_url, and write down each legal basis that applies
  4. jacana doctor: checks this machine and these settings
  5. jacana user add: makes the first log-in of the console
  6. jacana key create: makes a key for the network's uploads
  7. jacana serve"""


def _compose_file() -> str:
    def make_key() -> str:
        return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()

    values = {
        "data_dir": "data",
        "vault_key": make_key(),
        "field_key": make_key(),
        "network_secret": f"whsec_{make_key()}",
    }
    return _FILE.format(**{name: json.dumps(value) for name, value in values.items()})


def _write_new(file: Path, text: str) -> None:
    """Write a file that is not there yet, for its owner's eyes only. Raises FileExistsError."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
