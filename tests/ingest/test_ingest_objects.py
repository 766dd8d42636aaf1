import os
from pathlib import Path

import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st
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
    store = tmp_path / "store"
    (store / "here.mp4").write_bytes(b"inside")
    (store / "numbered#1").write_bytes(b"inside")
    (store / "away").symlink_to(tmp_path / "secret")
    (store / "shortcut").symlink_to(tmp_path)
    (store / "dangling").symlink_to(store / "nowhere")
    (store / "circle").symlink_to(store / "circle")
    return store


def test_an_object_is_read_in_chunks(folder):
    content = os.urandom(5 * 2**20)
    (folder / "2026" / "clip.mp4").write_bytes(content)
    chunks = list(IntakeStore(folder.as_uri()).read("2026/clip.mp4"))
    assert b"".join(chunks) == content
    assert len(chunks) > 1


@pytest.mark.parametrize(
    "path",
    [
        "none.mp4",
        "2026",
        "",
        "../secret",
        "/etc/passwd",
        "2026/../../secret",
        "2026//x",
        "./x",
        "here.mp4\n",
        "here.mp4\x00",
        "here.mp4\x7f",
        "here.mp4/below",
        "numbered#1",
        "x" * 300,
        "x" * 2000,
        "x/" * 1000 + "x",
        "\u00e9" * 1000,
        "\ud800",
        "away",
        "shortcut/secret",
        "dangling",
        "circle",
    ],
)
def test_what_is_not_inside_the_store_is_missing(folder, path):
    with pytest.raises(ObjectMissingError) as caught:
        list(IntakeStore(folder.as_uri()).read(path))
    assert caught.value.field == "object"


def test_a_link_that_stays_inside_is_followed(folder, tmp_path):
    (folder / "near").symlink_to(folder / "here.mp4")
    (tmp_path / "door").symlink_to(folder)
    for url in (folder.as_uri(), (tmp_path / "door").as_uri()):
        assert b"".join(IntakeStore(url).read("near")) == b"inside"


def test_the_root_of_the_machine_can_be_a_store(folder):
    path = str(folder.resolve() / "here.mp4").removeprefix("/")
    assert b"".join(IntakeStore("file:///").read(path)) == b"inside"


@given(st.text(st.characters(), max_size=1100))
def test_no_path_at_all_is_more_than_missing(path):
    for url in ("memory:///", Path(__file__).parent.as_uri()):
        with pytest.raises(ObjectMissingError):
            list(IntakeStore(url).read(path))


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
        list(IntakeStore(folder.as_uri()).read("here.mp4"))
    assert caught.value.retryable


def test_a_folder_that_is_gone_is_a_service_problem(folder):
    store = IntakeStore(folder.as_uri())
    folder.rename(folder.with_name("unmounted"))
    with pytest.raises(IntakeStoreDownError):
        list(store.read("here.mp4"))
    folder.with_name("unmounted").rename(folder)
    assert b"".join(store.read("here.mp4")) == b"inside"


def test_what_is_no_ordinary_file_is_missing_and_never_waited_for(folder):
    os.mkfifo(folder / "pipe")
    with pytest.raises(ObjectMissingError):
        list(IntakeStore(folder.as_uri()).read("pipe"))
