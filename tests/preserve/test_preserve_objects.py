"""One contract over the folder and the memory store, and what only the folder promises."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jacana.preserve import objects as module
from jacana.preserve.objects import (
    ObjectStore,
    ObjectStoreUnavailableError,
    ObjectStoreUrlInvalidError,
    StoredObjectMissingError,
    open_object_store,
)

PATH = "objects/ab/cd/abcd.1"


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return open_object_store((tmp_path / "v").as_uri() if request.param == "folder" else "memory://")


def test_what_is_put_is_there(store: ObjectStore) -> None:
    parts = [os.urandom(3 * 2**20) for _ in range(5)]
    whole = b"".join(parts)
    assert store.put(PATH, iter(parts)) == len(whole)
    assert store.find_size(PATH) == len(whole)
    assert store.get_range(PATH, 0, len(whole)) == whole
    assert store.get_range(PATH, 2**20 - 3, 9 * 2**20 + 1) == whole[2**20 - 3 : 9 * 2**20 + 1]


def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    assert store.put(PATH, iter([])) == 0
    assert store.find_size(PATH) == 0


def test_a_put_that_fails_leaves_nothing(store: ObjectStore) -> None:
    def break_off() -> Iterator[bytes]:
        yield b"x" * 20 * 2**20
        raise KeyError("source")

    with pytest.raises(KeyError):
        store.put(PATH, break_off())
    assert store.find_size(PATH) is None
    assert list(store.list_objects("objects")) == []


def test_what_is_deleted_is_gone_and_deleting_again_is_no_error(store: ObjectStore) -> None:
    store.put(PATH, iter([b"x"]))
    store.delete(PATH)
    store.delete(PATH)
    store.delete("objects/no/ne/none")
    assert store.find_size(PATH) is None
    with pytest.raises(StoredObjectMissingError):
        store.get_range(PATH, 0, 1)


def test_the_listing_names_path_and_size(store: ObjectStore) -> None:
    store.put(PATH, iter([b"xyz"]))
    store.put("objects/ab/ef/abef.2", iter([b"x"]))
    store.put("probe/x", iter([b"x"]))
    listed = {item.path: item.size_bytes for item in store.list_objects("objects")}
    assert listed == {PATH: 3, "objects/ab/ef/abef.2": 1}
    assert all(item.modified_at.tzinfo for item in store.list_objects("objects"))


def test_a_folder_syncs_the_file_and_every_folder_above_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync
    monkeypatch.setattr(module.os, "fsync", lambda fd: (synced.append(os.readlink(f"/proc/self/fd/{fd}")), real(fd))[1])
    root = tmp_path / "a folder"
    store = open_object_store(root.as_uri())
    store.put(PATH, iter([b"x"]))
    assert synced == [
        str(root / PATH),
        *(str(root / folder) for folder in ("objects/ab/cd", "objects/ab", "objects", "")),
    ]
    store.delete(PATH)
    assert synced[-1] == str(root / "objects/ab/cd")


def test_a_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    open_object_store((tmp_path / "vault").as_uri())
    assert (tmp_path / "vault").stat().st_mode & 0o777 == 0o700


def test_a_file_that_a_killed_process_left_is_listed(tmp_path: Path) -> None:
    store = open_object_store(tmp_path.as_uri())
    store.put(PATH, iter([b"x"]))
    (tmp_path / f"{PATH}#1").write_bytes(b"half")
    assert {item.path for item in store.list_objects("objects")} == {PATH, f"{PATH}#1"}


@pytest.mark.parametrize(
    "url", ["", "vault", "ftp://host/x", "file://host/x", "file://./x", "s3://", "az://container/prefix", "http://x/y"]
)
def test_an_unusable_address_is_refused_with_a_remedy(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(ObjectStoreUrlInvalidError) as caught:
        open_object_store(url)
    assert caught.value.remedy


@pytest.mark.parametrize("url", ["s3://bucket/prefix", "gs://bucket/prefix"])
def test_cloud_addresses_open_without_a_call(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert open_object_store(url)


def test_a_store_that_does_not_answer_is_said_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ObjectStoreUnavailableError):
        open_object_store((tmp_path / "file").as_uri())
    store = open_object_store((tmp_path / "v").as_uri())
    (tmp_path / "v" / "objects").write_text("in the way")
    with pytest.raises(ObjectStoreUnavailableError) as caught:
        store.put(PATH, iter([b"x"]))
    assert caught.value.retryable
