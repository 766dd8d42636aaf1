import os

import obstore
import pytest
from obstore.exceptions import GenericError

from jacana.ingest.objects import (
    IntakeStore,
    IntakeStoreDownError,
    IntakeStoreInvalidError,
    IntakeStoreUnsetError,
    ObjectMissingError,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "store" / "2026").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"outside")
    return tmp_path / "store"


def test_an_object_is_read_in_chunks(folder):
    content = os.urandom(5 * 2**20)
    (folder / "2026" / "clip.mp4").write_bytes(content)
    chunks = list(IntakeStore(folder.as_uri()).read("2026/clip.mp4"))
    assert b"".join(chunks) == content
    assert len(chunks) > 1


@pytest.mark.parametrize(
    "path", ["none.mp4", "2026", "../secret", "/etc/passwd", "2026/../../secret", "2026//x", "./x"]
)
def test_what_is_not_inside_the_store_is_missing(folder, path):
    with pytest.raises(ObjectMissingError) as caught:
        list(IntakeStore(folder.as_uri()).read(path))
    assert caught.value.field == "object"


def test_without_a_store_the_error_says_what_to_do():
    with pytest.raises(IntakeStoreUnsetError) as caught:
        list(IntakeStore("").read("x"))
    assert "intake_store_url" in caught.value.remedy


def test_a_url_of_no_store_is_a_setup_problem():
    with pytest.raises(IntakeStoreInvalidError):
        IntakeStore("nonsense://x")


def test_a_store_that_fails_is_a_service_problem(folder, monkeypatch):
    def fail(*_):
        raise GenericError("connection reset")

    monkeypatch.setattr(obstore, "get", fail)
    with pytest.raises(IntakeStoreDownError) as caught:
        list(IntakeStore(folder.as_uri()).read("clip.mp4"))
    assert caught.value.retryable
