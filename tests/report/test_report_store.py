import pytest
import sqlalchemy as sa

from jacana.db.engine import Database
from jacana.db.sealing import FieldSealer, SealedFieldBrokenError
from jacana.db.tables.report import report_calls, report_reports
from jacana.report.facts import ReportFacts
from jacana.report.record import ReportCall
from jacana.report.states import ReportState
from jacana.report.store import ReportNotFoundError, ReportStore


@pytest.fixture
def store(sealer: FieldSealer) -> ReportStore:
    return ReportStore(sealer)


def _insert(store: ReportStore, database: Database, clock, report_id: str, case_id: str = "case_1") -> bool:
    with database.write() as connection:
        return store.insert_draft(connection, id=report_id, case_id=case_id, account_id="a", now=clock.now)


def test_a_case_has_one_open_draft(store: ReportStore, database: Database, clock) -> None:
    assert _insert(store, database, clock, "report_1")
    assert not _insert(store, database, clock, "report_2")
    assert _insert(store, database, clock, "report_3", "case_2")
    with database.write() as connection:
        assert store.find_draft(connection, "case_1") == "report_1"
        store.update(connection, "report_1", draft_key=None)
        assert store.find_draft(connection, "case_1") is None
    assert _insert(store, database, clock, "report_2")


def test_files_keep_their_order_and_forget_their_attempt(store: ReportStore, database: Database, clock) -> None:
    _insert(store, database, clock, "report_1")
    with database.write() as connection:
        for number in (2, 1, 3):
            store.add_file(connection, "report_1", id=f"f{number}", upload_id=f"up_{number}", sha256="0" * 64)
        assert store.remove_file(connection, "report_1", "up_1")
        assert not store.remove_file(connection, "report_1", "up_1")
        store.update_file(connection, "f2", remote_id="x", uploaded_at=clock.now)
        assert store.load(connection, "report_1").files[0].uploaded_at == clock.now
        store.forget_uploads(connection, "report_1")
        files = store.load(connection, "report_1").files
    assert [(file.upload_id, file.position, file.remote_id) for file in files] == [("up_2", 1, None), ("up_3", 3, None)]


def test_a_row_survives_as_it_was(store: ReportStore, database: Database, clock, facts: ReportFacts) -> None:
    _insert(store, database, clock, "report_1")
    with database.write() as connection:
        store.update(
            connection,
            "report_1",
            state="uploading",
            remote_id=2**62,
            facts=store.seal_facts("report_1", facts),
            document=store.seal_document("report_1", "<a>☂</a>".encode()),
            receipt=b"\x00\xff",
            problem="p" * 500,
        )
        report = store.load(connection, "report_1", lock=True)
    assert (report.state, report.remote_id, report.facts) == (ReportState.UPLOADING, 2**62, facts)
    assert (report.document, report.receipt, report.problem) == ("<a>☂</a>".encode(), b"\x00\xff", "p" * 400)
    assert report.filing.remote_id == 2**62


def test_another_key_opens_nothing(store: ReportStore, database: Database, clock, facts: ReportFacts) -> None:
    _insert(store, database, clock, "report_1")
    with database.write() as connection:
        store.update(connection, "report_1", facts=store.seal_facts("report_1", facts))
        with pytest.raises(SealedFieldBrokenError):
            ReportStore(FieldSealer(b"\x01" * 32)).load(connection, "report_1")


@pytest.mark.parametrize("column", ["facts", "document", "problem"])
def test_what_was_sealed_for_one_report_does_not_open_in_another(
    store: ReportStore, database: Database, clock, facts: ReportFacts, column: str
) -> None:
    _insert(store, database, clock, "report_1")
    _insert(store, database, clock, "report_2", "case_2")
    sealed = {"facts": store.seal_facts("report_1", facts), "document": store.seal_document("report_1", b"<a/>")}
    with database.write() as connection:
        store.update(connection, "report_1", **sealed, problem="code 4100: <a/>")
        value = connection.execute(
            sa.select(report_reports.c[column]).where(report_reports.c.id == "report_1")
        ).scalar_one()
        connection.execute(report_reports.update().where(report_reports.c.id == "report_2").values({column: value}))
        store.load(connection, "report_1")
        with pytest.raises(SealedFieldBrokenError):
            store.load(connection, "report_2")


def test_the_receivers_words_are_sealed(store: ReportStore, database: Database, clock) -> None:
    """A refusal may quote the document: "someone@mail.example is not a valid e-mail"."""
    _insert(store, database, clock, "report_1")
    words = "code 4100: someone@mail.example is not valid"
    with database.write() as connection:
        store.update(connection, "report_1", problem=words)
        store.add_calls(connection, "report_1", [ReportCall("submit", clock.now, problem=words)])
        rows = [tuple(connection.execute(sa.select(table)).one()) for table in (report_reports, report_calls)]
        assert "someone@mail.example" not in str(rows)
        assert store.load(connection, "report_1").problem == words
        assert [call.problem for call in store.list_calls(connection, "report_1")] == [words]
        store.update(connection, "report_1", problem=None)
        assert store.load(connection, "report_1").problem is None


def test_a_write_behind_a_fence_is_not_made(store: ReportStore, database: Database, clock) -> None:
    _insert(store, database, clock, "report_1")
    with database.write() as connection:
        store.take_lease(connection, "report_1", 7, clock.now)
        assert not store.update(connection, "report_1", fence=6, problem="late")
        assert store.update(connection, "report_1", fence=7, problem="mine")
        assert store.load(connection, "report_1").problem == "mine"


def test_what_is_not_there_is_said(store: ReportStore, database: Database) -> None:
    with database.read() as connection, pytest.raises(ReportNotFoundError):
        store.load(connection, "report_0")


def test_a_given_up_report_does_not_hold_its_upload(store: ReportStore, database: Database, clock) -> None:
    _insert(store, database, clock, "report_1")
    with database.write() as connection:
        store.add_file(connection, "report_1", id="f1", upload_id="up_1", sha256="0" * 64)
        assert store.find_report_of(connection, "case_1", "up_1") == "report_1"
        assert store.find_report_of(connection, "case_2", "up_1") is None
        store.update(connection, "report_1", state="retracted")
        assert store.find_report_of(connection, "case_1", "up_1") is None
