"""What the demo prepares: a migrated database, three bank clips, the files of five uploads, fresh log-ins."""

from pathlib import Path

import pytest

from jacana.app import close_stages
from jacana.cli.demo_servers import DemoServers
from jacana.cli.demo_setting import BANK, DemoFolderTakenError, prepare_demo


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory):
    setting, stages = prepare_demo(tmp_path_factory.mktemp("demo") / "demo", Path("/nonexistent"), ("a", "b"))
    yield setting, stages
    close_stages(stages)


def test_a_bank_of_three_clips_is_loaded(prepared) -> None:
    setting, stages = prepared
    with stages.db.read() as connection:
        content = stages.banks.show(connection, BANK)
    assert {entry.label for entry in content.entries} == set(setting.bank)
    assert len(content.entries) == 3


def test_everything_is_on_loopback_and_nothing_is_shared(prepared) -> None:
    setting, _ = prepared
    places = (setting.places.jacana, setting.places.network, setting.places.sandbox)
    assert all(place.startswith("http://127.0.0.1:") for place in places)
    assert len(set(places)) == 3
    assert len(set(setting.passwords.values())) == 2
    assert setting.environment["JACANA_CYBERTIP_ENVIRONMENT"] == "sandbox"


def test_the_folder_is_for_this_user_only(prepared) -> None:
    setting, _ = prepared
    assert setting.folder.stat().st_mode & 0o077 == 0
    assert setting.clips.truncated.stat().st_size < setting.clips.innocent.stat().st_size


def test_a_folder_that_is_somebodys_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("years")
    with pytest.raises(DemoFolderTakenError):
        prepare_demo(tmp_path / "work", Path("/nonexistent"), ("a",))
    assert (tmp_path / "work" / "thesis.txt").read_text() == "years"


def test_the_operators_own_jacana_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jacana.toml").write_text(f'database_url = "sqlite:///{tmp_path}/own.db"\n')
    monkeypatch.setenv("JACANA_DATABASE_URL", f"sqlite:///{tmp_path}/own.db")
    setting, stages = prepare_demo(tmp_path / "demo", Path("/nonexistent"), ("a",))
    assert stages.settings.data_dir == tmp_path / "demo" / "data"
    assert str(tmp_path / "demo") in stages.db.url
    close_stages(stages)
    assert not (tmp_path / "own.db").exists()
    with DemoServers(setting.folder, setting.environment) as servers:
        assert "JACANA_DATABASE_URL" not in servers._environment
