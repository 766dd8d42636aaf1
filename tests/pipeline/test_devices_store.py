from datetime import timedelta

import pytest
from door_world import DoorWorld

from jacana.db.tables.act import act_actions
from jacana.db.tables.detect_accounts import detect_account_findings
from jacana.db.tables.ingest import ingest_uploads
from jacana.db.tables.review_accounts import review_account_decisions
from jacana.detect.findings.store import record_account_findings, withdraw_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.tie import TieKind
from jacana.pipeline.devices import store


@pytest.fixture
def world(stages, clock) -> DoorWorld:
    made = DoorWorld(stages, clock)
    made.add_account("anna")
    return made


def read(world: DoorWorld, ask, *arguments):
    with world.stages.db.read() as connection:
        return ask(connection, *arguments)


def record(world: DoorWorld, id: str, kind: AccountFindingKind, **details) -> None:
    finding = AccountFinding(id, "evader", kind, "door", "1", 0.9, ("why",), world.clock(), details=details)
    with world.stages.db.write() as connection:
        record_account_findings(connection, [finding], world.clock())


def test_devices_come_from_ties_and_uploads(world: DoorWorld) -> None:
    world.tie("anna", "phone")
    world.tie("anna", "ab" * 32, kind=TieKind.CONTENT)
    world.confirm("anna", "verdict_1")
    with world.stages.db.write() as connection:
        connection.execute(ingest_uploads.update().values(device_key="key_u"))
    assert set(read(world, store.list_devices, "anna")) == {world.key("phone"), "key_u"}
    assert [tie.account_id for tie in read(world, store.list_ties, [world.key("phone")])] == ["anna"]


def trading(world: DoorWorld, finding_ids: list[str], **changed) -> None:
    now = world.clock()
    world.confirm("berta", "verdict_b")  # a case to hang it on
    values = {
        "id": "areview_1", "case_id": "case_bertaverdict_b", "account_id": "anna", "verdict": "trading", "reason": "r",
        "finding_ids": finding_ids, "user_id": "user_1", "decided_at": now, "applies_at": now, "applied_at": now,
    }  # fmt: skip
    with world.stages.db.write() as connection:
        connection.execute(review_account_decisions.insert().values(**{**values, **changed}))


def test_a_verdict_on_an_account_is_a_ground_unless_it_rests_on_links_alone(world: DoorWorld) -> None:
    world.add_account("berta")
    record(world, "find_link", AccountFindingKind.LINKED_ACCOUNT)
    record(world, "find_term", AccountFindingKind.TERM_HIT)
    trading(world, ["find_link"])
    assert read(world, store.list_grounds, ["anna", "berta"]) == {"berta": {"verdict_b"}}
    with world.stages.db.write() as connection:
        connection.execute(review_account_decisions.update().values(finding_ids=["find_link", "find_term"]))
    assert read(world, store.list_grounds, ["anna"]) == {"anna": {"areview_1"}}
    with world.stages.db.write() as connection:
        connection.execute(review_account_decisions.update().values(overturned_at=world.clock()))
    assert read(world, store.list_grounds, ["anna"]) == {}


def act(world: DoorWorld, account: str, kind: str, **changed) -> None:
    values = {
        "id": f"act_{kind}", "dedupe_key": kind, "kind": kind, "target_kind": "account", "target_id": account,
        "account_id": account, "cause": "d", "reason": "r", "decided_by": "system", "state": "delivered",
        "outbox_id": kind, "attempts": 0, "created_at": world.clock(), "sequence": 1, "attempts_allowed": 1,
        "wants_bytes": False,
    }  # fmt: skip
    with world.stages.db.write() as connection:
        connection.execute(act_actions.insert().values(**{**values, **changed}))


def test_clean_is_who_is_old_has_used_it_long_and_was_never_acted_against(world: DoorWorld) -> None:
    world.add_account("mother", days=400)
    world.tie("mother", "tablet", days=60)
    world.add_account("guest", days=400)
    world.tie("guest", "tablet", days=1)
    world.tie("anna", "tablet", days=60)
    ties = read(world, store.list_ties, [world.key("tablet")])
    assert read(world, store.list_clean, ties, world.clock()) == {"mother"}
    act(world, "mother", "suspend_account")
    assert read(world, store.list_clean, ties, world.clock()) == set()
    act(world, "mother", "reinstate_account", reverses="act_suspend_account", sequence=2)
    assert read(world, store.list_clean, ties, world.clock()) == {"mother"}
    later = world.clock() + timedelta(days=90)
    assert read(world, store.list_clean, ties, later) == {"mother", "anna"}


def test_findings_rest_on_the_ban_that_caused_them(world: DoorWorld) -> None:
    evasion, linked = AccountFindingKind.BAN_EVASION, AccountFindingKind.LINKED_ACCOUNT
    record(world, "find_1", evasion, caused_by="decision_1", linked_to="anna", ban_id="ban_1")
    record(world, "find_2", linked, linked_to="anna")
    record(world, "find_3", linked, linked_to="berta")
    record(world, "find_4", evasion, caused_by="decision_2", linked_to="anna")
    record(world, "find_5", AccountFindingKind.TERM_HIT, linked_to="anna")
    assert set(read(world, store.list_resting_findings, "decision_1", {"anna"})) == {"find_1", "find_2"}
    assert read(world, store.list_findings_by_ban, "ban_1") == ["find_1"]
    with world.stages.db.write() as connection:
        withdraw_account_findings(connection, ["find_1"], "because", world.clock())
        assert connection.execute(detect_account_findings.select()).all()
    assert read(world, store.list_resting_findings, "decision_1", set()) == []
    assert read(world, store.list_findings_by_ban, "ban_1") == []
