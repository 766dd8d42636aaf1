"""Settings: file < environment < flags, errors that say what to do, secrets that are never shown."""

import base64
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.settings import SETTING_FIELDS, LoadedSettings, SettingInvalidError, load_settings, mask_url_password

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_file(folder: Path, text: str) -> Path:
    file = folder / "jacana.toml"
    file.write_text(text, encoding="utf-8")
    return file


def load(**environment: str) -> LoadedSettings:
    return load_settings(environment={f"JACANA_{name.upper()}": value for name, value in environment.items()})


def test_defaults_need_nothing() -> None:
    loaded = load_settings(environment={})
    assert loaded.settings.port == 8470
    assert loaded.settings.cybertip_environment == "off"
    assert set(loaded.origins.values()) == {"default"}
    assert all(item.metadata["help"].strip() for item in SETTING_FIELDS.values())


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    write_file(tmp_path, 'port = 1\nhost = "a"\nlog_format = "json"\n')
    loaded = load_settings(
        environment={"JACANA_PORT": "2", "JACANA_HOST": "b", "PATH": "/"}, flags={"port": 3, "data_dir": None}
    )
    assert (loaded.settings.port, loaded.settings.host, loaded.settings.log_format) == (3, "b", "json")
    assert loaded.origins["port"] == "flag"
    assert loaded.origins["host"] == "environment"
    assert loaded.origins["log_format"] == "file jacana.toml"
    assert loaded.origins["data_dir"] == "default"


def test_the_file_is_named_by_argument_or_environment(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("port = 5\n", encoding="utf-8")
    assert load_settings(other, environment={}).settings.port == 5
    assert load(settings_file=str(other)).settings.port == 5


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalidError, match="does not exist"):
        load_settings(tmp_path / "none.toml", environment={})
    with pytest.raises(SettingInvalidError, match="does not exist"):
        load(settings_file="none.toml")


def test_paths_in_the_file_are_taken_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    file = write_file(tmp_path / "etc", 'data_dir = "here"\npolicy_file = "p.yaml"\n')
    settings = load_settings(file, environment={}).settings
    assert settings.data_dir == tmp_path / "etc" / "here"
    assert settings.resolved_policy_file() == tmp_path / "etc" / "p.yaml"
    assert load_settings(file, environment={"JACANA_DATA_DIR": "there"}).settings.data_dir == Path("there")
    write_file(tmp_path / "etc", 'data_dir = "/abs"\npolicy_file = ""\n')
    settings = load_settings(file, environment={}).settings
    assert (settings.data_dir, settings.resolved_policy_file()) == (Path("/abs"), None)
    monkeypatch.setenv("HOME", "/home/anna")
    assert load(data_dir="~/jacana").settings.data_dir == Path("/home/anna/jacana")


def test_an_unknown_name_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalidError, match="unknown setting prot") as caught:
        load(prot="1")
    assert caught.value.remedy == "did you mean port?"
    write_file(tmp_path, "[web]\nport = 1\n")
    with pytest.raises(SettingInvalidError, match=r"unknown setting web \(file jacana.toml\)"):
        load()


def test_test_and_fault_variables_are_no_settings() -> None:
    assert load(fault="preserve.after_write", test_media="/x").origins["port"] == "default"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('port = "many"', "whole number"),
        ("port = 1.5", "whole number"),
        ("port = true", "whole number"),
        ("port = [1]", "whole number"),
        ("port = -1", "at least 0"),
        ("media_frames_per_second = nan", "number"),
        ('media_frames_per_second = "inf"', "number"),
        ("media_frames_per_second = -0.5", "at least 0"),
        ("host = 5", "text"),
        ("data_dir = 5", "path"),
        ('data_dir = ""', "path"),
        ('secure_cookies = "perhaps"', "yes or no"),
        ('cybertip_environment = "live"', "must be one of off, sandbox, ncmec-test, production"),
        ("preservation_days = 364", "at least 365"),
    ],
)
def test_a_value_that_cannot_be_is_refused(tmp_path: Path, line: str, expected: str) -> None:
    write_file(tmp_path, line)
    with pytest.raises(SettingInvalidError, match=expected) as caught:
        load()
    assert line.split(" ")[0] in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("port", "abc", "write a whole number"),
        ("media_frames_per_second", "abc", "write a number"),
        ("secure_cookies", "perhaps", "write true or false"),
        ("data_dir", "", "write the path"),
        ("host", 5, "write text"),
        ("port", "-1", "write 0 or more"),
        ("cybertip_environment", "live", "write one of them"),
    ],
)
def test_a_refused_value_s_remedy_says_what_to_write(name: str, text: object, remedy: str) -> None:
    with pytest.raises(SettingInvalidError) as caught:
        load_settings(environment={}, flags={name: text})
    assert caught.value.remedy.startswith(remedy)


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), (" on ", True), ("0", False), ("off", False)])
def test_yes_and_no_have_their_usual_spellings(text: str, value: bool) -> None:
    assert load(secure_cookies=text).settings.secure_cookies is value


def test_numbers_are_read() -> None:
    settings = load(media_frames_per_second="0.5", port="80").settings
    assert (settings.media_frames_per_second, settings.port) == (0.5, 80)


@pytest.mark.parametrize("data", [b"port = ", b"\xff\xfe", b"port = 1\nport = 2"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "jacana.toml").write_bytes(data)
    with pytest.raises(SettingInvalidError, match="not TOML"):
        load()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(tmp_path, "port = 1")

    def refuse(*_arguments, **_options) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SettingInvalidError, match="cannot be read"):
        load()


def test_addresses_fall_back_to_the_data_folder(tmp_path: Path) -> None:
    settings = load(data_dir=str(tmp_path / "a b")).settings
    assert settings.resolved_database_url() == f"sqlite:///{tmp_path}/a b/jacana.db"
    assert settings.resolved_vault_url() == (tmp_path / "a b" / "vault").as_uri()
    settings = load(database_url="postgresql://h/d", vault_url="s3://b/p").settings
    assert (settings.resolved_database_url(), settings.resolved_vault_url()) == ("postgresql://h/d", "s3://b/p")


@pytest.mark.parametrize("text", ["", "short", KEY[:-4], KEY + "AAAA", "!" * 44, "ä" * 44])
def test_a_key_that_is_not_32_bytes_is_refused(text: str) -> None:
    with pytest.raises(SettingInvalidError, match="vault_key must be 32 bytes") as caught:
        load(vault_key=text).settings.key_bytes("vault_key")
    assert text not in caught.value.message or not text
    assert load(vault_key=KEY).settings.key_bytes("vault_key") == bytes(range(32))


@pytest.mark.parametrize("text", ["", "5,", "5,x", "0", "5,-1", "1.5"])
def test_a_delivery_schedule_is_whole_positive_seconds(text: str) -> None:
    with pytest.raises(SettingInvalidError, match="delivery_schedule"):
        load(delivery_schedule=text).settings.delivery_waits()
    assert load(delivery_schedule="5, 30").settings.delivery_waits() == (5, 30)


SECRETS = [name for name, item in SETTING_FIELDS.items() if item.metadata["secret"]]


def test_the_secrets_are_the_keys_and_passwords() -> None:
    assert set(SECRETS) == {
        "vault_key",
        "field_key",
        "network_secret",
        "cybertip_password",
        "arachnid_password",
        "classifier_secret",
        "ncmec_hash_password",
        "threatexchange_token",
    }


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6))
def test_no_description_shows_a_secret(secret: str) -> None:
    loaded = load_settings(
        environment={
            **{f"JACANA_{name.upper()}": secret for name in SECRETS},
            "JACANA_DATABASE_URL": f"postgresql://jacana:{secret}@host/name",
            "JACANA_WORKFLOW_DATABASE_URL": f"postgresql://host/name?user=jacana&password={secret}&sslmode=require",
        }
    )
    for row in loaded.describe():
        if row.secret or row.name.endswith("database_url"):
            assert "••••" in row.value
            assert secret not in row.value.replace("jacana", "").replace("postgresql", "").replace("require", "")


def test_an_unset_secret_is_shown_as_unset() -> None:
    rows = {row.name: row for row in load(port="99").describe()}
    assert list(rows) == list(SETTING_FIELDS)
    assert (rows["vault_key"].value, rows["vault_key"].secret) == ("", True)
    assert (rows["port"].value, rows["port"].origin, rows["port"].secret) == ("99", "environment", False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain text", "plain text"),
        ("sqlite:////data/jacana.db", "sqlite:////data/jacana.db"),
        ("postgresql://host/name", "postgresql://host/name"),
        ("postgresql://anna@host/name", "postgresql://anna@host/name"),
        ("postgresql://anna:pw@host/name", "postgresql://anna:••••@host/name"),
        ("postgresql://anna:p@w@host/name", "postgresql://anna:••••@host/name"),
        ("postgresql://host/name?password=pw", "postgresql://host/name?password=••••"),
        ("https://host:8080/hook", "https://host:8080/hook"),
    ],
)
def test_passwords_in_addresses_are_masked(text: str, shown: str) -> None:
    assert mask_url_password(text) == shown


def test_an_example_file_of_every_setting_loads(tmp_path: Path) -> None:
    lines = []
    for name, item in SETTING_FIELDS.items():
        default = str(item.default) if isinstance(item.default, Path) else item.default
        text = str(default).lower() if isinstance(default, bool) else repr(default).replace("'", '"')
        lines.append(f"{name} = {text}")
    file = write_file(tmp_path, "\n".join(lines))
    assert tomllib.loads(file.read_text())
    loaded = load()
    assert loaded.settings.data_dir == tmp_path / "data"
    assert set(loaded.origins.values()) == {"file jacana.toml"}
