import pytest

from jacana.detect.accounts.state.devices import find_device, note_session, note_watching
from jacana.detect.accounts.state.record import (
    DAY_SECONDS,
    DEVICE_CAP,
    NETWORK_CAP,
    NETWORKS_PER_DEVICE,
    WATCHED_CAP,
    AccountRecord,
)

NOW = 1_700_000_000


def test_a_device_known_under_the_epoch_before_takes_its_new_key():
    record = AccountRecord(NOW, NOW)
    old, new = find_device(record, "old", None, NOW)
    assert new
    note_watching(record, old, 3, 20.0, NOW)
    renamed, new = find_device(record, "new", "old", NOW + 60)
    assert not new
    assert list(record.devices) == ["new"]
    assert renamed.first_seen == NOW
    assert renamed.watched == {3: NOW}


def test_a_device_known_under_both_keys_becomes_one():
    record = AccountRecord(NOW, NOW)
    for key, at in (("old", NOW), ("new", NOW + 10)):
        device, _ = find_device(record, key, None, at)
        note_session(record, device, {"device_attested": key == "old"}, True, at, "home")
        note_watching(record, device, 1, 5.0, at)
    both, new = find_device(record, "new", "old", NOW + 20)
    assert not new
    assert (both.first_seen, both.sessions, both.attested) == (NOW, 2, True)
    assert both.seconds == {NOW // DAY_SECONDS: 10}
    assert list(record.devices) == ["new"]


@pytest.mark.parametrize(
    ("steps", "sessions"),
    [
        ([(0, "s1", True), (60, "s1", False), (9000, "s1", False)], 1),
        ([(0, None, True), (60, None, False)], 1),
        ([(0, None, False), (1801, None, False)], 2),
        ([(0, None, True), (60, None, True)], 2),
        ([(0, "s1", False), (60, "s2", False)], 2),
    ],
    ids=["one-name", "no-name", "silence", "started-twice", "two-names"],
)
def test_a_session_counts_once(steps, sessions):
    record = AccountRecord(NOW, NOW)
    device, _ = find_device(record, "d", None, NOW)
    for later, name, started in steps:
        payload = {} if name is None else {"session_id": name}
        note_session(record, device, payload, started, NOW + later, "")
    assert device.sessions == sessions


def test_over_the_cap_the_device_seen_longest_ago_goes_and_it_is_said():
    record = AccountRecord(NOW, NOW)
    for number in range(DEVICE_CAP + 3):
        find_device(record, f"d{number}", None, NOW + number)
    assert len(record.devices) == DEVICE_CAP
    assert "d2" not in record.devices
    assert record.dropped == 3


def test_networks_and_watched_items_are_capped():
    record = AccountRecord(NOW, NOW)
    device, _ = find_device(record, "d", None, NOW)
    for number in range(NETWORKS_PER_DEVICE + 5):
        note_session(record, device, {}, False, NOW + number, f"n{number}")
    for number in range(WATCHED_CAP + 5):
        note_watching(record, device, number, 1.0, NOW + number)
    assert len(device.networks) == NETWORKS_PER_DEVICE
    assert len(device.watched) == WATCHED_CAP
    assert min(device.watched) == 5
    assert record.dropped == 10


def test_the_networks_of_an_account_are_capped():
    record = AccountRecord(NOW, NOW)
    for number in range(NETWORK_CAP + 20):
        device, _ = find_device(record, f"d{number // 8}", None, NOW)
        note_session(record, device, {}, False, NOW, f"n{number}")
    assert len(record.networks) == NETWORK_CAP
    assert record.dropped >= 20


def test_a_burst_of_new_devices_stands_out_from_a_quiet_baseline():
    record = AccountRecord(NOW, NOW)
    for number in range(6):
        find_device(record, f"d{number}", None, NOW + number * 10 * DAY_SECONDS)
    quiet = record.arrivals_fast / record.arrivals_slow
    for number in range(6, 14):
        find_device(record, f"d{number}", None, NOW + 51 * DAY_SECONDS)
    assert record.arrivals_fast / record.arrivals_slow > 2 * quiet
