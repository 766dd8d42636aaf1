from jacana.detect.accounts.state.record import DAY_SECONDS, AccountRecord, DeviceRecord, KnownNetwork
from jacana.detect.accounts.state.tidy import tidy_record

DAY = DAY_SECONDS
NOW = 20_000 * DAY


def test_what_lies_before_the_window_goes_and_the_rest_stays():
    fresh, stale = NOW - 29 * DAY, NOW - 31 * DAY
    record = AccountRecord(stale, NOW)
    record.devices = {
        "here": DeviceRecord(
            stale, fresh, networks={0: stale, 1: fresh}, watched={5: stale, 6: fresh}, seconds={stale // DAY: 9}
        ),
        "gone": DeviceRecord(NOW - 90 * DAY, NOW - 61 * DAY, networks={2: NOW - 61 * DAY}),
        "away": DeviceRecord(NOW - 90 * DAY, NOW - 59 * DAY),
    }
    record.networks = {name: KnownNetwork(number, 0) for number, name in enumerate(["n0", "n1", "n2"])}
    record.changes, record.notices = [stale, fresh], [stale]
    record.teasers, record.handovers = {1: stale, 2: fresh}, {3: stale}
    tidy_record(record, NOW)
    assert sorted(record.devices) == ["away", "here"]
    device = record.devices["here"]
    assert (device.networks, device.watched, device.seconds) == ({1: fresh}, {6: fresh}, {})
    assert list(record.networks) == ["n1"]
    assert (record.changes, record.notices) == ([fresh], [])
    assert (record.teasers, record.handovers) == ({2: fresh}, {})


def test_tidying_twice_changes_nothing_more():
    record = AccountRecord(NOW, NOW)
    record.devices = {"d": DeviceRecord(NOW, NOW, networks={0: NOW})}
    record.networks = {"n": KnownNetwork(0, 0)}
    tidy_record(record, NOW)
    once = (dict(record.devices), dict(record.networks))
    tidy_record(record, NOW)
    assert (record.devices, record.networks) == once
