from jacana.db.engine import Database
from jacana.detect.media.banks.banks import Banks
from jacana.model.bank import BankEntry
from jacana.web.hma.store import count_digests


def test_counts_what_can_match(database: Database, clock) -> None:
    banks = Banks(clock)
    with database.write() as connection:
        for name in ("one", "two"):
            banks.create(connection, name, "a test", actor="test")
        both = BankEntry(label="a", md5="a" * 32, sha1="b" * 40)
        banks.add_entries(connection, "one", [both, BankEntry(label="b", sha256="c" * 64)], "test")
        banks.add_entries(connection, "two", [BankEntry(label="c", md5="d" * 32)], "test")
    with database.read() as connection:
        assert count_digests(connection) == {"md5": 2, "sha1": 1, "sha256": 1}
    with database.write() as connection:
        banks.remove(connection, "two", "test")
        banks.retire(connection, "one", [banks.show(connection, "one").entries[0].id], "test", "test")
    with database.read() as connection:
        assert count_digests(connection) == {"md5": 0, "sha1": 0, "sha256": 1}
