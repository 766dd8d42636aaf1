import pytest
import sqlalchemy as sa

from jacana.act.bans.appeals import (
    AppealConflictError,
    AppealDecidedError,
    AppealOwnDecisionError,
    Appeals,
    AppealUnknownError,
)
from jacana.audit import list_entries
from jacana.db.sealing import FieldSealer
from jacana.db.tables.act_bans import act_appeals
from jacana.model.ban import AppealState


@pytest.fixture
def appeals(clock) -> Appeals:
    return Appeals(clock, FieldSealer(b"k" * 32))


def test_an_appeal_is_opened_once_and_its_text_is_sealed(database, appeals) -> None:
    with database.write() as connection:
        appeal, is_new = appeals.open(connection, "n1", "anna", ban_id="ban_1", next_owner=True, text="I bought it")
        assert is_new
        assert appeals.open(connection, "n1", "anna") == (appeal, False)
        assert appeals.load(connection, appeal.id) == appeal
        assert appeals.read_text(connection, appeal.id) == "I bought it"
        sealed = connection.scalar(sa.select(act_appeals.c.text_sealed))
        assert b"bought" not in sealed
        (entry,) = [entry for _, entry in list_entries(connection)]
    assert (entry.verb, entry.details) == (
        "appeal.opened", {"account_id": "anna", "ban_id": "ban_1", "next_owner": True}
    )  # fmt: skip


def test_an_id_used_again_for_another_account_is_refused(database, appeals) -> None:
    with database.write() as connection:
        appeals.open(connection, "n1", "anna")
        with pytest.raises(AppealConflictError):
            appeals.open(connection, "n1", "bert", text="not me")


def test_an_appeal_without_a_text_has_none(database, appeals) -> None:
    with database.write() as connection:
        appeal, _ = appeals.open(connection, "n1", "anna")
        assert appeals.read_text(connection, appeal.id) is None


@pytest.mark.parametrize("state", [AppealState.GRANTED, AppealState.DENIED], ids=str)
def test_an_appeal_is_decided_once(database, appeals, state) -> None:
    with database.write() as connection:
        appeal, _ = appeals.open(connection, "n1", "anna")
        decided = appeals.decide(connection, appeal.id, state, "user:user_2", "looked at it", {"user:user_1"})
        assert (decided.state, decided.decided_by) == (state, "user:user_2")
        assert appeals.load(connection, appeal.id) == decided
        with pytest.raises(AppealDecidedError):
            appeals.decide(connection, appeal.id, AppealState.DENIED, "user:user_2", "again")
        assert [entry.verb for _, entry in list_entries(connection)] == ["appeal.opened", f"appeal.{state}"]


def test_nobody_decides_about_their_own_decision(database, appeals) -> None:
    with database.write() as connection:
        appeal, _ = appeals.open(connection, "n1", "anna")
        with pytest.raises(AppealOwnDecisionError):
            appeals.decide(connection, appeal.id, AppealState.GRANTED, "user:user_1", "mine", {"user:user_1"})
        assert appeals.list_appeals(connection, state=AppealState.OPEN) == [appeal]


def test_an_unknown_appeal_is_said_to_be_unknown(database, appeals) -> None:
    with database.read() as connection:
        for ask in (appeals.load, appeals.read_text):
            with pytest.raises(AppealUnknownError):
                ask(connection, "appeal_none")
        assert appeals.find_account_ban(connection, "anna") is None
