"""The checks of settings and what they point at, each sound and not."""

import base64
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from jacana.audit import AuditEntry, append_entry, count_entries
from jacana.cli import doctor_setup
from jacana.cli.doctor_machine import Result, State
from jacana.db.engine import Database
from jacana.db.schema import SchemaOutdatedError
from jacana.decide.policy import PolicyInvalidError
from jacana.model.clock import utc_now
from jacana.model.preservation import HoldReason
from jacana.preserve.objects import ObjectStoreUrlInvalidError, ObstoreObjects, open_object_store
from jacana.preserve.vault import Vault, VaultKeyUnknownError
from jacana.report.environments import EndpointInvalidError, ReporterIncompleteError
from jacana.settings import LoadedSettings, SettingInvalidError, load_settings

KEY = base64.b64encode(bytes(range(32))).decode()
REPORTER = {
    "cybertip_username": "u",
    "cybertip_password": "p",
    "reporter_company": "c",
    "reporter_first_name": "f",
    "reporter_last_name": "l",
    "reporter_email": "e@network.example",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(**settings: str) -> LoadedSettings:
    return load_settings(environment={f"JACANA_{name.upper()}": value for name, value in settings.items()})


def check(checker: Callable[..., object], **settings: str) -> list[Result]:
    return list(checker(load(**settings)))


def states(checker: Callable[..., object], **settings: str) -> list[State]:
    return [result.state for result in check(checker, **settings)]


def test_settings_file(folder: Path) -> None:
    assert states(doctor_setup.check_settings_file) == [State.OK]
    file = folder / "jacana.toml"
    file.write_text("port = 1\n")
    file.chmod(0o600)
    assert states(doctor_setup.check_settings_file) == [State.OK]
    file.chmod(0o640)
    (result,) = check(doctor_setup.check_settings_file)
    assert (result.state, result.remedy) == (State.WARNING, "chmod 600 jacana.toml")


def test_database(database: Database, database_url: str) -> None:
    results = check(doctor_setup.check_database, database_url=database_url)
    assert [(result.name, result.state) for result in results] == [("database", State.OK), ("clock", State.OK)]
    assert "revision" in results[0].says


def test_a_database_that_is_not_there_is_not_made(folder: Path) -> None:
    (result,) = check(doctor_setup.check_database, database_url=f"sqlite:///{folder / 'none.db'}")
    assert (result.state, "jacana init" in result.remedy) == (State.WRONG, True)
    assert list(folder.iterdir()) == []


def test_an_empty_database_is_outdated(folder: Path) -> None:
    (folder / "empty.db").touch()
    with pytest.raises(SchemaOutdatedError):
        check(doctor_setup.check_database, database_url=f"sqlite:///{folder / 'empty.db'}")


def test_a_clock_behind_the_audit_log(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    for ahead, state in ((timedelta(seconds=30), State.OK), (timedelta(days=1), State.WRONG)):
        with database.write() as connection:
            append_entry(connection, AuditEntry(utc_now() + ahead, "system", "x.done", "s"))
        results = check(doctor_setup.check_database, database_url=sqlite_url)
        assert results[1].state is state
    assert "NTP" in results[1].remedy
    database.close()


def test_a_clock_unlike_the_server_s(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "read_clock", lambda _self: utc_now() - timedelta(minutes=5))
    (_, result) = check(doctor_setup.check_database, database_url=sqlite_url)
    assert result.state is State.WRONG
    assert "at the database" in result.says


def test_field_key() -> None:
    assert states(doctor_setup.check_field_key, field_key=KEY) == [State.OK]
    with pytest.raises(SettingInvalidError, match="field_key"):
        check(doctor_setup.check_field_key)


def test_vault(folder: Path, sqlite_url: str) -> None:
    sound = {"database_url": sqlite_url, "vault_key": KEY, "vault_url": (folder / "v").as_uri()}
    results = check(doctor_setup.check_vault, **sound)
    assert [result.state for result in results] == [State.OK] * 3
    assert results[2].says == "empty"
    assert [path for path in (folder / "v").rglob("*") if path.is_file()] == []
    database = Database(sqlite_url)
    vault = Vault(database, open_object_store(sound["vault_url"]), bytes(range(32)), "k1", utc_now)
    vault.preserve_bytes(b"data", None, HoldReason.SCREENING, "up_1", "system")
    with database.read() as connection:
        before = count_entries(connection)
    assert check(doctor_setup.check_vault, **sound)[2].says == "vault_key opens what is in it"
    with pytest.raises(VaultKeyUnknownError):
        check(doctor_setup.check_vault, **sound, vault_key_id="k2")
    with database.read() as connection:
        assert count_entries(connection) == before
    database.close()


def test_a_vault_without_key_or_store() -> None:
    with pytest.raises(SettingInvalidError, match="vault_key"):
        check(doctor_setup.check_vault)
    with pytest.raises(ObjectStoreUrlInvalidError):
        check(doctor_setup.check_vault, vault_key=KEY, vault_url="ftp://host/x")


def test_a_store_that_gives_back_other_bytes(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> None:
    monkeypatch.setattr(ObstoreObjects, "get_range", lambda *_arguments: b"other")
    results = check(doctor_setup.check_vault, vault_key=KEY, vault_url="memory://", database_url=sqlite_url)
    assert [result.state for result in results] == [State.OK, State.WRONG]


def test_policy(folder: Path) -> None:
    (result,) = check(doctor_setup.check_policy)
    assert result.state is State.OK
    (folder / "p.yaml").write_text("rules: 5\n")
    with pytest.raises(PolicyInvalidError):
        check(doctor_setup.check_policy, policy_file=str(folder / "p.yaml"))


def test_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/jacana"
        assert states(doctor_setup.check_network, network_url=url, network_secret=f"whsec_{KEY}") == [State.OK]
        (result,) = check(doctor_setup.check_network, network_url=url)
        assert (result.state, "network_secret" in result.says) == (State.WRONG, True)
    (result,) = check(doctor_setup.check_network, network_url=url, network_secret=f"whsec_{KEY}")
    assert (result.state, "nothing answers" in result.says) == (State.WARNING, True)
    assert states(doctor_setup.check_network) == [State.WARNING]


@pytest.mark.parametrize("url", ["network", "ftp://host/x", "http://", "http://host:none/x", "http://host:99999/x"])
def test_a_network_address_that_cannot_be(url: str) -> None:
    (result,) = check(doctor_setup.check_network, network_url=url, network_secret=f"whsec_{KEY}")
    assert (result.state, "not an http" in result.says) == (State.WRONG, True)


def test_a_delivery_schedule_that_cannot_be() -> None:
    with pytest.raises(SettingInvalidError, match="delivery_schedule"):
        check(doctor_setup.check_network, delivery_schedule="soon")


def test_cybertip() -> None:
    assert states(doctor_setup.check_cybertip) == [State.WARNING]
    sandbox = {"cybertip_environment": "sandbox", "cybertip_sandbox_url": "http://127.0.0.1:1/ispws"}
    assert states(doctor_setup.check_cybertip, **sandbox, **REPORTER) == [State.OK]
    (result,) = check(doctor_setup.check_cybertip, **sandbox, **{**REPORTER, "reporter_email": ""})
    assert (result.state, "reporter_email" in result.says) == (State.WRONG, True)
    with pytest.raises(ReporterIncompleteError):
        check(doctor_setup.check_cybertip, cybertip_environment="production")
    with pytest.raises(EndpointInvalidError):
        check(doctor_setup.check_cybertip, cybertip_environment="sandbox", **REPORTER)


def test_legal_bases() -> None:
    assert states(doctor_setup.check_legal_bases) == [State.WARNING, State.OK, State.OK, State.OK]
    results = check(doctor_setup.check_legal_bases, uploads_legal_basis="counsel, 2026-11-01", messages_legal_basis="x")
    assert [result.says.split(": ")[1] for result in results] == [
        "written down",
        "none written down, so it is off",
        "none written down, so it is off",
        "written down",
    ]
    assert not any("counsel" in result.says for result in results)


@pytest.mark.parametrize(
    ("host", "secure", "state"),
    [("127.0.0.1", "off", State.OK), ("0.0.0.0", "on", State.OK), ("0.0.0.0", "off", State.WRONG)],
)
def test_console(host: str, secure: str, state: State) -> None:
    assert states(doctor_setup.check_console, host=host, secure_cookies=secure) == [state]


def test_a_refusal_becomes_a_line() -> None:
    result = doctor_setup.describe_refusal("database", SchemaOutdatedError("old", remedy="run `jacana migrate`"))
    assert result == Result("database", State.WRONG, "old", "run `jacana migrate`")
    assert doctor_setup.describe_refusal("x", VaultKeyUnknownError("y")).remedy == ""
