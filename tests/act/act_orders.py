"""Orders for tests, and a pump that works the outbox by hand and can be interrupted."""

import base64
from datetime import UTC, datetime

from jacana.act.enforcement import Enforcement, Order
from jacana.db.engine import Database
from jacana.db.outbox import count_waiting, list_due, mark_finished, mark_started
from jacana.model.action import DESTRUCTIVE, ActionKind, TargetKind
from jacana.model.preservation import PreservationReceipt

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
RECEIPT = PreservationReceipt("ab" * 32, 10, datetime(2026, 1, 1, tzinfo=UTC), "hold_1")


def make_order(kind: ActionKind, target: str = "clip-1", cause: str = "dec_1", **changes) -> Order:
    """Return an order; destructive kinds get a receipt."""
    of_account = kind.value.endswith(("account", "reauth"))
    values = {
        "kind": kind,
        "target_kind": TargetKind.ACCOUNT if of_account else TargetKind.UPLOAD,
        "target_id": target,
        "account_id": "anna",
        "upload_id": None if of_account else "upload_1",
        "cause": cause,
        "reason": "known material",
        "rule": "known-material",
        "decided_by": "policy:default@0123456789ab",
        "receipt": RECEIPT if kind in DESTRUCTIVE else None,
    }
    return Order(**{**values, **changes})


class Pump:
    """Works due outbox rows one by one, as the pipeline does, and takes up again what a crash interrupted."""

    def __init__(self, database: Database, enforcement: Enforcement, clock) -> None:
        self.database, self.enforcement, self.clock = database, enforcement, clock
        self.interrupted: list = []

    def due(self) -> list:
        with self.database.read() as connection:
            return self.interrupted + list_due(connection, self.clock())

    def work(self, row):
        with self.database.write() as connection:
            mark_started(connection, row.id, self.clock())
        if row not in self.interrupted:
            self.interrupted.append(row)
        outcome = self.enforcement.deliver(row.payload["action_id"], row.payload["attempt"])
        with self.database.write() as connection:
            mark_finished(connection, row.id, self.clock())
        self.interrupted.remove(row)
        return outcome

    def drain(self, step_seconds: float = 0) -> list:
        """Work until nothing is due; with `step_seconds` also let time pass until nothing is promised."""
        outcomes = []
        for _ in range(500):
            due = self.due()
            if due:
                outcomes.append(self.work(due[0]))
                continue
            with self.database.read() as connection:
                if not step_seconds or not count_waiting(connection):
                    return outcomes
            self.clock.advance(step_seconds)
        raise AssertionError("the outbox never drains")
