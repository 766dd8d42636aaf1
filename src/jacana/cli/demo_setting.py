"""What the demo needs before its story begins: settings, people, clips, a bank."""

import base64
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from jacana.app import build_stages
from jacana.cli.demo_servers import choose_port
from jacana.db.engine import Database
from jacana.db.schema import migrate_schema
from jacana.detect.media.banks.source import read_bank_source
from jacana.model.errors import InputInvalidError
from jacana.model.term import MatchMode, Term, TermState
from jacana.pipeline.stages import Stages
from jacana.settings import LoadedSettings, load_settings
from jacana.simulate.clips import disguise_clip, draw_clip, mirror_clip, truncate_file
from jacana.simulate.story import StoryClips, StoryPlaces
from jacana.web.permissions import Role
from jacana.web.users import Users

BANK = "demo-bank"
MARKER = ".jacana-demo"
NO_SETTINGS = "empty.toml"
"""An empty settings file, named so that a jacana.toml in the current folder does not count."""
SCOPES = ["uploads:write", "uploads:read", "events:write", "checks:read"]
MAY_CAUSE = ("hold", "suspend_account", "open_case", "draft_report")


class DemoFolderTakenError(InputInvalidError):
    """The demo empties its folder first, and this one is somebody's."""

    code = "demo.folder_taken"


@dataclass(frozen=True, slots=True)
class DemoSetting:
    """Everything chosen for one run of the demo."""

    folder: Path
    environment: dict[str, str]
    places: StoryPlaces
    passwords: dict[str, str]
    """Console log-ins by name."""
    bank: tuple[str, ...]
    clips: StoryClips
    spare: Path
    """A disguised copy of another bank clip, for whoever watches the demo to decide."""


def prepare_demo(
    folder: Path, media: Path, people: tuple[str, ...], *, undo_seconds: int = 2
) -> tuple[DemoSetting, Stages]:
    """Empty `folder`, make keys, database, people and clips in it, and load the bank.

    Nothing of this machine's own Jacana is read or written: no settings file, no JACANA_ variable. Raises
    DemoFolderTakenError for a folder that is neither empty nor an earlier demo's.
    """
    _empty_folder(folder)
    passwords = {name: secrets.token_urlsafe(12) for name in people}
    environment, places = _choose_settings(folder.absolute(), undo_seconds)
    loaded = load_settings(environment=environment)
    stages = _open_database(loaded)
    with stages.db.write() as connection:
        for name, password in passwords.items():
            Users(stages.clock).create(connection, name, Role.LEAD, password, "cli:demo")
        api_key = stages.keys.create(connection, "demo network", SCOPES, "cli:demo")
    clips_folder = folder / "clips"
    clips_folder.mkdir()
    entries = _gather_bank(clips_folder, media)
    _load_bank(stages, entries)
    names = ("innocent", "disguised", "truncated", "mirrored", "early")
    clips = StoryClips(*(clips_folder / f"{name}.mp4" for name in names))
    spare = clips_folder / "spare.mp4"
    draw_clip(clips.innocent, seed=11)
    draw_clip(clips.early, seed=12)
    mirror_clip(entries[0][1], clips.mirrored)
    truncate_file(clips.innocent, clips.truncated, 0.6)
    disguise_clip(entries[-1][1], clips.disguised)
    disguise_clip(entries[0][1], spare)
    places = StoryPlaces(places.jacana, places.network, places.sandbox, api_key.secret)
    bank = tuple(label for label, _ in entries)
    return DemoSetting(folder, environment, places, passwords, bank, clips, spare), stages


def _empty_folder(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise DemoFolderTakenError(
                f"{folder} holds something that is not a demo's", field="--folder", remedy="name a new or empty folder"
            )
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / NO_SETTINGS).touch()
    (folder / MARKER).write_text("made by `jacana demo`, which empties this folder when it starts\n")


def _choose_settings(folder: Path, undo_seconds: int) -> tuple[dict[str, str], StoryPlaces]:
    port, network, sandbox = choose_port(8470), choose_port(8471), choose_port(8472)
    places = StoryPlaces(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{network}", f"http://127.0.0.1:{sandbox}", "")
    settings = {
        "data_dir": str(folder / "data"),
        "port": str(port),
        "secure_cookies": "false",
        "vault_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "field_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "network_url": f"{places.network}/jacana",
        "network_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "delivery_schedule": "1,2,5,10",
        "uploads_legal_basis": "Demonstration with drawn clips on one machine.",
        "accounts_legal_basis": "Demonstration with invented accounts on one machine.",
        "public_text_legal_basis": "Demonstration with invented words on one machine.",
        "deterrence_message": "What you are looking for harms children. Help is free, and nobody will know.",
        "deterrence_url": "https://help.network.example/",
        "undo_seconds": str(undo_seconds),
        "cybertip_environment": "sandbox",
        "cybertip_sandbox_url": f"{places.sandbox}/ispws",
        "cybertip_username": "demo",
        "cybertip_password": secrets.token_urlsafe(12),
        "reporter_company": "Stand-in Network",
        "reporter_first_name": "Demo",
        "reporter_last_name": "Reporter",
        "reporter_email": "trust-and-safety@network.example",
    }
    environment = {f"JACANA_{name.upper()}": value for name, value in settings.items()}
    environment["JACANA_SETTINGS_FILE"] = str(folder / NO_SETTINGS)
    return environment, places


def _open_database(loaded: LoadedSettings) -> Stages:
    database = Database(loaded.settings.resolved_database_url())
    migrate_schema(database)
    database.close()
    return build_stages(loaded)


def _gather_bank(folder: Path, media: Path) -> list[tuple[str, Path]]:
    """Return (name, clip) of three clips: two real ones where the media folder is there, drawn ones for the rest."""
    real = [media / "video" / name for name in ("chair-22-sd-grey-bar.mp4", "doorknob-hd-no-bar.mp4")]
    found = [path for path in real if path.is_file() and path.with_suffix(".txt").is_file()]
    drawn = [folder / f"drawn-{seed}.mp4" for seed in range(1, 4 - len(found))]
    for seed, path in enumerate(drawn, start=1):
        draw_clip(path, seed)
    return [(path.name, path) for path in (*drawn, *found)]


def _load_bank(stages: Stages, entries: list[tuple[str, Path]]) -> None:
    # A real clip comes with its reference hashes as vPDQ text, as shared lists do; a drawn one is hashed here.
    sources = [path.with_suffix(".txt") if path.with_suffix(".txt").is_file() else path for _, path in entries]
    files = [read_bank_source(source, stages.screener) for source in sources]
    with stages.db.write() as connection:
        stages.banks.create(connection, BANK, "drawn and public clips", None, MAY_CAUSE, actor="cli:demo")
        for file in files:
            stages.banks.add_entries(connection, BANK, file.entries, "cli:demo")


def add_demo_term(stages: Stages) -> tuple[str, str]:
    """Put an invented word into the lexicon, as an operator's import does; return its id and the word."""
    syllables = [secrets.choice("bdfgklmnprtvz") + secrets.choice("aeiou") for _ in range(4)]
    word = "".join(syllables) + secrets.choice("lmnr")
    term = Term("", word, MatchMode.CANONICAL, 4, TermState.SHADOW, source="demo", licence="none: an invented word")
    with stages.db.write() as connection:
        return stages.lexicon.add_term(connection, term, "cli:demo"), word


def grow_demo_bank(stages: Stages, clip: Path) -> None:
    """Add one more clip to the bank, as a list does that knows more tomorrow."""
    source = read_bank_source(clip, stages.screener)
    with stages.db.write() as connection:
        stages.banks.add_entries(connection, BANK, source.entries, "cli:demo")
