"""What the tests of door, banning and appeals share: accounts, devices and verdicts written as the flow leaves them."""

from datetime import timedelta

import sqlalchemy as sa

from jacana.act.enforcement import Order
from jacana.db.tables.act import act_actions
from jacana.db.tables.detect_accounts import detect_ties
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.db.tables.review import review_cases, review_items
from jacana.detect.accounts.door.patterns import SessionCheck
from jacana.ingest.personal import DeviceKeys
from jacana.model.account import AccountState
from jacana.model.action import ActionKind, TargetKind
from jacana.model.preservation import PreservationReceipt
from jacana.model.tie import TieKind
from jacana.pipeline.banning import Lifted, ban_devices, lift_caused

DECISION = "decision_ban"


class DoorWorld:
    def __init__(self, stages, clock) -> None:
        self.stages, self.clock = stages, clock
        self.devices = DeviceKeys(stages.sealer, stages.settings.device_epoch_days)
        self.receipt = PreservationReceipt("0" * 64, 1, clock(), "hold_1")

    def key(self, device: str) -> str:
        return self.devices.blind(device, self.clock())

    def keys(self, device: str) -> tuple[str, str]:
        return self.key(device), self.devices.blind_before(device, self.clock())

    def add_account(self, account: str, *, days: int = 10, name: str | None = None) -> None:
        at = self.clock() - timedelta(days=days)
        row = {"id": account, "state": "active", "created_at": at, "first_seen_at": at, "updated_at": self.clock()}
        with self.stages.db.write() as connection:
            connection.execute(ingest_accounts.insert().values(screen_name=name, **row))

    def tie(self, account: str, device: str, *, sessions=5, attested=True, days: int = 20, kind=TieKind.DEVICE) -> None:
        entity = self.key(device) if kind is TieKind.DEVICE else device
        with self.stages.db.write() as connection:
            connection.execute(
                detect_ties.insert().values(
                    kind=kind.value, entity=entity, account_id=account, sessions=sessions, attested=attested,
                    first_seen_at=self.clock() - timedelta(days=days), last_seen_at=self.clock(),
                )
            )  # fmt: skip

    def confirm(self, account: str, verdict_id: str) -> None:
        """A person has confirmed a file of the account."""
        now, name = self.clock(), f"{account}{verdict_id}"
        with self.stages.db.write() as connection:
            connection.execute(
                ingest_uploads.insert().values(
                    id=f"upload_{name}", network_id=name, account_id=account, visibility="public", state="held",
                    md5="0" * 32, sha1="0" * 40, sha256=name.ljust(64, "0"), size_bytes=1, received_at=now,
                )
            )  # fmt: skip
            connection.execute(
                review_cases.insert().values(
                    id=f"case_{name}", account_id=account, lane="review", state="closed", version=1,
                    opened_at=now, due_at=now, lease_token=0,
                )
            )  # fmt: skip
            connection.execute(
                review_items.insert().values(
                    id=f"item_{name}", case_id=f"case_{name}", upload_id=f"upload_{name}", sha256=name.ljust(64, "0"),
                    added_at=now, verdict="confirmed", decision_id=verdict_id,
                )
            )  # fmt: skip

    def ban(self, account: str, cause: str = DECISION, decided_by: str = "user:user_1") -> list[Order]:
        """Ban an account and its devices as enforcement does, in one transaction."""
        with self.stages.db.write() as connection:
            order = Order(
                kind=ActionKind.BAN_ACCOUNT, target_kind=TargetKind.ACCOUNT, target_id=account, account_id=account,
                upload_id=None, cause=cause, reason="confirmed", rule="r", decided_by=decided_by, receipt=self.receipt,
            )  # fmt: skip
            self.stages.enforcement.order(connection, [order])
            self.stages.intake.set_account_state(connection, account, AccountState.BANNED)
            orders = ban_devices(
                self.stages, connection, account, cause, "Its account is banned.", self.receipt, decided_by
            )
            self.stages.enforcement.order(connection, orders)
        self.refresh()
        return orders

    def lift(self, account: str, cause: str = DECISION) -> Lifted:
        """Lift a ban as enforcement does."""
        with self.stages.db.write() as connection:
            found = self.stages.enforcement.list_actions(connection, cause=cause)
            (action,) = [one for one in found if one.kind is ActionKind.BAN_ACCOUNT]
            self.stages.enforcement.reverse(connection, action.id, "user:user_2", "a mistake")
            self.stages.intake.set_account_state(connection, account, AccountState.ACTIVE)
            lifted = lift_caused(self.stages, connection, cause, "user:user_2", "a mistake")
            self.stages.enforcement.order(connection, lifted.orders)
        self.refresh()
        return lifted

    def refresh(self) -> None:
        with self.stages.db.read() as connection:
            self.stages.door.refresh(connection)

    def check(
        self, kind: str, device: str | None = None, *, account: str | None = None, name: str | None = None, **more
    ):
        return self.stages.door.check(
            SessionCheck(
                kind=kind, at=self.clock(), account_id=account, device_keys=self.keys(device) if device else (),
                names=(name,) if name else (), **more,
            )
        )  # fmt: skip

    def told(self, device: str) -> list[tuple[str, int | None]]:
        """What the network was told of a device, in order."""
        with self.stages.db.read() as connection:
            query = sa.select(act_actions).where(act_actions.c.target_id == self.key(device))
            return [(row.kind, row.tier) for row in connection.execute(query.order_by(act_actions.c.sequence))]
