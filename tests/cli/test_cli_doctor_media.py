"""The doctor notices a damaged index and a damaged catalogue, and names what to do."""

from pathlib import Path

import numpy as np
import pytest

from jacana.cli.doctor_machine import State
from jacana.cli.doctor_media import check_catalogue, check_index
from jacana.detect.media.catalogue.shard import collect_shard, write_shard
from jacana.detect.media.index.address import make_addresses
from jacana.detect.media.index.live import HashIndex
from jacana.settings import LoadedSettings, load_settings


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedSettings:
    return load_settings(environment={"JACANA_DATA_DIR": str(tmp_path)})


def fill_index(folder: Path) -> None:
    index = HashIndex.open(folder)
    index.add(np.random.default_rng(1).integers(0, 256, (2000, 32), dtype=np.uint8), make_addresses(1, 2000), 1)
    index.merge()
    index.close()


def test_nothing_yet_is_nothing_wrong(loaded: LoadedSettings) -> None:
    assert [result.state for check in (check_index, check_catalogue) for result in check(loaded)] == [State.OK] * 2
    assert not loaded.settings.resolved_index_dir().exists(), "the doctor makes nothing"


def test_what_is_whole_is_counted(loaded: LoadedSettings) -> None:
    fill_index(loaded.settings.resolved_index_dir())
    (result,) = check_index(loaded)
    assert (result.state, result.says) == (State.OK, "2000 hashes, every checksum right")


def test_a_flipped_byte_of_the_index_is_found(loaded: LoadedSettings) -> None:
    folder = loaded.settings.resolved_index_dir()
    fill_index(folder)
    largest = max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)
    results = list(check_index(loaded))
    assert {result.state for result in results} == {State.WRONG}
    assert "built anew" in results[0].remedy


def test_a_damaged_part_of_the_catalogue_is_named(loaded: LoadedSettings) -> None:
    folder = loaded.settings.resolved_catalogue_dir()
    folder.mkdir(parents=True)
    write_shard(folder / "000001.shard", collect_shard([(bytes(32), 0, np.zeros((3, 32), np.uint8))]))
    (result,) = check_catalogue(loaded)
    assert result.says.startswith("3 hashes")
    (folder / "000002.shard").write_bytes(b"rubbish")
    (result,) = check_catalogue(loaded)
    assert result.state is State.WRONG
    assert "000002.shard" in result.says
