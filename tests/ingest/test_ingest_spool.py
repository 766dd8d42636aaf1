import hashlib
import os
import stat
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.ingest.spool import Spool, SpoolUnavailableError, UploadEmptyError, UploadTooLargeError


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool", max_bytes=1000)


def test_bytes_are_kept_under_their_name_and_only_the_owner_may_read(spool):
    with spool.begin("upload_1") as file:
        file.write(b"hello ")
        file.write(b"world")
        file.keep()
        file.release()
    path = spool.path("upload_1")
    assert path.read_bytes() == b"hello world"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700


@given(st.binary(min_size=1, max_size=900), st.lists(st.integers(0, 900), max_size=5))
def test_digests_do_not_depend_on_how_the_bytes_arrive(tmp_path_factory, content, cuts):
    spool = Spool(tmp_path_factory.mktemp("spool"), 1000)
    edges = sorted({0, len(content), *(min(cut, len(content)) for cut in cuts)})
    with spool.begin("x") as file:
        for start, end in pairwise(edges):
            file.write(content[start:end])
        digests = file.digests
    assert digests.md5 == hashlib.md5(content).hexdigest()
    assert digests.sha1 == hashlib.sha1(content).hexdigest()
    assert digests.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("kept", [False, True])
def test_what_is_not_released_leaves_nothing(spool, kept):
    with pytest.raises(RuntimeError), spool.begin("upload_1") as file:
        file.write(b"half")
        if kept:
            file.keep()
        raise RuntimeError
    assert list(spool.folder.iterdir()) == []


def test_more_than_the_limit_is_refused(spool):
    with pytest.raises(UploadTooLargeError) as caught, spool.begin("upload_1") as file:
        file.write(b"x" * 1000)
        file.write(b"x")
    assert caught.value.field == "file"
    assert list(spool.folder.iterdir()) == []


def test_no_bytes_are_refused(spool):
    with pytest.raises(UploadEmptyError), spool.begin("upload_1") as file:
        file.keep()


def test_a_name_is_never_given_twice(spool):
    with spool.begin("upload_1"), pytest.raises(SpoolUnavailableError):
        spool.begin("upload_1")


def test_a_folder_that_cannot_be_made_is_a_service_problem(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SpoolUnavailableError):
        Spool(tmp_path / "file" / "spool", 10).begin("x")


def test_dropping_twice_is_fine(spool):
    with spool.begin("upload_1") as file:
        file.write(b"x")
        file.keep()
        file.release()
    spool.drop("upload_1")
    spool.drop("upload_1")
    assert not spool.path("upload_1").exists()


def test_the_sweep_takes_what_nobody_knows_and_spares_what_is_in_use(spool):
    spool.folder.mkdir()
    (spool.folder / "upload_dead.part").write_bytes(b"cut off")
    (spool.folder / "upload_orphan").write_bytes(b"never committed")
    (spool.folder / "upload_known").write_bytes(b"committed")
    with spool.begin("upload_arriving") as arriving, spool.begin("upload_kept") as kept:
        arriving.write(b"x")
        kept.write(b"x")
        kept.keep()
        assert spool.sweep(lambda name: name == "upload_known") == 2
        assert sorted(os.listdir(spool.folder)) == ["upload_arriving.part", "upload_kept", "upload_known"]
        arriving.discard()
        kept.release()
    assert spool.sweep(lambda name: name == "upload_known") == 1
    assert os.listdir(spool.folder) == ["upload_known"]


def test_sweeping_before_the_first_upload_is_fine(tmp_path):
    assert Spool(tmp_path / "none", 10).sweep(lambda name: False) == 0
