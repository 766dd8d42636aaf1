import copy
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from session_events import START, EventMaker, event_lists, split_list

from jacana.detect.accounts.state.fold import Folding, fold_events
from jacana.detect.accounts.state.uploads import count_uploads
from jacana.model.event import EventType
from jacana.model.tie import TieKind


def fold(events, folding=None):
    folding = folding or Folding()
    fold_events(folding, events)
    return folding


def add_up(ties):
    total = {}
    for tie in ties:
        key = (tie.kind, tie.entity, tie.account_id)
        first, last, count, attested = total.get(key, (tie.first_seen_at, tie.last_seen_at, 0, False))
        total[key] = (
            min(first, tie.first_seen_at),
            max(last, tie.last_seen_at),
            count + tie.sessions,
            attested or tie.attested,
        )
    return total


@settings(max_examples=80, deadline=None)
@given(event_lists(), st.lists(st.integers(0, 100), max_size=4))
def test_any_partition_into_batches_gives_what_one_batch_gives(events, cuts):
    whole, parts, ties = fold(events), Folding(), []
    for batch in split_list(events, cuts):
        tied = frozenset(tie.entity for tie in ties if tie.kind is TieKind.DEVICE)  # what load() reads
        parts = fold(batch, Folding(parts.accounts, parts.networks, tied))
        ties += parts.ties.list_ties()
    assert parts.accounts == whole.accounts
    assert parts.networks == whole.networks
    assert add_up(ties) == add_up(whole.ties.list_ties())


@settings(max_examples=60, deadline=None)
@given(event_lists())
def test_a_replay_changes_nothing(events):
    first = fold(events)
    before = copy.deepcopy((first.accounts, first.networks))
    again = fold(events, Folding(first.accounts, first.networks))
    assert (again.accounts, again.networks) == before
    assert again.ties.list_ties() == []
    assert not again.changed_accounts
    assert again.skipped == {event.id for event in events}


def test_watching_ones_own_only_me_item_counts_and_nothing_else_does():
    make = EventMaker()
    make.upload("a", 0, "secret")
    make.upload("a", 0, "open", "public")
    make.upload("b", 0, "other")
    for upload in ("secret", "open", "other", "unknown"):
        make.watch("a", 1, upload, "d", "n")
    device = fold(make.events).accounts["a"].devices["d"]
    assert list(device.watched) == [0]
    assert sum(device.seconds.values()) == 30


def test_what_counts_is_who_may_see_it_at_that_time():
    make = EventMaker()
    make.upload("a", 0, "u", "public")
    make.watch("a", 1, "u", "before", "n")
    make.add(EventType.VISIBILITY_CHANGED, "a", 2, upload_id="u", visibility="only_me")
    make.watch("a", 3, "u", "during", "n")
    make.add(EventType.VISIBILITY_CHANGED, "a", 4, upload_id="u", visibility="public")
    make.watch("a", 5, "u", "after", "n")
    record = fold(make.events).accounts["a"]
    assert [key for key, device in record.devices.items() if device.watched] == ["during"]
    assert count_uploads(record) == (1, 0)


def test_what_happened_earlier_and_is_told_later_moves_only_the_beginning():
    make = EventMaker()
    make.log_in("a", 5, "d", "n")
    make.log_in("a", 2, "d", "n")
    record = fold(make.events).accounts["a"]
    assert (record.last_seen - record.first_seen) == 3 * 86_400
    assert record.devices["d"].first_seen == record.first_seen


def test_a_wrong_clock_cannot_let_everything_expire():
    make = EventMaker()
    make.log_in("a", 0, "d", "n")
    wrong = make.log_in("a", 3_000, "e", "n")
    folding = fold([make.events[0], replace(wrong, received_at=START + timedelta(hours=1))])
    assert set(folding.accounts["a"].devices) == {"d", "e"}


def test_a_notice_says_nothing_of_the_devices_of_whom_it_is_about():
    make = EventMaker()
    make.add(EventType.NOTICE_RECEIVED, "a", 0, source="user", device_key="d", ip_key="n")
    make.add(EventType.NOTICE_RECEIVED, "a", 0, source="user", upload_id="u")
    record = fold(make.events).accounts["a"]
    assert record.devices == {}
    assert len(record.notices) == 1


def test_ties_of_every_kind():
    make = EventMaker()
    make.upload("a", 0, "u", sha256="f" * 64, device_key="d", ip_key="n")
    for kind in ("payment", "recovery_email", "recovery_phone"):
        make.add(EventType.INSTRUMENT_ADDED, "a", 1, kind=kind, instrument_key=f"key-{kind}")
    make.add(EventType.INVITATION_USED, "a", 2, inviter_id="host")
    ties = {(tie.kind, tie.entity, tie.account_id) for tie in fold(make.events).ties.list_ties()}
    assert ties == {
        (TieKind.DEVICE, "d", "a"),
        (TieKind.NETWORK, "n", "a"),
        (TieKind.CONTENT, "f" * 64, "a"),
        (TieKind.PAYMENT, "key-payment", "a"),
        (TieKind.RECOVERY_EMAIL, "key-recovery_email", "a"),
        (TieKind.RECOVERY_PHONE, "key-recovery_phone", "a"),
        (TieKind.INVITATION, "host", "a"),
        (TieKind.INVITATION, "host", "host"),
    }


def test_a_hub_leaves_no_tie():
    make = EventMaker()
    for account in range(30):
        make.log_in(f"a{account}", account / 100, f"d{account}", "carrier")
    tied = {tie.account_id for tie in fold(make.events).ties.list_ties() if tie.kind is TieKind.NETWORK}
    assert "a0" in tied
    assert "a29" not in tied


def test_flags_and_changes_are_kept():
    make = EventMaker()
    make.add(EventType.ACCOUNT_CREATED, "a", 0, organisation=True, two_factor=True)
    make.add(EventType.ACCOUNT_UPDATED, "a", 1, two_factor=False)
    make.add(EventType.PASSWORD_CHANGED, "a", 2)
    make.add(EventType.RECOVERY_CHANGED, "a", 3)
    record = fold(make.events).accounts["a"]
    assert (record.organisation, record.two_factor, len(record.changes)) == (True, False, 2)
