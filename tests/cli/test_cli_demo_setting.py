"""What the demo prepares: a migrated database, three bank clips, the files of five uploads, fresh log-ins."""

from pathlib import Path

import pytest

from jacana.app import close_stages
from jacana.cli.demo_setting import BANK, prepare_demo


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
