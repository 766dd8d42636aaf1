"""The account's record: what is in it, that it is sealed once, held, released and held again."""

import json
from datetime import timedelta

from account_steps import AccountSteps, make_finding

from jacana.decide.store import list_account_decisions
from jacana.model.account import Account
from jacana.model.account_finding import AccountFindingKind, Look, TermMatch, TextField
from jacana.model.decision import AccountDecision, Effect, EffectKind, Evaluation, Lane, Moment
from jacana.model.event import Event, EventType
from jacana.model.verdict import AccountVerdict
from jacana.pipeline import accountrecord

EFFECT = Effect(EffectKind.OPEN_CASE, "advertises", "a term", Lane.ACCOUNTS)
DECISION = AccountDecision("dec_1", "anna", Evaluation("test@1", Moment.ACCOUNT, (), (EFFECT,), ()))


def decisions_of(steps: AccountSteps, account_id: str) -> list[str]:
    return [found[0] for found in steps.read(lambda c: list_account_decisions(c, account_id))]


def open_record(steps: AccountSteps, decision_id: str) -> dict:
    (hold,) = steps.holds(decision_id)
    return json.loads(b"".join(steps.stages.vault.read(hold.sha256, "user:lea", "test")))


def test_it_holds_facts_findings_offsets_texts_and_the_decision(clock) -> None:
    text = "the zorvalim is here; user: meadow_9 password: Tulip!4711x"
    match, details = TermMatch("term_1", 4, 12, Look.FOLDED, 5, "active"), {"n": 2**60}
    finding = make_finding(
        "anna",
        "1",
        AccountFindingKind.TERM_HIT,
        now=clock(),
        event_id="event_1",
        matches=(match,),
        details=details,
    )
    event = Event("event_1", EventType.UPLOAD_REGISTERED, "anna", clock(), clock(), {"screen_name": "anna"})
    account = Account("anna", created_at=clock(), screen_name="anna")
    data = accountrecord.build_record(
        account, (finding,), [(event, {"caption": text, "bio": "I like boats"})], DECISION, clock()
    )
    record = json.loads(data)
    assert data == accountrecord.build_record(
        account, (finding,), [(event, {"caption": text, "bio": "I like boats"})], DECISION, clock()
    )
    assert (record["type"], record["account"]["screen_name"]) == ("jacana.account_record.v1", "anna")
    assert record["account"]["created_at"] == "2026-11-22T12:00:00.000Z"
    assert record["events"] == [
        {"id": "event_1", "type": "upload_registered", "occurred_at": "2026-11-22T12:00:00.000Z"}
    ]
    (kept,) = record["texts"]  # the bio is no evidence: nothing rests on it
    (found,) = record["findings"]
    assert kept["text"][found["matches"][0]["start"] : found["matches"][0]["end"]] == "zorvalim"
    assert "Tulip!4711x" not in data.decode()
    assert len(kept["text"]) == len(text)
    assert found["details"] == {"n": str(2**60)}
    assert record["decision"]["evaluation"]["effects"][0]["kind"] == "open_case"


def test_a_record_is_made_once_whatever_is_found_later(steps: AccountSteps) -> None:
    steps.find("anna", "1")
    steps.judge("anna")
    (decision_id,) = decisions_of(steps, "anna")
    first = accountrecord.preserve_account(steps.stages, "anna", decision_id)
    steps.stages.clock.advance(60)
    steps.find("anna", "2")
    assert accountrecord.preserve_account(steps.stages, "anna", decision_id) == first
    assert len(steps.holds(decision_id)) == 1
    assert [found["id"] for found in open_record(steps, decision_id)["findings"]] == ["find_ban_evasion_1"]


def test_texts_come_from_the_sealed_events(steps: AccountSteps) -> None:
    stages = steps.stages
    sent = {
        "type": "account_updated",
        "id": "1",
        "account_id": "anna",
        "occurred_at": "2026-11-22T11:00:00Z",
        "bio": "find the zorvalim",
        "display_name": "Anna",
    }
    assert [result.status for result in stages.events.append([sent], "test")] == ["accepted"]
    event_id = steps.read(lambda c: stages.events.list_events(c, "anna"))[0].id
    steps.find("anna", "1", AccountFindingKind.TERM_HIT, event_id=event_id, field=TextField.BIO)
    steps.find("anna", "2", AccountFindingKind.TERM_HIT, event_id="event_gone")
    steps.judge("anna")
    (decision_id,) = decisions_of(steps, "anna")
    record = open_record(steps, decision_id)
    assert record["texts"] == [{"event_id": event_id, "field": "bio", "text": "find the zorvalim"}]
    assert [event["id"] for event in record["events"]] == [event_id]


def test_nothing_is_kept_of_what_asks_nobody(steps: AccountSteps) -> None:
    steps.find("anna", "1", AccountFindingKind.TERM_HIT, matches=())
    steps.judge("anna")
    (decision_id,) = decisions_of(steps, "anna")
    assert accountrecord.preserve_account(steps.stages, "anna", decision_id) is None
    assert steps.holds(decision_id) == []


def test_later_decisions_keep_their_records_when_an_earlier_page_is_cleared(steps: AccountSteps) -> None:
    steps.find("anna", "1")
    steps.judge("anna")
    review = steps.decide("anna", AccountVerdict.CLEARED)
    steps.stages.clock.advance(1)
    steps.find("anna", "2")
    steps.judge("anna")
    first, second = decisions_of(steps, "anna")
    steps.apply(review)
    assert [hold.released_at is None for hold in (*steps.holds(first), *steps.holds(second))] == [False, True]
    newest = steps.read(lambda c: accountrecord.find_newest_receipt(steps.stages, c, "anna"))
    assert newest.hold_id == steps.holds(second)[0].id


def test_a_destroyed_record_is_no_receipt_and_is_not_held_again(steps: AccountSteps) -> None:
    steps.find("anna", "1")
    steps.judge("anna")
    review = steps.settle("anna", AccountVerdict.CLEARED)
    decision_id = decisions_of(steps, "anna")[0]
    stages = steps.stages
    stages.vault.destroy_expired(stages.clock() + timedelta(seconds=1))
    with stages.db.write() as connection:
        accountrecord.hold_records_again(stages, connection, review, "user:lea")
        assert accountrecord.find_receipt(stages, connection, decision_id) is None
        assert accountrecord.find_newest_receipt(stages, connection, "anna") is None
