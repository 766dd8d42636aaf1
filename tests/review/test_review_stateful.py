"""Two reviewers at random over open, lease, expire, decide, undo and settle: what must hold whatever they do."""

import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
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
from review_floor import LEASE_SECONDS, UNDO_SECONDS, Floor, sha256_of

from jacana.audit import list_entries, verify_log
from jacana.db.engine import Database
from jacana.db.outbox import list_due
from jacana.model.decision import Lane
from jacana.model.errors import StateConflictError
from jacana.model.verdict import Verdict
from jacana.review.cases import CaseItem, CaseState, DecisionForm, ItemState
from jacana.review.desk import ReviewDesk
from jacana.review.errors import CaseClosedError, CaseLeasedError, DecisionUndoneError, TooLateToUndoError

USERS = st.sampled_from(["anna", "ben"])
ACCOUNTS = st.sampled_from(["acc_1", "acc_2"])
FILES = st.sampled_from(["f", "g", "h", "i"])
SEEN: Counter[str] = Counter()
"""What the random walks reached, so that the test cannot pass by never getting anywhere."""


class MovingClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Desk(RuleBasedStateMachine):
    """`held` and `tokens` are the model; everything else is asked of the desk."""

    template: Path
    cases = Bundle("cases")
    decisions = Bundle("decisions")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="jacana-desk-"))
        shutil.copy(self.template, self.folder / "jacana.db")
        self.database = Database(f"sqlite:///{self.folder / 'jacana.db'}")
        self.clock = MovingClock()
        self.desk = ReviewDesk(self.clock, LEASE_SECONDS, UNDO_SECONDS)
        self.floor = Floor(self.database, self.clock, self.desk)
        self.uploads = 0
        self.held: dict[str, tuple[str, datetime]] = {}
        self.tokens: dict[str, list[int]] = {}
        self.started: set[str] = set()
        self.waiting = False
        self.settled: dict[str, list[str]] = {}

    def teardown(self) -> None:
        with self.database.read() as connection:
            assert verify_log(connection).green
            closes = Counter(entry.subject for _, entry in list_entries(connection) if entry.verb == "case.closed")
        assert closes == Counter(case_id for case_id in self.tokens if not self.get(case_id).open)
        self.database.close()
        shutil.rmtree(self.folder)

    def holder(self, case_id: str) -> str | None:
        user_id, until = self.held.get(case_id, ("", self.clock.now))
        return user_id if self.clock.now < until else None

    def get(self, case_id: str):
        return self.ask(lambda c: self.desk.get_case(c, case_id))

    def ask(self, question):
        with self.database.read() as connection:
            return question(connection)

    @rule(target=cases, account_id=ACCOUNTS, file=FILES, lane=st.sampled_from([Lane.APPARENT_CSAM, Lane.REVIEW]))
    def open(self, account_id: str, file: str, lane: Lane):
        self.uploads += 1
        upload_id = f"up_{self.uploads}"
        case_id = self.floor.open(upload_id, account_id, file, lane)
        assert self.floor.do(lambda c: self.desk.open_case(c, account_id, lane, upload_id, sha256_of(file))) == case_id
        standing = self.ask(lambda c: self.desk.standing_verdict(c, sha256_of(file)))
        if standing is not None:
            self.floor.do(lambda c: self.desk.settle_upload(c, upload_id, standing.id))
            self.settled[standing.id].append(upload_id)
            SEEN["late"] += 1
        known = case_id in self.tokens
        self.tokens.setdefault(case_id, [0])
        return multiple() if known else case_id

    @rule(case_id=cases, user_id=USERS)
    def lease(self, case_id: str, user_id: str) -> None:
        holder, before = self.holder(case_id), self.tokens[case_id][-1]
        is_open = self.get(case_id).open
        try:
            lease = self.floor.lease(case_id, user_id)
        except CaseClosedError:
            assert not is_open
        except CaseLeasedError:
            assert holder not in (None, user_id)
        else:
            assert is_open
            assert holder in (None, user_id)
            assert lease.token == before + (holder is None)
            self.held[case_id] = (user_id, lease.until)
            self.tokens[case_id].append(lease.token)

    @rule(case_id=cases, user_id=USERS)
    def release(self, case_id: str, user_id: str) -> None:
        expected = self.holder(case_id) == user_id and self.get(case_id).open
        assert self.floor.do(lambda c: self.desk.release_lease(c, case_id, user_id)) == expected
        if expected:
            del self.held[case_id]

    @rule(seconds=st.sampled_from([1, UNDO_SECONDS, LEASE_SECONDS - 1, LEASE_SECONDS]))
    def wait(self, seconds: int) -> None:
        self.clock.now += timedelta(seconds=seconds)

    @rule(target=decisions, case_id=cases, user_id=USERS, first=st.booleans(), behind=st.sampled_from([0, 0, 1]))
    def decide_after_leasing(self, case_id: str, user_id: str, first: bool, behind: int):
        """Take the case if it is free, then decide one of its items as the console would; sometimes too late."""
        self.lease(case_id, user_id)
        item = self.get(case_id).items[0 if first else -1]
        return self.decide(case_id, user_id, item.sha256, Verdict.CONFIRMED, 0, behind)

    @rule(
        target=decisions,
        case_id=cases,
        user_id=USERS,
        sha256=FILES.map(sha256_of),
        verdict=st.sampled_from(list(Verdict)),
        token_behind=st.sampled_from([0, 0, 1, -1]),
        version_behind=st.sampled_from([0, 0, 1, -1]),
    )
    def decide_somehow(self, case_id, user_id, sha256, verdict, token_behind: int, version_behind: int):
        if sha256 not in {item.sha256 for item in self.get(case_id).items}:
            return multiple()
        return self.decide(case_id, user_id, sha256, verdict, token_behind, version_behind)

    def decide(self, case_id, user_id, sha256, verdict, token_behind: int, version_behind: int):
        case = self.get(case_id)
        live = next(item.live for item in case.items if item.sha256 == sha256)
        token, version = self.tokens[case_id][-1] - token_behind, case.version - version_behind
        form = DecisionForm(case_id, sha256, verdict, None, "because", user_id, token, version)
        fresh = token_behind == version_behind == 0
        allowed = case.open and self.holder(case_id) == user_id and fresh and live is None
        try:
            decision = self.floor.do(lambda c: self.desk.decide(c, form))
        except StateConflictError:
            assert not allowed
            SEEN["refused"] += 1
            return multiple()
        assert allowed
        SEEN["decided"] += 1
        self.waiting = True
        return decision.id

    @rule(decision_id=decisions, user_id=USERS)
    def undo(self, decision_id: str, user_id: str) -> None:
        before = self.ask(lambda c: self.desk.load_decision(c, decision_id))
        try:
            self.floor.do(lambda c: self.desk.undo(c, decision_id, user_id))
        except DecisionUndoneError:
            assert before.undone_at is not None
        except TooLateToUndoError:
            assert decision_id in self.started
        else:
            assert before.pending
            assert decision_id not in self.started
            SEEN["undone"] += 1

    @precondition(lambda self: self.waiting)
    @rule()
    def apply_what_is_due(self) -> None:
        self.clock.now += timedelta(seconds=UNDO_SECONDS)
        self.waiting = False
        for row in self.ask(lambda c: list_due(c, self.clock.now)):
            self.started.add(row.id)
            self.settled[row.id] = self.floor.settle(row.id)
            SEEN["settled"] += len(self.settled[row.id])

    @rule(decision_id=decisions)
    def replay(self, decision_id: str) -> None:
        if decision_id in self.started:
            assert sorted(self.floor.settle(decision_id)) == sorted(self.settled[decision_id])

    @invariant()
    def what_must_hold(self) -> None:
        with self.database.read() as connection:
            cases = [self.desk.get_case(connection, case_id) for case_id in self.tokens]
            rows = self.desk.list_queue(connection)
        self.check_items([item for case in cases for item in case.items])
        for case in cases:
            waiting = [item for item in case.items if item.state is not ItemState.DECIDED]
            assert (case.head.state is CaseState.CLOSED) == (not waiting)
            assert case.open or case.head.leased_by is None
            assert case.head.lease_token == self.tokens[case.id][-1]
            assert self.tokens[case.id] == sorted(self.tokens[case.id])
        assert {row.case_id for row in rows} == {case.id for case in cases if case.open}
        assert all(row.view_needed or row.covered_by or row.pending_count for row in rows)

    def check_items(self, items: list[CaseItem]) -> None:
        """One verdict a file, the same in every case; each upload settled at most once."""
        live: dict[str, set[str | None]] = {}
        for item in items:
            live.setdefault(item.sha256, set()).add(item.live.id if item.live else None)
            if item.state is ItemState.DECIDED:
                assert item.live is not None
                assert (item.verdict, item.decision_id) == (item.live.verdict, item.live.id)
        assert all(len(ids) == 1 for ids in live.values())
        counts = Counter(upload for uploads in self.settled.values() for upload in uploads)
        assert all(count == 1 for count in counts.values())
        assert set(counts) == {item.upload_id for item in items if item.state is ItemState.DECIDED}


@pytest.mark.filterwarnings("default::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("same_walks", [True, False])
def test_two_reviewers_at_random(sqlite_template: Path, same_walks: bool) -> None:
    """Walk new paths each run; and the same ones each run, so that reaching every step is not luck."""
    SEEN.clear()
    machine = type("DeskFromTemplate", (Desk,), {"template": sqlite_template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            derandomize=same_walks,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    if same_walks:
        assert all(SEEN[step] for step in ("decided", "refused", "undone", "settled")), SEEN
