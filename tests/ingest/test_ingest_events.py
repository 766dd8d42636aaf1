import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jacana.audit import last_entry, verify_log
from jacana.db.tables.ingest import ingest_accounts, ingest_events
from jacana.ingest.events import SURFACE_OF, TEXT_SURFACE_OF, EventStatus, EventUnknownError
from jacana.ingest.intake import Intake
from jacana.ingest.personal import DeviceKeys
from jacana.ingest.recorded import derive_event_id
from jacana.ingest.surfaces import Surface
from jacana.model.event import EventType
from jacana.model.upload import Visibility

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
SPECIFIC = {
    "session_ended": {"session_id": "s"},
    "upload_registered": {"upload_id": "clip-1", "visibility": "public", "caption": "words"},
    "visibility_changed": {"upload_id": "clip-1", "visibility": "only_me"},
    "video_viewed": {"upload_id": "clip-1"},
    "message_sent": {"conversation_id": "c", "recipient_ids": ["bert"], "text": "words"},
    "comment_posted": {"upload_id": "clip-1", "text": "words"},
    "search_performed": {"text": "words"},
    "follow": {"target_account_id": "bert"},
    "instrument_added": {"kind": "payment", "instrument": "card 1"},
    "invitation_used": {"inviter_id": "bert"},
    "text_checked": {"field": "comment", "text": "words"},
    "notice_received": {"source": "user", "text": "words"},
}


def event(kind, id="e1", minutes=0, account_id="anna", **fields):
    at = (START + timedelta(minutes=minutes)).isoformat()
    return {"type": kind, "id": id, "account_id": account_id, "occurred_at": at, **SPECIFIC.get(kind, {}), **fields}


def statuses(results):
    return [result.status.value for result in results]


def rows(database):
    with database.read() as connection:
        return connection.execute(sa.select(ingest_events).order_by(ingest_events.c.id)).all()


@pytest.mark.parametrize("kind", [str(kind) for kind in EventType])
def test_every_type_is_taken_and_comes_back(log, database, clock, kind):
    (result,) = log.append([event(kind)], "key:1")
    assert result.status is EventStatus.ACCEPTED
    with database.read() as connection:
        (read,) = log.list_events(connection, "anna")
    assert (read.type.value, read.occurred_at, read.received_at) == (kind, START, clock())
    assert read.id == derive_event_id(EventType(kind), "e1")


def test_a_bad_item_never_loses_the_rest(log, database):
    results = log.append(
        [event("follow", "1"), {"type": "follow"}, 7, event("follow", "2"), {"type": "folow"}], "key:1"
    )
    assert statuses(results) == ["accepted", "refused", "refused", "accepted", "refused"]
    assert [result.index for result in results] == [0, 1, 2, 3, 4]
    assert {problem.field for problem in results[1].problems} == {
        "events[1].id", "events[1].account_id", "events[1].occurred_at", "events[1].target_account_id"
    }  # fmt: skip
    assert results[4].problems[0].remedy == "did you mean follow?"
    assert len(rows(database)) == 2


def test_a_repetition_is_a_duplicate_even_within_a_batch(log, database):
    assert statuses(log.append([event("follow"), event("follow")], "key:1")) == ["accepted", "duplicate"]
    assert statuses(log.append([event("follow")], "key:1")) == ["duplicate"]
    assert len(rows(database)) == 1


def test_ids_are_of_their_type(log):
    assert statuses(log.append([event("follow"), event("password_changed")], "key:1")) == ["accepted", "accepted"]


def test_an_id_with_other_fields_is_refused(log):
    log.append([event("follow")], "key:1")
    (result,) = log.append([event("follow", target_account_id="carla")], "key:1")
    assert (result.status, result.problems[0].code) == (EventStatus.REFUSED, "ingest.event_conflict")
    assert result.problems[0].field == "events[0].id"


def test_personal_data_and_text_are_sealed(log, database, sealer, clock):
    sent = event("message_sent", ip="192.0.2.9", port=80, device_id="phone", text="private words")
    log.append([sent], "key:1")
    (row,) = rows(database)
    assert "192.0.2.9" not in repr(tuple(row))
    assert "private words" not in repr(tuple(row))
    assert row.payload["ip_key"] == sealer.blind("192.0.2.9", "ip")
    assert row.payload["device_key"] == DeviceKeys(sealer, 365).blind("phone", clock())
    assert row.payload["port"] == 80
    with database.read() as connection:
        opened = log.open_sealed(connection, row.id)
        found, again = log.find_event(connection, row.id)
        assert (found.id, again) == (row.id, opened)
        assert log.find_event(connection, "event_none") is None
    assert opened == {"ip": "192.0.2.9", "device_id": "phone", "text": "private words"}


def test_an_event_without_secrets_has_nothing_to_open(log, database):
    log.append([event("follow")], "key:1")
    with database.read() as connection:
        assert log.open_sealed(connection, derive_event_id(EventType.FOLLOW, "e1")) == {}
        with pytest.raises(EventUnknownError):
            log.open_sealed(connection, "event_none")


def test_a_device_has_one_key_in_uploads_and_events(log, send, database):
    upload = send(device_id="phone").upload
    log.append([event("session_started", device_id="phone")], "key:1")
    assert rows(database)[0].payload["device_key"] == upload.device_key


@pytest.mark.parametrize("kind", [kind for kind, surface in SURFACE_OF.items() if surface])
def test_an_event_of_a_surface_that_is_off_is_refused(make_log, database, kind):
    off = make_log(**{f"{SURFACE_OF[kind]}_legal_basis": ""})
    results = off.append([event(str(kind)), event("notice_received")], "key:1")
    assert statuses(results) == ["refused", "accepted"]
    assert results[0].problems[0].code == "ingest.surface_off"
    assert results[0].problems[0].remedy
    assert results[0].id == "e1"


@pytest.mark.parametrize("kind", TEXT_SURFACE_OF)
def test_text_of_a_surface_that_is_off_is_dropped_and_the_event_kept(make_log, database, kind):
    name, surface = TEXT_SURFACE_OF[kind]
    off = make_log(**{f"{surface}_legal_basis": ""})
    origin = {} if kind is EventType.TEXT_CHECKED else {"ip": "192.0.2.9"}
    (result,) = off.append([event(str(kind), **origin)], "key:1")
    assert (result.status, result.dropped) == (EventStatus.ACCEPTED, (name,))
    with database.read() as connection:
        assert off.open_sealed(connection, rows(database)[0].id) == origin


def test_a_notice_is_taken_whatever_is_off(make_log, database):
    off = make_log(**{f"{surface}_legal_basis": "" for surface in Surface})
    assert statuses(off.append([event("notice_received", text="look at this")], "key:1")) == ["accepted"]
    with database.read() as connection:
        assert off.open_sealed(connection, rows(database)[0].id) == {"text": "look at this"}


def account(database):
    with database.read() as connection:
        return connection.execute(sa.select(ingest_accounts)).one()


def test_an_account_is_made_and_changed(log, database):
    log.append([event("account_created", screen_name="one", bio="b", email="a@example.org", declared_age=20)], "key:1")
    assert (account(database).created_at, account(database).declared_age) == (START, 20)
    log.append([event("account_updated", "e2", 5, screen_name="two", bio=None)], "key:1")
    row = account(database)
    assert (row.screen_name, row.bio, row.created_at) == ("two", None, START)
    assert row.email_sealed is not None


@pytest.mark.parametrize("batches", [1, 2])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_latest_fact_wins_in_whatever_order_events_come(log, database, batches, order):
    sent = [
        event("account_created", "e1", 0, screen_name="first"),
        event("account_updated", "e2", 5, screen_name="second"),
        event("account_updated", "e3", 9, screen_name="third"),
    ]
    arranged = [sent[index] for index in order]
    for batch in [arranged] if batches == 1 else [[item] for item in arranged]:
        assert set(statuses(log.append(batch, "key:1"))) == {"accepted"}
    assert (account(database).screen_name, account(database).created_at) == ("third", START)


def test_visibility_follows_the_latest_change_of_the_owner(log, send, intake: Intake, database):
    upload = send().upload

    def visibility():
        with database.read() as connection:
            return intake.load_upload(connection, upload.id).visibility

    log.append([event("visibility_changed", "e1", 5, visibility="only_me")], "key:1")
    assert visibility() is Visibility.ONLY_ME
    log.append([event("visibility_changed", "e2", 3, visibility="friends")], "key:1")
    assert visibility() is Visibility.ONLY_ME
    (result,) = log.append([event("visibility_changed", "e3", 9, account_id="bert", visibility="public")], "key:1")
    assert (result.problems[0].code, result.problems[0].field) == ("ingest.upload_of_another", "events[0].account_id")
    assert visibility() is Visibility.ONLY_ME
    assert rows(database)[0].upload_id == upload.id


def test_an_event_about_an_upload_that_is_not_known_yet_is_kept(log, database):
    assert statuses(log.append([event("visibility_changed")], "key:1")) == ["accepted"]
    assert rows(database)[0].upload_id is None
    assert rows(database)[0].payload["upload_id"] == "clip-1"


def test_a_duplicate_stays_one_after_its_upload_came_from_another(log, send):
    log.append([event("visibility_changed", account_id="bert")], "key:1")
    send()
    assert statuses(log.append([event("visibility_changed", account_id="bert")], "key:1")) == ["duplicate"]


def test_a_batch_is_audited_once_with_counts(log, database):
    log.append([event("follow", str(number)) for number in range(5)], "key:1")
    log.append([event("follow", "0")], "key:1")
    with database.read() as connection:
        entry = last_entry(connection, "events.accepted")
        assert (entry.actor, entry.details) == ("key:1", {"accepted": 5, "judged": 5})
        assert verify_log(connection).size == 1


def test_the_same_batches_at_once_are_stored_once(log, database):
    batch = [event("account_updated", f"e{number}", number, account_id=f"a{number % 7}") for number in range(60)]
    start, answers, problems = threading.Barrier(4, timeout=30), [], []

    def race(number):
        start.wait()
        try:
            answers.append(log.append(batch if number % 2 else batch[::-1], f"key:{number}"))
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert len(rows(database)) == 60
    assert sum(status == "accepted" for answer in answers for status in statuses(answer)) == 60


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ODD = st.builds(
    lambda kind, changed: {**event(kind), **changed},
    st.sampled_from([str(kind) for kind in EventType]),
    st.dictionaries(
        st.sampled_from(["id", "account_id", "occurred_at", "text", "ip", "seconds", "upload_id", "type"]), JSON
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(JSON | ODD, max_size=5))
def test_any_json_gets_an_answer_and_only_what_was_accepted_is_stored(log, database, items):
    before = len(rows(database))
    results = log.append(items, "key:1")
    assert [result.index for result in results] == list(range(len(items)))
    for result in results:
        assert (result.status is EventStatus.REFUSED) == bool(result.problems)
    assert len(rows(database)) - before == statuses(results).count("accepted")


def test_events_are_numbered_in_the_order_of_commits_and_come_back_opened(log, database):
    log.append([event("comment_posted", "1"), event("follow", "2")], "key:1")
    log.append([event("follow", "3", account_id="bert")], "key:1")
    with database.read() as connection:
        assert log.last_sequence(connection) == 3
        told = log.list_after(connection, 0, 10)
        assert [one.sequence for one, _ in told] == [1, 2, 3]
        assert {one.type.value: opened for one, opened in told}["comment_posted"] == {"text": "words"}
        assert [one.sequence for one, _ in log.list_after(connection, 1, 1)] == [2]
        assert [one.sequence for one, _ in log.load_events(connection, [3, 1, 9])] == [1, 3]


def test_old_events_are_forgotten_in_portions_and_numbers_never_come_twice(log, database, clock):
    log.append([event("follow", str(number)) for number in range(5)], "key:1")
    with database.write() as connection:
        assert log.forget_before(connection, clock.now, 9, 2) == []
        limit = clock.now + timedelta(seconds=1)
        assert log.forget_before(connection, limit, 4, 2) == [1, 2]
        assert log.forget_before(connection, limit, 3, 10) == [3]  # what waits to be worked stays
        assert log.forget_before(connection, limit, 9, 10) == [4]
        assert log.forget_before(connection, limit, 9, 10) == []  # the newest stays: its number must not be given again
    log.append([event("follow", "later")], "key:1")
    with database.read() as connection:
        assert [one.sequence for one, _ in log.list_after(connection, 0, 10)] == [5, 6]


def test_a_checked_message_needs_the_basis_for_messages(make_log):
    log = make_log(messages_legal_basis="")
    (result,) = log.append([event("text_checked", field="message")], "key:1")
    assert (result.status, result.dropped) == (EventStatus.ACCEPTED, ("text",))
