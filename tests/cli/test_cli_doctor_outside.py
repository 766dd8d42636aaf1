import socket
from typing import Any

import pytest

from jacana.cli.doctor_machine import Result, State
from jacana.cli.doctor_outside import check_outside
from jacana.settings import LoadedSettings, SettingInvalidError, Settings

SHIELD = {"arachnid_username": "u", "arachnid_password": "p"}


def check(**changed: Any) -> list[Result]:
    return list(check_outside(LoadedSettings(Settings(**changed), {})))


def test_nobody_is_asked_by_default() -> None:
    assert [result.state for result in check()] == [State.OK]


def test_who_listens_is_told_with_what_goes_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        (result,) = check(arachnid_url=url, **SHIELD)
        assert (result.state, "hashes only" in result.says) == (State.OK, True)
        results = check(arachnid_url=url, arachnid_send_media=True, classifier_url=url, **SHIELD)
        assert [result.state for result in results] == [State.OK, State.OK]
        assert all("files" in result.says for result in results)


def test_nobody_there_is_a_warning_that_names_the_setting() -> None:
    (result,) = check(classifier_url="http://127.0.0.1:1/")
    assert (result.state, "classifier_url" in result.remedy) == (State.WARNING, True)


@pytest.mark.parametrize("changed", [{"classifier_url": "http://c.example/"}, {"arachnid_url": "https://a.example/"}])
def test_settings_that_cannot_be_used_are_wrong(changed: dict[str, str]) -> None:
    with pytest.raises(SettingInvalidError):
        check(**changed)
