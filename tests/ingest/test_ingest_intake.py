import hashlib
import os
import threading

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jacana.audit import list_entries, verify_log
from jacana.db.outbox import list_due
from jacana.db.tables.ingest import ingest_accounts, ingest_idempotency, ingest_uploads
from jacana.ingest import intake as intake_module
from jacana.ingest.intake import (
    AccountUnknownError,
    IdempotencyKeyReusedError,
    UploadConflictError,
    UploadUnknownError,
)
from jacana.ingest.schema import parse_metadata
from jacana.ingest.surfaces import SurfaceOffError
from jacana.model.account import AccountState
from jacana.model.upload import UploadPersonal, UploadState, Visibility


def count(database, table) -> int:
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def spooled(tmp_path):
    return sorted(os.listdir(tmp_path / "spool"))


def test_an_upload_is_stored_audited_and_promised_to_screening(intake, send, database, clock, tmp_path):
    acceptance = send(b"some bytes", caption="hello", file_name="a.mp4")
    upload = acceptance.upload
    assert not acceptance.duplicate
    assert upload.state is UploadState.RECEIVED
    assert upload.visibility is Visibility.PUBLIC
    assert upload.digests.sha256 == hashlib.sha256(b"some bytes").hexdigest()
    assert (upload.size_bytes, upload.caption, upload.received_at) == (10, "hello", clock())
    with database.read() as connection:
        assert intake.load_upload(connection, upload.id) == upload
        assert intake.find_upload(connection, "clip-1") == upload
        assert intake.list_uploads_of(connection, "anna") == [upload]
        assert intake.spool_path(connection, upload.id).read_bytes() == b"some bytes"
        ((_, entry),) = list_entries(connection, subject=upload.id)
        assert (entry.actor, entry.verb) == ("key:key_1", "upload.accepted")
        assert entry.details["legal_basis"] == "test"
        (row,) = list_due(connection, clock())
        assert (row.topic, row.payload) == ("screen_upload", {"upload_id": upload.id})
        assert verify_log(connection).green
    assert spooled(tmp_path) == [upload.id]


def test_personal_data_is_sealed_in_the_row_and_comes_back_for_reports(intake, send, database):
    upload = send().upload
    with database.read() as connection:
        row = connection.execute(sa.select(ingest_uploads)).one()
        account = connection.execute(sa.select(ingest_accounts)).one()
        stored = repr(tuple(row)) + repr(tuple(account))
        assert intake.load_personal(connection, upload.id) == UploadPersonal(
            "192.0.2.44", 4711, "device of anna", "Anna@Example.org"
        )
    assert "192.0.2.44" not in stored
    assert "device of anna" not in stored
    assert "Example.org" not in stored
    assert len(upload.device_key) == 64


def test_equal_devices_have_equal_keys(send):
    one = send(b"1", network_id="1").upload
    two = send(b"2", network_id="2", account={"id": "bert"}).upload
    three = send(b"3", network_id="3", device_id="another").upload
    assert one.device_key == two.device_key != three.device_key


def test_an_account_is_counted_and_its_facts_stay_when_left_out(intake, send, database):
    send(b"1", network_id="1")
    send(b"2", network_id="2", account={"id": "anna", "display_name": "A.", "screen_name": None})
    with database.read() as connection:
        account = intake.load_account(connection, "anna")
        assert (account.screen_name, account.display_name) == ("Anna", "A.")
        assert (account.upload_count, account.confirmed_count, account.state) == (2, 0, AccountState.ACTIVE)
        assert intake.load_account(connection, "anna", 3).confirmed_count == 3


def test_an_upload_of_a_banned_account_is_taken_and_the_ban_stays(intake, send, database):
    send(b"1", network_id="1")
    with database.write() as connection:
        intake.set_account_state(connection, "anna", AccountState.BANNED)
    assert send(b"2", network_id="2").upload.state is UploadState.RECEIVED
    with database.read() as connection:
        assert intake.load_account(connection, "anna").state is AccountState.BANNED


@pytest.mark.parametrize("key", [None, "retry-1"])
def test_the_same_request_again_is_recognised(intake, send, database, tmp_path, key):
    first = send(key=key)
    again = send(key=key)
    assert again.duplicate
    assert again.upload == first.upload
    assert count(database, ingest_uploads) == 1
    assert spooled(tmp_path) == [first.upload.id]


def test_a_repetition_tells_the_state_of_now(intake, send, database):
    upload = send(key="k").upload
    with database.write() as connection:
        intake.set_upload_state(connection, upload.id, UploadState.RELEASED)
    assert send(key="k").upload.state is UploadState.RELEASED


@pytest.mark.parametrize(
    "changed", [{"content": b"other bytes"}, {"visibility": "only_me"}, {"network_id": "clip-2"}, {"ip": "192.0.2.45"}]
)
def test_a_key_with_another_request_is_a_conflict(send, database, tmp_path, changed):
    first = send(key="k")
    with pytest.raises(IdempotencyKeyReusedError) as caught:
        send(**{"key": "k", **changed})
    assert caught.value.field == "Idempotency-Key"
    assert count(database, ingest_uploads) == 1
    assert spooled(tmp_path) == [first.upload.id]


def test_the_same_network_id_under_another_key_is_a_duplicate_and_the_key_is_remembered(send, database):
    first = send(key="one")
    assert send(key="two").upload == first.upload
    assert count(database, ingest_idempotency) == 2
    with pytest.raises(IdempotencyKeyReusedError):
        send(b"other", key="two")


@pytest.mark.parametrize("changed", [{"content": b"other"}, {"account": {"id": "bert"}}])
def test_a_network_id_with_other_bytes_or_another_owner_is_a_conflict(send, tmp_path, changed):
    first = send()
    with pytest.raises(UploadConflictError) as caught:
        send(**changed)
    assert caught.value.field == "network_id"
    assert spooled(tmp_path) == [first.upload.id]


def test_identical_bytes_of_two_uploads_are_found_together(intake, send, database):
    one = send(b"same", network_id="1").upload
    two = send(b"same", network_id="2", account={"id": "bert"}).upload
    send(b"else", network_id="3")
    with database.read() as connection:
        assert {item.id for item in intake.list_uploads_by_sha256(connection, one.digests.sha256)} == {one.id, two.id}


@pytest.mark.parametrize("key", [None, "k"])
def test_identical_requests_at_once_make_one_upload(intake, send, database, tmp_path, key):
    start, answers, problems = threading.Barrier(6, timeout=30), [], []

    def race():
        start.wait()
        try:
            answers.append(send(b"raced", key=key))
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert len({answer.upload.id for answer in answers}) == 1
    assert sorted(answer.duplicate for answer in answers) == [False] + [True] * 5
    assert count(database, ingest_uploads) == 1
    assert spooled(tmp_path) == [answers[0].upload.id]


def test_with_uploads_off_nothing_is_taken(make_intake, send, database):
    off = make_intake(uploads_legal_basis="")
    with pytest.raises(SurfaceOffError):
        off.require_open()
    with pytest.raises(SurfaceOffError):
        send(into=off)
    assert count(database, ingest_uploads) == 0


def test_a_caption_without_a_legal_basis_is_dropped_and_that_is_said(make_intake, send):
    acceptance = send(into=make_intake(public_text_legal_basis=""), caption="words")
    assert acceptance.dropped == ("caption",)
    assert acceptance.upload.caption is None


def test_an_object_of_the_store_becomes_an_upload(make_intake, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a.mp4").write_bytes(b"stored bytes")
    intake = make_intake(intake_store_url=(tmp_path / "store").as_uri())
    with intake.begin() as file:
        intake.copy_object("a.mp4", file)
        upload = intake.accept(
            parse_metadata({"network_id": "1", "account": {"id": "anna"}, "visibility": "public"}), file, key_id="key_1"
        ).upload
    assert upload.digests.sha256 == hashlib.sha256(b"stored bytes").hexdigest()


def test_a_commit_that_may_have_happened_leaves_the_bytes_for_the_sweep(intake, send, database, tmp_path, monkeypatch):
    def commit_then_break(db, work):
        with db.write() as connection:
            work(connection)
        raise ConnectionError

    monkeypatch.setattr(intake_module.store, "write_through_races", commit_then_break)
    with pytest.raises(ConnectionError):
        send(b"committed", network_id="1")
    monkeypatch.setattr(
        intake_module.store, "write_through_races", lambda db, work: (_ for _ in ()).throw(ConnectionError)
    )
    with pytest.raises(ConnectionError):
        send(b"not committed", network_id="2")
    assert len(spooled(tmp_path)) == 2
    assert intake.sweep_spool() == 1
    with database.read() as connection:
        upload = intake.find_upload(connection, "1")
        assert intake.spool_path(connection, upload.id).read_bytes() == b"committed"


def test_dropping_is_idempotent_and_forgets_the_file(intake, send, database, tmp_path):
    upload = send().upload
    intake.drop_spool(upload.id)
    intake.drop_spool(upload.id)
    intake.drop_spool("upload_none")
    assert spooled(tmp_path) == []
    with database.read() as connection:
        assert intake.spool_path(connection, upload.id) is None


def test_a_crash_between_forgetting_and_deleting_is_swept(intake, send, database, tmp_path, monkeypatch):
    upload = send().upload
    monkeypatch.setattr(intake._spool, "drop", lambda name: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        intake.drop_spool(upload.id)
    assert intake.sweep_spool() == 1
    assert spooled(tmp_path) == []


def test_unknown_ids_are_said_to_be_unknown(intake, database):
    with database.write() as connection:
        for ask in (intake.load_upload, intake.load_personal, intake.spool_path):
            with pytest.raises(UploadUnknownError):
                ask(connection, "upload_none")
        with pytest.raises(UploadUnknownError):
            intake.set_upload_state(connection, "upload_none", UploadState.HELD)
        with pytest.raises(AccountUnknownError):
            intake.load_account(connection, "nobody")
        assert intake.find_upload(connection, "none") is None


REQUESTS = st.tuples(st.sampled_from(["1", "2"]), st.sampled_from([b"a", b"b"]), st.sampled_from([None, "k", "l"]))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(REQUESTS, max_size=8))
def test_whatever_is_sent_in_whatever_order_no_bytes_and_no_row_are_doubled(intake, send, database, tmp_path, requests):
    for network_id, content, key in requests:
        try:
            upload = send(content, network_id=network_id, key=key).upload
        except (UploadConflictError, IdempotencyKeyReusedError):
            continue
        assert upload.digests.sha256 == hashlib.sha256(content).hexdigest()
        assert upload.network_id == network_id
    with database.read() as connection:
        rows = connection.execute(sa.select(ingest_uploads)).all()
        assert (
            len({row.network_id for row in rows})
            == len(rows)
            == len(list_due(connection, rows[0].received_at) if rows else [])
        )
    if rows:
        assert spooled(tmp_path) == sorted(row.id for row in rows)


def test_the_fault_points_lie_between_spool_commit_and_answer(send, database, tmp_path, monkeypatch):
    reached = []

    def note(point):
        rows = count(database, ingest_uploads) if point != "ingest.before_commit" else None
        reached.append((point, len(spooled(tmp_path)), rows))

    monkeypatch.setattr(intake_module, "fault", note)
    send()
    assert reached == [
        ("ingest.after_spool", 1, 0),
        ("ingest.before_commit", 1, None),
        ("ingest.after_commit", 1, 1),
    ]


def test_an_upload_is_an_event_too_recorded_once_and_sealed(send, make_log, database):
    account = {"id": "anna", "screen_name": "anna_7", "bio": "all about birds", "organisation": True}
    for _ in range(2):  # the second is a retry
        acceptance = send(caption="look here", language="en", device_id="phone", ip="192.0.2.1", account=account)
    with database.read() as connection:
        ((told, opened),) = make_log().list_after(connection, 0, 10)
    upload = acceptance.upload
    assert (told.type.value, told.account_id, told.upload_id) == ("upload_registered", "anna", upload.id)
    assert told.payload["upload_id"] == "clip-1"
    assert (told.payload["sha256"], told.payload["visibility"]) == (upload.digests.sha256, "public")
    assert told.payload["device_key"] == upload.device_key
    assert (told.payload["screen_name"], told.payload["organisation"]) == ("anna_7", True)
    assert opened == {"caption": "look here", "bio": "all about birds", "ip": "192.0.2.1", "device_id": "phone"}


def test_a_caption_without_a_basis_is_in_no_event(make_intake, send, make_log, database):
    send(caption="look here", into=make_intake(public_text_legal_basis=""))
    with database.read() as connection:
        ((_told, opened),) = make_log().list_after(connection, 0, 10)
    assert "caption" not in opened


def test_what_must_not_lie_in_clear_is_masked_in_clear_columns_and_kept_sealed(
    database, tmp_path, sealer, clock, settings, send, make_log
):
    def mask(text: str) -> str:
        return text.replace("swordfish", "•••")

    masking = intake_module.Intake(database, tmp_path / "spool", sealer, clock, settings, mask)
    account = {"id": "anna", "screen_name": "swordfish", "display_name": "swordfish", "bio": "pass: swordfish"}
    upload = send(caption="login anna swordfish", account=account, into=masking).upload
    assert upload.caption == "login anna •••"
    with database.read() as connection:
        known = masking.load_account(connection, "anna")
        ((_told, opened),) = make_log().list_after(connection, 0, 10)
    assert (known.display_name, known.bio) == ("•••", "pass: •••")
    assert known.screen_name == "•••"
    assert (opened["screen_name"], opened["caption"]) == ("swordfish", "login anna swordfish")
