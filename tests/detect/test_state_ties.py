from datetime import UTC, datetime

from jacana.detect.accounts.state.record import DAY_SECONDS, AccountRecord, DeviceRecord, KnownNetwork
from jacana.detect.accounts.state.ties import NETWORK_TIE_CAP, TieBook
from jacana.model.tie import TieKind

NOON = 20_000 * DAY_SECONDS + 43_200


def test_a_device_is_tied_when_new_and_every_three_days_and_no_event_is_lost():
    book, device = TieBook(), DeviceRecord(NOON, NOON)
    for later in (0, 60, 2 * DAY_SECONDS, 3 * DAY_SECONDS):
        book.note_device("a", "d", device, None, NOON + later)
    (tie,) = book.list_ties()
    assert tie.sessions + device.untied == 4
    assert (tie.kind, tie.entity, tie.account_id) == (TieKind.DEVICE, "d", "a")
    assert tie.first_seen_at == datetime.fromtimestamp(NOON, UTC)
    assert tie.last_seen_at == datetime.fromtimestamp(NOON + 3 * DAY_SECONDS, UTC)


def test_that_a_device_is_vouched_for_is_told_at_once():
    book, device = TieBook(), DeviceRecord(NOON, NOON)
    book.note_device("a", "d", device, None, NOON)
    device.attested = True
    book.note_device("a", "d", device, None, NOON + 1)
    assert book.list_ties()[0].attested


def test_a_device_others_are_tied_to_under_its_old_key_is_tied_under_both():
    book = TieBook()
    book.note_device("a", "new", DeviceRecord(NOON, NOON), "old", NOON)
    assert {tie.entity for tie in book.list_ties()} == {"new", "old"}


def test_a_network_is_tied_once_in_three_days_and_only_so_many_are():
    book, record = TieBook(), AccountRecord(NOON, NOON)
    for number in range(NETWORK_TIE_CAP + 1):
        record.networks[f"n{number}"] = KnownNetwork(number, 0)
        book.note_network("a", f"n{number}", record, NOON)
        book.note_network("a", f"n{number}", record, NOON + 2 * DAY_SECONDS)
    ties = book.list_ties()
    assert len(ties) == NETWORK_TIE_CAP
    assert {tie.sessions for tie in ties} == {1}


def test_a_network_the_account_does_not_know_leaves_no_tie():
    book = TieBook()
    book.note_network("a", "n", AccountRecord(NOON, NOON), NOON)
    assert book.list_ties() == []
