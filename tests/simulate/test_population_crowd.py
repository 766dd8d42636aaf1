from collections import Counter

from test_population_networks import is_allowed

from jacana.ingest.schema import parse_event
from jacana.simulate.population.crowd import Crowd
from jacana.simulate.population.kinds import Kind


def test_every_event_is_what_ingest_accepts(lived):
    for day in lived.days:
        for event in day:
            parse_event(event)


def test_days_follow_each_other(lived):
    times = [event["occurred_at"] for day in lived.days for event in day]
    assert times == sorted(times)
    assert len({event["occurred_at"][:10] for event in lived.days[5]}) == 1


def test_ids_are_unique(lived):
    ids = [event["id"] for day in lived.days for event in day]
    assert len(ids) == len(set(ids))


def test_every_kind_lives_there(lived):
    counts = Counter(one.kind for one in lived.truth.accounts.values())
    assert set(counts) == {kind.value for kind in Kind}
    assert counts[Kind.ORDINARY] > len(lived.truth.accounts) / 2


def test_the_number_of_accounts_is_about_what_was_asked(lived):
    assert abs(len(lived.truth.accounts) - 1200) <= 20


def test_every_account_that_does_something_was_made_first(lived):
    made = set()
    for day in lived.days:
        for event in day:
            if event["type"] == "account_created":
                made.add(event["account_id"])
            assert event["account_id"] in made


def test_no_address_belongs_to_anybody(lived):
    addresses = {event["ip"] for day in lived.days for event in day if "ip" in event}
    assert all(map(is_allowed, addresses))


def test_sizes_grow_with_accounts():
    def count(accounts: int) -> int:
        return sum(map(len, Crowd(1, accounts, 5).live()))

    small, large = count(500), count(2000)
    assert 2.5 < large / small < 6


def test_nothing_is_watched_before_it_is_uploaded(lived):
    there = set()
    for day in lived.days:
        for event in day:
            if event["type"] == "upload_registered":
                there.add(event["upload_id"])
            elif event["type"] == "video_viewed":
                assert event["upload_id"] in there
