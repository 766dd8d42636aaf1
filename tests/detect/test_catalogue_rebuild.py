"""A lost catalogue comes back from the database; what is in it already is not doubled."""

from pathlib import Path

from test_catalogue_shelf import make_facts, names

from jacana.db.engine import Database
from jacana.detect.media import store as media_store
from jacana.detect.media.catalogue.rebuild import rebuild_catalogue
from jacana.detect.media.catalogue.shelf import Catalogue


def test_what_is_missing_is_added(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        for name in range(5):
            media_store.save_facts(connection, make_facts(name, frames=0 if name == 4 else 10))
    catalogue = Catalogue(tmp_path)
    catalogue.append(make_facts(2))
    heard: list[tuple[int, int]] = []
    assert rebuild_catalogue(database, catalogue, lambda done, total: heard.append((done, total))) == 3
    assert sorted(names(catalogue)) == [0, 1, 2, 3]
    assert heard[-1] == (5, 5)
    assert rebuild_catalogue(database, catalogue, lambda done, total: None) == 0


def test_a_damaged_part_is_set_aside_and_its_files_come_back(database: Database, tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path, max_hashes=10)
    with database.write() as connection:
        for name in range(4):
            media_store.save_facts(connection, make_facts(name))
            catalogue.append(make_facts(name))
    first = catalogue.list_parts()[0].path
    data = bytearray(first.read_bytes())
    data[70] ^= 1
    first.write_bytes(data + b"JCB1" + bytes(100))
    assert catalogue.seal_full(), "one damaged log does not keep the others from being sealed"
    lost = 4 - sum(len(part.read().sha256) for part in catalogue.list_parts()[1:])
    assert rebuild_catalogue(database, catalogue, lambda done, total: None) == lost > 0
    assert sorted(names(catalogue)) == [0, 1, 2, 3]
    assert first.with_name(first.name + ".damaged").exists()
