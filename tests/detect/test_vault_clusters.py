import pytest
from session_events import EventMaker

from jacana.detect.accounts.state.fold import Folding, fold_events
from jacana.detect.accounts.vault.clusters import (
    ONE_SESSION_WEIGHT,
    UNPLACED_WEIGHT,
    Cluster,
    list_clusters,
    weigh_clusters,
)

DAY = 86_400


def record_of(make: EventMaker, account: str = "a"):
    folding = Folding()
    fold_events(folding, make.events)
    return folding.accounts[account]


def watched_by(*seen: tuple[str, str]):
    """A record whose only-me item was watched twice by each (device, network)."""
    make = EventMaker()
    make.upload("a", 0, "u")
    for day in (1, 2):
        for place, (device, network) in enumerate(seen):
            make.watch("a", day + place / 100, "u", device, network)
    return record_of(make)


def test_devices_that_share_a_network_are_one_group():
    record = watched_by(("d0", "home"), ("d1", "home"), ("d1", "work"), ("d2", "work"), ("d3", "elsewhere"))
    clusters = list_clusters(record, set())
    assert sorted(cluster.watchers for cluster in clusters) == [1, 3]


def test_a_hub_joins_nothing():
    record = watched_by(("d0", "carrier"), ("d1", "carrier"))
    assert len(list_clusters(record, set())) == 1
    apart = list_clusters(record, {"carrier"})
    assert [cluster.weight for cluster in apart] == [UNPLACED_WEIGHT, UNPLACED_WEIGHT]


def test_a_device_that_did_not_watch_joins_others_and_is_no_group_of_its_own():
    make = EventMaker()
    make.upload("a", 0, "u")
    make.watch("a", 1, "u", "d0", "home")
    make.watch("a", 1.1, "u", "d1", "work")
    make.log_in("a", 1.2, "d2", "home")
    make.log_in("a", 1.3, "d2", "work")
    make.log_in("a", 1.4, "d3", "café")
    assert len(list_clusters(record_of(make), set())) == 1


def test_what_was_watched_before_the_window_does_not_count():
    make = EventMaker()
    make.upload("a", 0, "u")
    for group in range(4):
        make.watch("a", 1, "u", f"d{group}", f"n{group}")
    make.watch("a", 32, "u", "d0", "n0")
    assert len(list_clusters(record_of(make), set())) == 1


def test_a_device_that_came_once_weighs_less():
    make = EventMaker()
    make.upload("a", 0, "u")
    make.watch("a", 1, "u", "d0", "n0")
    (cluster,) = list_clusters(record_of(make), set())
    assert cluster.weight == ONE_SESSION_WEIGHT
    assert cluster.one_time == 1


def make_cluster(first: int, last: int, weight: float = 1.0) -> Cluster:
    return Cluster(1, weight, first * DAY, last * DAY, uploads=False, staff=False, one_time=0)


@pytest.mark.parametrize(
    ("spans", "people"),
    [
        ([], 0.0),
        ([(0, 20)] * 6, 6.0),
        ([(0, 3), (4, 7), (8, 11), (12, 15)], 1.75),
        ([(0, 30), (1, 2), (4, 5)], 2.25),
    ],
    ids=["none", "together", "one-after-another", "owner-and-two"],
)
def test_groups_that_follow_one_another_count_a_quarter(spans, people):
    assert weigh_clusters([make_cluster(*span) for span in spans]) == pytest.approx(people)


def test_one_group_more_never_makes_it_less():
    spans = [(0, 5), (3, 9), (10, 12), (11, 30)]
    for taken in range(len(spans)):
        fewer, more = spans[:taken], spans[: taken + 1]
        assert weigh_clusters([make_cluster(*s) for s in more]) >= weigh_clusters([make_cluster(*s) for s in fewer])


def test_staff_and_uploads_are_told():
    make = EventMaker()
    make.upload("a", 0, "u", device_key="d0", ip_key="n0", device_attested=True)
    for day in range(0, 70, 5):
        make.watch("a", day + 0.5, "u", "d0", "n0")
    (cluster,) = list_clusters(record_of(make), set())
    assert cluster.staff
    assert cluster.uploads
