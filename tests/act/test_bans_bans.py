from datetime import timedelta

import pytest

from jacana.act.bans.bans import BanEndedError, BanUnknownError, DeviceBans
from jacana.act.bans.tiers import DeviceEvidence
from jacana.audit import list_entries
from jacana.db.sealing import FieldSealer
from jacana.model.ban import BanState, DeviceTier

ONE = DeviceEvidence(1, True, 0, 1, 5)
TWO = DeviceEvidence(2, True, 0, 2, 5)


@pytest.fixture
def bans(clock) -> DeviceBans:
    return DeviceBans(clock, FieldSealer(b"k" * 32), 365)


def place(bans, connection, key="key_1", cause="decision_1", evidence=ONE, account="anna"):
    (ban,) = bans.place(connection, [key], account, cause, "Its account is banned.", {key: evidence}, "user:user_1")
    return ban


def verbs(connection) -> list[str]:
    return [entry.verb for _, entry in list_entries(connection)]


def test_a_ban_holds_its_tier_its_reason_and_its_end(database, bans, clock) -> None:
    with database.write() as connection:
        ban = place(bans, connection, evidence=TWO)
        assert bans.load(connection, ban.id) == ban
        assert place(bans, connection) == ban
        assert verbs(connection) == ["ban.placed"]
    assert (ban.tier, ban.decided_by, ban.placed_key) == (DeviceTier.BLOCK, "user:user_1", "key_1")
    assert ban.expires_at == clock() + timedelta(days=365)
    assert ban.reason.startswith("Its account is banned. Tier 3: 2 accounts")
    assert ban.evidence["confirmed"] == 2


def test_details_on_record_are_counts_and_ids(database, bans) -> None:
    with database.write() as connection:
        place(bans, connection)
        (entry,) = [entry for _, entry in list_entries(connection)]
    assert entry.details == {
        "account_id": "anna", "cause": "decision_1", "tier": 1,
        "confirmed": 1, "attested": True, "clean": 0, "accounts": 1, "sessions": 5,
    }  # fmt: skip


def test_renewal_keeps_the_end_and_what_the_network_was_told(database, bans, clock) -> None:
    with database.write() as connection:
        ban = place(bans, connection)
        clock.advance(86_400)
        renewed = bans.renew(connection, ban.id, "key_2")
        assert (renewed.device_key, renewed.placed_key, renewed.expires_at) == ("key_2", "key_1", ban.expires_at)
        assert bans.list_standing(connection, ["key_1"]) == []
        assert bans.list_standing(connection, ["key_2"]) == [renewed]
        assert verbs(connection) == ["ban.placed", "ban.renewed"]


def test_renewal_changes_nothing_where_the_cause_has_banned_the_new_key(database, bans) -> None:
    with database.write() as connection:
        ban = place(bans, connection)
        place(bans, connection, key="key_2")
        assert bans.renew(connection, ban.id, "key_2") == ban
        bans.lift(connection, ban.id, "cli:anton", "sold")
        assert bans.renew(connection, ban.id, "key_3").device_key == "key_1"
        with pytest.raises(BanUnknownError):
            bans.renew(connection, "ban_none", "key_2")


def test_a_tier_is_lowered_and_never_raised(database, bans) -> None:
    with database.write() as connection:
        ban = place(bans, connection, evidence=TWO)
        lowered = bans.lower(connection, ban.id, ONE, "user:user_2")
        assert lowered.tier is DeviceTier.NO_NEW_ACCOUNT
        assert bans.lower(connection, ban.id, TWO, "user:user_2").tier is DeviceTier.NO_NEW_ACCOUNT
        assert verbs(connection) == ["ban.placed", "ban.lowered"]


def test_a_ban_is_lifted_once(database, bans, clock) -> None:
    with database.write() as connection:
        ban = place(bans, connection)
        lifted = bans.lift(connection, ban.id, "user:user_2", "sold")
        assert (lifted.state, lifted.ended_by, lifted.ended_because) == (BanState.LIFTED, "user:user_2", "sold")
        assert bans.load(connection, ban.id) == lifted
        with pytest.raises(BanEndedError):
            bans.lift(connection, ban.id, "user:user_2", "sold")
        assert bans.list_standing(connection, ["key_1"]) == []


def test_lifting_by_cause_lifts_that_and_nothing_else(database, bans) -> None:
    with database.write() as connection:
        place(bans, connection, key="key_1")
        place(bans, connection, key="key_2")
        other = place(bans, connection, key="key_1", cause="decision_2", account="berta")
        lifted = bans.lift_by_cause(connection, "decision_1", "user:user_2", "a mistake")
        assert {ban.device_key for ban in lifted} == {"key_1", "key_2"}
        assert bans.lift_by_cause(connection, "decision_1", "user:user_2", "a mistake") == []
        assert bans.list_standing(connection, ["key_1", "key_2"]) == [other]
        assert bans.count(connection) == {BanState.STANDING: 1, BanState.LIFTED: 2, BanState.EXPIRED: 0}


def test_bans_run_out(database, bans, clock) -> None:
    with database.write() as connection:
        ban = place(bans, connection)
        assert bans.expire(connection, clock()) == []
        clock.advance(365 * 86_400)
        assert bans.list_standing(connection, ["key_1"]) == []
        assert [one.id for one in bans.expire(connection, clock())] == [ban.id]
        assert bans.expire(connection, clock()) == []
        assert bans.load(connection, ban.id).state is BanState.EXPIRED
