from datetime import UTC, datetime

from jacana.cli.evaluate_setting import open_evaluation
from jacana.ingest.surfaces import Surface, legal_basis

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_nothing_of_this_machine_is_read(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "jacana").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here" / "jacana.toml").write_text('host = "own.example"\n')
    monkeypatch.setenv("JACANA_PORT", "1234")
    with open_evaluation(tmp_path / "jacana", lambda: NOW) as stages:
        assert stages.settings.host == "127.0.0.1"
        assert stages.settings.port == 8470
        assert stages.settings.data_dir == tmp_path / "jacana"
        assert stages.settings.cybertip_environment == "off"
        assert all(legal_basis(stages.settings, surface) for surface in Surface)
        assert stages.clock() == NOW


def test_every_evaluation_has_keys_of_its_own(tmp_path):
    keys = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with open_evaluation(tmp_path / name, lambda: NOW) as stages:
            keys.add(stages.settings.field_key)
    assert len(keys) == 2
