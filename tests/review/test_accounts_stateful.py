"""Findings, people and clocks at random over one desk for accounts: what must hold whatever happens."""

import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from account_floor import AccountFloor
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from review_floor import LEASE_SECONDS, UNDO_SECONDS, Floor

from jacana.audit import list_entries, verify_log
from jacana.db.engine import Database
from jacana.db.outbox import list_due, mark_finished
from jacana.model.decision import Lane
from jacana.model.errors import StateConflictError
from jacana.model.verdict import AccountVerdict, Verdict
from jacana.review.accounts.desk import APPLY_TOPIC, AccountDesk
from jacana.review.accounts.items import AccountForm, AccountReview
from jacana.review.cases import CaseFile, CaseState, ItemState
from jacana.review.desk import ReviewDesk
from jacana.review.errors import DecisionUndoneError, TooEarlyToOverturnError, TooLateToUndoError

USERS = st.sampled_from(["anna", "ben"])
ACCOUNTS = st.sampled_from(["acc_1", "acc_2"])
NAMES = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=3, unique=True)
LANES = st.sampled_from([Lane.ACCOUNTS, Lane.ACCOUNTS, Lane.IMMINENT_HARM])
VERBS = {"decided": "case.decided", "undone": "case.undone", "applied": "case.applied", "overturned": "case.overturned"}
SEEN: Counter[str] = Counter()
"""What the random walks reached, so that the test cannot pass by never getting anywhere."""


class MovingClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Accounts(RuleBasedStateMachine):
    """`shown` is the model of what was put before people; everything else is asked of the desk."""

    template: Path
    cases = Bundle("cases")
    reviews = Bundle("reviews")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="jacana-accounts-"))
        shutil.copy(self.template, self.folder / "jacana.db")
        self.database = Database(f"sqlite:///{self.folder / 'jacana.db'}")
        self.clock = MovingClock()
        desk = ReviewDesk(self.clock, LEASE_SECONDS, UNDO_SECONDS)
        self.accounts = AccountDesk(self.clock, UNDO_SECONDS)
        self.floor = AccountFloor(self.database, self.clock, desk, self.accounts)
        self.files = Floor(self.database, self.clock, desk)
        self.known: set[str] = set()
        self.given: list[str] = []
        self.done: Counter[str] = Counter()
        self.uploads = 0

    def teardown(self) -> None:
        with self.database.read() as connection:
            assert verify_log(connection).green
            told = Counter(entry.verb for _, entry in list_entries(connection, limit=100_000))
        for what, verb in VERBS.items():
            assert told[verb] == self.done[what], verb
        self.database.close()
        shutil.rmtree(self.folder)

    def ask(self, question):
        with self.database.read() as connection:
            return question(connection)

    def case(self, case_id: str) -> CaseFile:
        return self.ask(lambda c: self.floor.desk.get_case(c, case_id))

    def note(self, what: str) -> None:
        self.done[what] += 1
        SEEN[what] += 1

    @rule(target=cases, account_id=ACCOUNTS, names=NAMES, lane=LANES)
    def find(self, account_id: str, names: list[str], lane: Lane):
        ids = [f"{account_id}_{name}" for name in names]
        judged = self.ask(lambda c: self.accounts.list_judged(c, account_id))
        case_id = self.floor.open(account_id, *ids, lane=lane)
        if set(ids) <= judged.keys():
            SEEN["judged before"] += 1
        else:
            assert self.case(case_id).open
            (item,) = self.ask(lambda c: self.accounts.list_items(c, case_id))
            assert set(ids) <= set(item.finding_ids)
        fresh = case_id not in self.known
        self.known.add(case_id)
        return case_id if fresh else multiple()

    @rule(case_id=cases)
    def add_file(self, case_id: str) -> None:
        """A file joins the case, so that it stays open when the account has its verdict."""
        head = self.case(case_id).head
        if head.state is CaseState.OPEN and self.uploads < 3:
            self.uploads += 1
            name = f"up_{self.uploads}"
            assert self.files.open(name, head.account_id, name, head.lane) == case_id

    @rule(case_id=cases, user_id=USERS)
    def decide_file(self, case_id: str, user_id: str) -> None:
        case = self.case(case_id)
        waiting = [number for number, item in enumerate(case.items, 1) if item.state is ItemState.UNDECIDED]
        if case.open and waiting and case.head.leased_by in (None, user_id):
            name = case.items[waiting[0] - 1].upload_id
            try:
                self.files.decide(case_id, name, user_id, verdict=Verdict.CLEARED)
            except StateConflictError:
                return
            self.done["decided"] += 1

    @rule(seconds=st.sampled_from([1, UNDO_SECONDS, LEASE_SECONDS]))
    def wait(self, seconds: int) -> None:
        self.clock.now += timedelta(seconds=seconds)

    @rule(
        target=reviews,
        case_id=cases,
        user_id=USERS,
        verdict=st.sampled_from(list(AccountVerdict)),
        behind=st.sampled_from([0, 0, 0, 1]),
    )
    def decide(self, case_id: str, user_id: str, verdict: AccountVerdict, behind: int):
        items = self.ask(lambda c: self.accounts.list_items(c, case_id))
        case = self.case(case_id)
        if not items:
            return multiple()  # what it asked waits elsewhere
        holder = case.head.leased_by if case.head.leased_at(self.clock.now) else None
        allowed = case.open and holder in (None, user_id) and not behind and items[0].live is None
        try:
            lease = self.floor.lease(case_id, user_id)
            form = AccountForm(
                case_id,
                items[0].account_id,
                verdict,
                "because",
                items[0].finding_ids,
                user_id,
                lease.token,
                lease.version - behind,
            )
            review = self.floor.do(lambda c: self.accounts.decide(c, form))
        except StateConflictError:
            assert not allowed
            SEEN["refused"] += 1
            return multiple()
        assert allowed
        self.note("decided")
        self.given.append(review.id)
        return review.id

    @rule(review_id=reviews, user_id=USERS)
    def undo(self, review_id: str, user_id: str) -> None:
        before = self.load(review_id)
        try:
            self.floor.do(lambda c: self.accounts.undo(c, review_id, user_id))
        except DecisionUndoneError:
            assert before.taken_back
        except TooLateToUndoError:
            assert before.applied_at is not None
        else:
            assert before.pending
            self.note("undone")

    @precondition(lambda self: self.given)
    @rule()
    def apply_what_is_due(self) -> None:
        self.clock.now += timedelta(seconds=UNDO_SECONDS)
        for row in self.ask(lambda c: list_due(c, self.clock.now)):
            if row.topic == APPLY_TOPIC:
                self.floor.apply(row.id)
                self.note("applied")
            else:
                self.files.settle(row.id)
            self.floor.do(lambda c, row=row: mark_finished(c, row.id, self.clock.now))

    @rule(review_id=reviews)
    def replay(self, review_id: str) -> None:
        if self.load(review_id).stands:
            before = self.snapshot()
            self.floor.do(lambda c: self.accounts.mark_applied(c, review_id))
            assert self.snapshot() == before

    @rule(review_id=reviews, user_id=USERS)
    def overturn(self, review_id: str, user_id: str) -> None:
        before = self.load(review_id)
        try:
            self.floor.do(lambda c: self.accounts.overturn(c, review_id, user_id, "a mistake"))
        except DecisionUndoneError:
            assert before.taken_back
        except TooEarlyToOverturnError:
            assert before.pending
        else:
            assert before.stands
            self.note("overturned")
            judged = self.ask(lambda c: self.accounts.list_judged(c, before.account_id))
            self.must_wait(before, set(before.finding_ids) - judged.keys())

    def must_wait(self, review: AccountReview, finding_ids: set[str]) -> None:
        """What no verdict stands on any more is before a person again."""
        items = [item for items in self.snapshot() for item in items if item.account_id == review.account_id]
        waiting = [item for item in items if item.state is not ItemState.DECIDED]
        assert finding_ids <= {found for item in waiting for found in item.finding_ids}

    def load(self, review_id: str) -> AccountReview:
        return self.ask(lambda c: self.accounts.load(c, review_id))

    def snapshot(self) -> list:
        return self.ask(lambda c: [self.accounts.list_items(c, case_id) for case_id in sorted(self.known)])

    @invariant()
    def what_must_hold(self) -> None:
        with self.database.read() as connection:
            rows = {row.case_id: row for row in self.floor.desk.list_queue(connection)}
            for case_id in self.known:
                case = self.floor.desk.get_case(connection, case_id)
                items = self.accounts.list_items(connection, case_id)
                stood = [item.state for item in (*case.items, *items)]
                waits = any(state is not ItemState.DECIDED for state in stood)
                assert (case.head.state is CaseState.CLOSED) == (not waits)
                assert len({item.account_id for item in items}) == len(items) <= 1
                for item in items:
                    if item.state is ItemState.DECIDED:
                        assert item.live is not None
                        assert (item.live.id, item.live.verdict) == (item.decision_id, item.verdict)
                        assert item.live.stands
                if case.open:
                    row = rows.pop(case_id)
                    assert (row.item_count, row.account_count) == (len(stood), len(items))
                    assert row.undecided_count == stood.count(ItemState.UNDECIDED)
                    assert row.pending_count == stood.count(ItemState.PENDING)
        assert not rows
        self.one_live_verdict()

    def one_live_verdict(self) -> None:
        live = [self.load(review_id) for review_id in self.given]
        pending = Counter(review.case_id for review in live if review.pending)
        assert all(count == 1 for count in pending.values())


@pytest.mark.filterwarnings("default::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("same_walks", [pytest.param(True, id="same"), pytest.param(False, id="new")])
def test_accounts_at_random(sqlite_template: Path, same_walks: bool) -> None:
    """Walk new paths each run; and the same ones each run, so that reaching every step is not luck."""
    SEEN.clear()
    machine = type("AccountsFromTemplate", (Accounts,), {"template": sqlite_template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            derandomize=same_walks,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    if same_walks:
        assert all(SEEN[step] for step in (*VERBS, "refused", "judged before")), SEEN
