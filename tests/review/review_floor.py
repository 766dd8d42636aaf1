"""A desk and everything a test does around it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jacana.db.engine import Connection, Database
from jacana.db.outbox import mark_started
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.model.clock import Clock
from jacana.model.decision import Lane
from jacana.model.verdict import Verdict
from jacana.review.cases import DecisionForm, Lease, ReviewDecision
from jacana.review.desk import ReviewDesk

LEASE_SECONDS = 900
UNDO_SECONDS = 10
SIZE_BYTES = 1000


def sha256_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


@dataclass
class Floor:
    """Each method is one transaction."""

    database: Database
    clock: Clock
    desk: ReviewDesk

    def upload(self, upload_id: str, account_id: str, file: str) -> None:
        """Register an upload of the file called `file`, as ingest would."""
        with self.database.write() as connection:
            known = connection.execute(ingest_accounts.select().where(ingest_accounts.c.id == account_id)).first()
            if known is None:
                connection.execute(
                    ingest_accounts.insert().values(
                        id=account_id, state="active", first_seen_at=self.clock(), updated_at=self.clock()
                    )
                )
            connection.execute(
                ingest_uploads.insert().values(
                    id=upload_id,
                    network_id=upload_id,
                    account_id=account_id,
                    visibility="public",
                    state="held",
                    md5="0" * 32,
                    sha1="0" * 40,
                    sha256=sha256_of(file),
                    size_bytes=1,
                    received_at=self.clock(),
                )
            )

    def open(self, upload_id: str, account_id: str, file: str, lane: Lane = Lane.APPARENT_CSAM) -> str:
        """Upload and open a case."""
        self.upload(upload_id, account_id, file)
        return self.do(lambda c: self.desk.open_case(c, account_id, lane, upload_id, sha256_of(file)))

    def do(self, work: Callable[[Connection], Any]) -> Any:
        with self.database.write() as connection:
            return work(connection)

    def lease(self, case_id: str, user_id: str = "anna") -> Lease:
        return self.do(lambda c: self.desk.lease_case(c, case_id, user_id))

    def form(self, case_id: str, file: str, user_id: str = "anna", **changes: object) -> DecisionForm:
        """Lease the case and fill the form as the console would."""
        lease = self.lease(case_id, user_id)
        fields: dict[str, object] = {
            "case_id": case_id,
            "sha256": sha256_of(file),
            "verdict": Verdict.CONFIRMED,
            "classification": None,
            "reason": "as the bank says",
            "user_id": user_id,
            "lease_token": lease.token,
            "version": lease.version,
        }
        return DecisionForm(**{**fields, **changes})

    def decide(self, case_id: str, file: str, user_id: str = "anna", **changes: object) -> ReviewDecision:
        form = self.form(case_id, file, user_id, **changes)
        return self.do(lambda c: self.desk.decide(c, form))

    def watch(self, case_id: str, file: str, user_id: str = "anna", seconds: float = 10.0) -> None:
        """Take the case and watch a video of so many seconds to its end: bytes are sent, time passes, all is shown."""
        self.lease(case_id, user_id)
        view = self.do(lambda c: self.desk.start_view(c, user_id, case_id, sha256_of(file)))
        self.do(lambda c: self.desk.record_served(c, view.id, user_id, 0, SIZE_BYTES))
        self.clock.advance(seconds)
        claim = {"duration_seconds": seconds, "size_bytes": SIZE_BYTES, "readable": True}
        ranges, revealed_ms = [(0.0, seconds)], int(seconds * 1000)
        self.do(lambda c: self.desk.record_progress(c, view.id, user_id, ranges, revealed_ms, **claim))

    def settle(self, decision_id: str) -> list[str]:
        """Apply a verdict as the pipeline does: the outbox row starts, then the file is settled."""

        def work(connection: Connection) -> list[str]:
            mark_started(connection, decision_id, self.clock())
            return self.desk.settle(connection, decision_id)

        return self.do(work)
