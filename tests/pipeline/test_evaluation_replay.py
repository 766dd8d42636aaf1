from evaluation_world import at, event, open_world, truth_of, write_set

from jacana.model.account import AccountState
from jacana.pipeline.evaluation.replay import BEFORE, LEAST_EVENTS, Replay, _split_days
from jacana.pipeline.evaluation.reviewer import AutomaticReviewer
from jacana.simulate.datasets.folder import KnownVerdicts


def replay(tmp_path, events):
    folder = write_set(tmp_path / "set", [], truth_of())
    with open_world(tmp_path / "jacana") as (stages, clock):
        clock.now = clock.now.replace(year=2025)
        told = []
        outcome = Replay(stages, clock, AutomaticReviewer(stages, KnownVerdicts(folder), 5)).run([events], told.append)
        with stages.db.read() as connection:
            kept = {row.account_id for row in stages.events.list_events(connection, "a")}
    return outcome, told, kept


def test_events_go_through_the_log_by_their_own_clock(tmp_path):
    events = [
        event(1, "account_created", "a", -3000),
        event(2, "session_started", "a", 1, device_id="d1", ip="10.0.0.9", session_id="s1"),
        event(3, "session_started", "a", 30, device_id="d1", ip="10.0.0.9", session_id="s2"),
    ]
    outcome, told, kept = replay(tmp_path, events)
    assert (outcome.events, outcome.refused, outcome.days, outcome.accounts) == (3, 0, 2, 1)
    assert outcome.last_at.isoformat().startswith(at(30)[:19])
    assert told == [1, 2, 3]
    assert kept == {"a"}
    assert not outcome.failed_work


def test_what_ingest_refuses_is_counted(tmp_path):
    outcome, _, _ = replay(tmp_path, [event(1, "session_started", "a", 1, ip="nowhere")])
    assert (outcome.events, outcome.refused) == (0, 1)


def test_a_day_is_cut_into_hours_unless_they_are_quiet():
    made = [event(0, "account_created", "a", -100), event(1, "account_created", "b", -90)]
    busy = [event(number, "follow", "a", 1 + number % 3) for number in range(3 * LEAST_EVENTS)]
    busy.sort(key=lambda one: one["occurred_at"])
    quiet = [event(9000 + hour, "follow", "a", 24 + hour) for hour in range(20)]
    portions = list(_split_days([made + busy + quiet]))
    assert [(day, len(events)) for day, events in portions] == [
        (BEFORE, 2),
        *[("2026-01-05", LEAST_EVENTS)] * 3,
        ("2026-01-06", 20),
    ]


def test_in_an_open_loop_nothing_is_withheld(tmp_path):
    folder = write_set(tmp_path / "set", [], truth_of())
    with open_world(tmp_path / "jacana") as (stages, clock):
        reviewer = AutomaticReviewer(stages, KnownVerdicts(folder), 0)
        replay = Replay(stages, clock, reviewer, open_loop=True)
        events = [event(0, "account_created", "a", 0.5)]
        events += [event(number, "session_started", "a", 1 + number) for number in (1, 2)]
        replay.run([events[:1]])
        with stages.db.write() as connection:
            stages.intake.set_account_state(connection, "a", AccountState.BANNED)
        outcome = replay.run([events[1:]])
    assert outcome.events == 3
    assert outcome.withheld == set()
