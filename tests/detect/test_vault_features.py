from hypothesis import given, settings
from session_events import EventMaker, event_lists

from jacana.detect.accounts.state.fold import Folding, fold_events
from jacana.detect.accounts.vault.features import can_be_vault, has_watchers, read_features
from jacana.model.event import EventType


def record_of(make: EventMaker, account: str = "a"):
    folding = Folding()
    fold_events(folding, make.events)
    return folding.accounts[account]


def test_the_features_of_a_vault():
    make = EventMaker()
    make.open_vault("a", 6, days=20, items=4)
    make.upload("a", 20, "teaser", "public")
    features = read_features(record_of(make), set(), linked=2)
    assert (features.clusters, features.weighed_clusters, features.watchers) == (6, 6.0, 6)
    assert (features.only_me_uploads, features.public_uploads, features.watched_items) == (4, 1, 4)
    assert (features.linked, features.one_time_share, features.uploading_share) == (2, 0.0, 0.0)
    assert features.observed_days == 20.0
    assert features.watched_seconds == 19 * 6 * 30
    assert features.urgent


def test_a_password_that_is_passed_on_is_a_change_that_keeps_its_devices():
    make = EventMaker()
    make.open_vault("a", 6, days=10)
    make.add(EventType.PASSWORD_CHANGED, "a", 10)
    for group in range(6):
        make.watch("a", 11, "a-0", f"a-d{group}", f"a-n{group}")
    assert read_features(record_of(make), set()).kept_changes == 1


def test_one_time_devices_and_a_burst_are_seen():
    make = EventMaker()
    make.upload("a", 0, "u", device_key="owner", ip_key="home")
    make.watch("a", 30, "u", "owner", "home")
    for guest in range(9):
        make.watch("a", 40 + guest / 100, "u", f"d{guest}", f"n{guest}")
    features = read_features(record_of(make), set())
    assert features.one_time_share == 1.0
    assert features.arrival_ratio > 2


def test_what_costs_little_to_ask():
    make = EventMaker()
    make.upload("a", 0, "u")
    make.watch("a", 1, "u", "d0", "n0")
    assert not can_be_vault(record_of(make))
    assert has_watchers(record_of(make))
    make.watch("a", 1, "u", "d1", "n0")
    assert can_be_vault(record_of(make))
    make.upload("b", 0, "p", "public")
    assert not has_watchers(record_of(make, "b"))


@settings(max_examples=60, deadline=None)
@given(event_lists())
def test_any_record_has_features_within_their_bounds(events):
    folding = Folding()
    fold_events(folding, events)
    for record in folding.accounts.values():
        features = read_features(record, {"n1", "n2"})
        assert 0 <= features.weighed_clusters <= features.clusters <= features.watchers
        assert 0 <= features.one_time_share <= 1
        assert 0 <= features.uploading_share <= 1
        assert 0 <= features.staff_share <= 1
        assert features.arrival_ratio > 0
        assert features.observed_days >= 0
        assert features.clusters < 2 or can_be_vault(record)
