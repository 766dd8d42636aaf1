from session_events import EventMaker

from jacana.detect.accounts.state.fold import Folding, fold_events
from jacana.detect.accounts.vault.features import read_features
from jacana.model.event import EventType


def is_taken(make: EventMaker) -> bool:
    folding = Folding()
    fold_events(folding, make.events)
    return read_features(folding.accounts["a"], set()).takeover


def live(make: EventMaker, first: int, last: int, device: str) -> None:
    for day in range(first, last):
        make.watch("a", day, "u", device, f"at-{device}")


def owner_from(first: int, last: int) -> EventMaker:
    make = EventMaker()
    make.upload("a", first, "u", device_key="own", ip_key="at-own")
    live(make, first, last, "own")
    return make


def test_who_is_locked_out_by_a_stranger_is_a_victim():
    make = owner_from(0, 20)
    live(make, 20, 21, "stranger")
    make.add(EventType.PASSWORD_CHANGED, "a", 21)
    live(make, 22, 25, "stranger")
    assert is_taken(make)


def test_who_locks_the_stranger_out_again_is_a_victim():
    make = owner_from(0, 20)
    live(make, 18, 21, "stranger")
    make.add(EventType.PASSWORD_CHANGED, "a", 21, device_key="own", ip_key="at-own")
    live(make, 22, 28, "own")
    assert is_taken(make)


def test_a_complaint_beside_a_newcomer_and_a_change_counts_and_alone_it_does_not():
    make = owner_from(0, 20)
    live(make, 20, 24, "stranger")
    make.add(EventType.NOTICE_RECEIVED, "a", 22, source="user")
    live(make, 24, 26, "own")
    assert not is_taken(make)
    make.add(EventType.PASSWORD_CHANGED, "a", 22)
    assert is_taken(make)


def test_a_changed_password_without_a_stranger_is_nothing():
    make = owner_from(0, 20)
    make.add(EventType.PASSWORD_CHANGED, "a", 20)
    live(make, 21, 25, "own")
    assert not is_taken(make)


def test_a_crowd_is_no_intruder():
    make = owner_from(0, 20)
    for stranger in range(8):
        live(make, 18, 20, f"s{stranger}")
    make.add(EventType.PASSWORD_CHANGED, "a", 20)
    live(make, 21, 25, "own")
    assert not is_taken(make)


def test_who_draws_new_strangers_after_the_change_is_no_victim():
    make = owner_from(0, 20)
    live(make, 18, 20, "stranger")
    make.add(EventType.PASSWORD_CHANGED, "a", 20)
    live(make, 21, 25, "own")
    assert is_taken(make)
    live(make, 25, 27, "next")
    assert not is_taken(make)
