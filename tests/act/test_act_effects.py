"""Whatever fails, whenever the process dies: each action once in effect at most, in order, and settled in the end."""

import shutil
import tempfile
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from act_orders import RECEIPT, Pump, make_order
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jacana.act import enforcement as module
from jacana.act.enforcement import Enforcement
from jacana.act.memory import MemoryNetwork, Mishap
from jacana.act.order import ActionAlreadyReversedError, ActionNotDeadError, ActionOvertakenError, list_rivals
from jacana.audit import list_entries, verify_log
from jacana.db.engine import Database
from jacana.db.outbox import list_due
from jacana.model.action import DESTRUCTIVE, ActionKind, ActionState, TargetKind

UPLOAD_KINDS = [ActionKind.HOLD, ActionKind.RELEASE, ActionKind.REMOVE, ActionKind.RESTORE]
ACCOUNT_KINDS = [
    ActionKind.SUSPEND_ACCOUNT,
    ActionKind.BAN_ACCOUNT,
    ActionKind.REINSTATE_ACCOUNT,
    ActionKind.FORCE_REAUTH,
    ActionKind.LIFT_REAUTH,
]
SETTLED = {ActionState.DELIVERED, ActionState.DEAD, ActionState.CANCELLED}


class Crash(BaseException):
    """The process dies here."""


class ForgetfulNetwork(MemoryNetwork):
    """Also writes down every arrival, to show that order holds even for a network that ignores `sequence`.

    `meanwhile` holds what other threads do while an instruction is on its way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.arrivals = []
        self.meanwhile = deque()

    def send(self, action, at):
        if self.meanwhile:
            self.meanwhile.popleft()()
        return super().send(action, at)

    def _apply(self, action) -> None:
        self.arrivals.append(action)
        super()._apply(action)


DEATHS = ("act.before_send", "act.after_send", "before_commit", "after_commit")
TOLD = st.one_of(
    st.tuples(st.sampled_from(UPLOAD_KINDS), st.sampled_from(["clip-1", "clip-2"])),
    st.tuples(st.sampled_from(ACCOUNT_KINDS), st.just("anna")),
)
MISHAPS = st.builds(
    Mishap, st.sampled_from([None, 500, 503, 429, 422, 409]), st.booleans(), st.sampled_from([None, 60])
).filter(lambda mishap: mishap.status != 409 or mishap.arrives)  # 409 means that the network has it
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), TOLD),
        st.tuples(st.just("work"), st.tuples(st.integers(0, 5), st.sampled_from((None, *DEATHS)))),
        st.tuples(st.just("work"), st.tuples(st.integers(0, 5), st.none())),
        st.tuples(st.just("reverse"), st.integers(0, 20)),
        st.tuples(st.just("retry"), st.integers(0, 20)),
        st.tuples(st.just("mishap"), MISHAPS),
        st.tuples(st.just("meanwhile"), TOLD),
        st.tuples(st.just("wait"), st.sampled_from([1, 5, 30, 4000])),
    ),
    min_size=1,
    max_size=30,
)


class Life:
    """A ledger, a network and a process that may die, driven step by step."""

    def __init__(self, database: Database, clock) -> None:
        self.database, self.clock = database, clock
        self.network = ForgetfulNetwork()
        self.enforcement = Enforcement(database, self.network, clock, (5, 30))
        self.pump = Pump(database, self.enforcement, clock)
        self.count = 0

    def take(self, step: str, argument) -> None:
        getattr(self, f"do_{step}")(argument)

    def do_order(self, argument) -> None:
        kind, target = argument
        self.count += 1
        with self.database.write() as connection:
            self.enforcement.order(connection, [make_order(kind, target=target, cause=f"dec_{self.count}")])

    def do_work(self, argument) -> None:
        position, where = argument
        due = self.pump.due()
        if not due:
            return

        def deliver(action_id, attempt):
            outcome = self.enforcement.deliver(action_id, attempt)
            if where == "after_commit":
                raise Crash
            return outcome

        self.pump.enforcement = SimpleNamespace(deliver=deliver)
        with die_at(where):
            self.pump.work(due[position % len(due)])
        self.pump.enforcement = self.enforcement

    def do_reverse(self, position) -> None:
        self._touch(position, lambda c, action: self.enforcement.reverse(c, action.id, "user:usr_1", "", RECEIPT))

    def do_retry(self, position) -> None:
        self._touch(position, lambda c, action: self.enforcement.retry_dead(c, action.id, "cli:root"))

    def do_mishap(self, mishap) -> None:
        self.network.mishaps.append(mishap)

    def do_meanwhile(self, argument) -> None:
        def order_and_deliver() -> None:
            self.do_order(argument)
            with self.database.read() as connection:
                due = list_due(connection, self.clock())
            for row in due:
                self.pump.work(row)

        self.network.meanwhile.append(order_and_deliver)

    def do_wait(self, seconds) -> None:
        self.clock.advance(seconds)

    def actions(self) -> list:
        with self.database.read() as connection:
            return self.enforcement.list_actions(connection)

    def _touch(self, position, change) -> None:
        actions = self.actions()
        if not actions:
            return
        try:
            with self.database.write() as connection:
                change(connection, actions[position % len(actions)])
        except (ActionAlreadyReversedError, ActionOvertakenError, ActionNotDeadError):
            pass


@contextmanager
def die_at(where):
    """Let the process die at a fault point, or with the answer recorded but not committed."""
    real_fault, real_record = module.fault, module.record_answer

    def fault(point):
        if point == where:
            raise Crash

    def record_answer(*arguments):
        outcome = real_record(*arguments)
        if where == "before_commit":
            raise Crash
        return outcome

    module.fault, module.record_answer = fault, record_answer
    try:
        yield
    except Crash:
        pass
    finally:
        module.fault, module.record_answer = real_fault, real_record


def check(life: Life) -> None:
    """Assert what must hold once everything promised has been worked off."""
    actions = {action.id: action for action in life.actions()}
    assert {action.state for action in actions.values()} <= SETTLED
    effects = [action.id for action in life.network.effects]
    assert len(effects) == len(set(effects))
    for action in actions.values():
        assert action.state is not ActionState.DELIVERED or action.id in effects
    for target, rivals in {(action.target_id, list_rivals(action.kind)) for action in actions.values()}:
        about = [action for action in life.network.arrivals if action.target_id == target]
        arrived = [action.sequence for action in about if action.kind in rivals]
        assert arrived == sorted(arrived)
    with life.database.read() as connection:
        assert verify_log(connection).green
        for _position, entry in list_entries(connection, limit=100_000):
            if entry.verb == "action.cancelled" and not entry.details["may_have_arrived"]:
                assert entry.subject not in {action.id for action in life.network.arrivals}
        for kind, target, like in (
            (TargetKind.UPLOAD, "clip-1", ActionKind.HOLD),
            (TargetKind.ACCOUNT, "anna", ActionKind.BAN_ACCOUNT),
            (TargetKind.ACCOUNT, "anna", ActionKind.FORCE_REAUTH),
        ):
            last = life.enforcement.last_instruction(connection, kind, target, like)
            if last and last.state is ActionState.DELIVERED:
                assert life.network.last_told(target, like) is last.kind
        for action in life.network.arrivals:
            assert action.kind not in DESTRUCTIVE or action.receipt_hold_id


@given(STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_action_has_one_effect_in_order_and_is_settled(sqlite_template, clock, steps):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "jacana.db")
        database = Database(f"sqlite:///{folder}/jacana.db")
        life = Life(database, clock)
        try:
            for step, argument in steps:
                life.take(step, argument)
            life.pump.drain(step_seconds=4000)
            check(life)
        finally:
            database.close()


def test_the_same_story_holds_on_both_databases(database, clock):
    life = Life(database, clock)
    life.take("order", (ActionKind.HOLD, "clip-1"))
    for where in DEATHS:
        life.take("work", (0, where))
    life.pump.drain()
    life.take("order", (ActionKind.REMOVE, "clip-1"))
    life.take("mishap", Mishap(arrives=True))
    life.take("work", (0, "before_commit"))
    life.take("reverse", 1)
    life.pump.drain(step_seconds=30)
    check(life)
    assert life.network.last_told("clip-1") is ActionKind.RESTORE


def test_an_order_given_while_an_older_one_is_on_its_way_arrives_after_it(database, clock):
    life = Life(database, clock)
    life.take("order", (ActionKind.RELEASE, "clip-1"))
    life.take("meanwhile", (ActionKind.HOLD, "clip-1"))
    life.pump.drain(step_seconds=30)
    check(life)
    assert [action.kind for action in life.network.arrivals] == [ActionKind.RELEASE, ActionKind.HOLD]
