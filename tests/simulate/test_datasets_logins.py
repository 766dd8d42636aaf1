from datetime import UTC, datetime, timedelta

import pytest

from jacana.ingest.schema import parse_event
from jacana.simulate.datasets.folder import read_event_batches, read_facts, read_set_truth
from jacana.simulate.datasets.logins import (
    ONLY_ME_UPLOADS,
    Login,
    LoginFileUnreadableError,
    Merging,
    RowProblem,
    convert_logins,
)

START = datetime(2020, 2, 3, tzinfo=UTC)


def read_logins(_path):
    for hour in range(5):
        for user in range(60):
            yield Login(f"u{user}", START + timedelta(hours=hour, seconds=user), f"d{user}", f"10.0.{user}.1", 64512)
    yield Login("rare", START, "d", None)
    yield RowProblem(9, "no user id")


def convert(tmp_path, **merging):
    done = convert_logins(tmp_path / "x", read_logins, tmp_path / "set", "rba", Merging(**{"size": 5, **merging}))
    events = [event for batch in read_event_batches(tmp_path / "set") for event in batch]
    return done, events, read_set_truth(tmp_path / "set")


def test_users_are_merged_and_the_truth_knows_them(tmp_path):
    done, events, truth = convert(tmp_path, share=0.2)
    merged = [one for one in truth.accounts.values() if one.kind == "merged"]
    assert done.merged == len(merged) == 2
    assert len(truth.accounts) == 60 - 2 * 5 + 2
    for one in merged:
        devices = {event["device_id"] for event in events if event["account_id"] == one.account_id}
        assert len(devices) == 5
        assert one.vault_at is not None


def test_every_event_is_one_that_ingest_accepts_and_ids_differ(tmp_path):
    _, events, _ = convert(tmp_path)
    for event in events:
        parse_event(event)
    assert len({event["id"] for event in events}) == len(events) == read_facts(tmp_path / "set").events


def test_each_account_gets_uploads_only_it_may_see(tmp_path):
    _, events, truth = convert(tmp_path)
    uploads = [event for event in events if event["type"] == "upload_registered"]
    assert {event["visibility"] for event in uploads} == {"only_me"}
    assert len(uploads) == ONLY_ME_UPLOADS * len(truth.accounts)


def test_what_cannot_be_read_and_what_is_left_out_is_counted(tmp_path):
    done, _, _ = convert(tmp_path)
    assert done.malformed == {"no user id": 1}
    assert done.problems == [RowProblem(9, "no user id")]
    assert done.left_out == 1


def test_no_more_users_are_taken_than_allowed(tmp_path):
    done, _, _ = convert(tmp_path, most_users=20)
    assert done.users == 20
    assert done.left_out == 40 * 5 + 1


def test_the_choice_depends_on_the_seed_alone(tmp_path):
    chosen = [convert(tmp_path / str(place), seed=seed)[2] for place, seed in enumerate((1, 1, 2))]
    assert chosen[0] == chosen[1] != chosen[2]


def test_too_few_users_are_refused(tmp_path):
    with pytest.raises(LoginFileUnreadableError) as caught:
        convert(tmp_path, size=40)
    assert caught.value.remedy
