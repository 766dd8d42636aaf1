from hypothesis import given, settings
from session_events import event_lists

from jacana.detect.accounts.state.fold import Folding, fold_events
from jacana.detect.accounts.state.record import AccountRecord, DeviceRecord, pack_record, unpack_record


@settings(max_examples=60, deadline=None)
@given(event_lists())
def test_packing_and_unpacking_gives_the_same_record(events):
    folding = Folding()
    fold_events(folding, events)
    for record in folding.accounts.values():
        assert unpack_record(pack_record(record)) == record


def test_a_long_record_is_deflated_and_a_short_one_is_not():
    short, long = AccountRecord(1, 2), AccountRecord(1, 2)
    long.devices = {f"{number:064x}": DeviceRecord(1, 2) for number in range(40)}
    assert pack_record(short)[0] == 0
    assert pack_record(long)[0] == 1
    assert len(pack_record(long)) < 40 * 64
    assert unpack_record(pack_record(long)) == long


def test_two_records_do_not_share_their_maps():
    one, other = AccountRecord(1, 1), AccountRecord(1, 1)
    one.devices["d"] = DeviceRecord(1, 1)
    assert other.devices == {}
