"""Known media: the extended signature, roles and trust of banks, tombstones, exchanges, votes, look-back."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from jacana.db.columns import Moment

revision = "0004"
down_revision = "0003"

_NOTHING = sa.literal(b"", sa.LargeBinary)
_COUNTERS: dict[str, tuple[type[sa.Integer], str]] = {
    "entry_count": (sa.Integer, "live entries; kept with every change"),
    "frame_count": (sa.BigInteger, "frame hashes of the live entries"),
    "window_count": (sa.BigInteger, "window hashes of the live entries"),
    "tombstone_count": (sa.Integer, "entries that were taken back"),
}


def upgrade() -> None:
    """Apply."""
    _widen_media()
    _widen_banks()
    _rebuild_entries()
    _count_entries()
    _name_banks_in_findings()
    _create_changes()
    _create_exchange()
    _create_lookbacks()
    _ask_for_bytes()
    _create_asks()


def _widen_media() -> None:
    with op.batch_alter_table("detect_media") as table:
        table.add_column(sa.Column("windows", sa.LargeBinary, nullable=True))
        table.add_column(sa.Column("window_count", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("sampling", sa.String(20), nullable=False, server_default="rate"))
    media = sa.table("detect_media", sa.column("windows", sa.LargeBinary))
    op.execute(media.update().values(windows=_NOTHING))
    with op.batch_alter_table("detect_media") as table:
        table.alter_column(
            "windows",
            nullable=False,
            existing_type=sa.LargeBinary,
            comment="extended signature, as packed by hashing.frames",
        )
        table.alter_column("window_count", server_default=None, existing_type=sa.Integer, existing_nullable=False)
        table.alter_column(
            "sampling",
            server_default=None,
            existing_type=sa.String(20),
            existing_nullable=False,
            comment="adaptive, thorough or rate",
        )


def _widen_banks() -> None:
    words = {
        "role": (sa.String(10), "known", "known or benign"),
        "trust": (sa.String(10), "reviewed", "verified, reviewed or lead"),
        "origin": (sa.String(20), "file", "file, own, ncmec or threatexchange"),
    }
    added: list[sa.Column[Any]] = [
        *(
            sa.Column(name, kind, nullable=False, server_default=value, comment=comment)
            for name, (kind, value, comment) in words.items()
        ),
        sa.Column("licence", sa.String(400), nullable=True),
        sa.Column("threshold_reason", sa.String(400), nullable=True),
        *(
            sa.Column(name, kind, nullable=False, server_default="0", comment=comment)
            for name, (kind, comment) in _COUNTERS.items()
        ),
        sa.Column("changed_at", Moment, nullable=True, comment="last time an entry came or went"),
    ]
    for column in added:
        op.add_column("detect_banks", column)
    _drop_defaults("detect_banks", [*words, *_COUNTERS])


def _drop_defaults(table: str, columns: Sequence[str]) -> None:
    """Drop the defaults that only filled the rows of before.

    On SQLite they stay, unused: dropping one there means making the table anew, which rows that point to it forbid.
    """
    if op.get_bind().dialect.name != "sqlite":
        for name in columns:
            op.alter_column(table, name, server_default=None)


def _rebuild_entries() -> None:
    """Give entries numbers. A label may come back after a tombstone, so it is no longer unique."""
    op.execute(
        "CREATE TABLE detect_bank_entries_before AS SELECT *, ROW_NUMBER() OVER (ORDER BY added_at, id) AS number "
        "FROM detect_bank_entries"
    )
    op.drop_table("detect_bank_entries")
    entries = op.create_table(
        "detect_bank_entries",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("bank_id", sa.String(64), nullable=False),
        sa.Column("label", sa.String(255), nullable=False),
        sa.Column("md5", sa.String(32)),
        sa.Column("sha1", sa.String(40)),
        sa.Column("sha256", sa.String(64)),
        sa.Column("frame_count", sa.Integer, nullable=False),
        sa.Column("frames", sa.LargeBinary, nullable=False, comment="as detect_media.frames"),
        sa.Column("added_at", Moment, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, comment="short name in the hash index, never used twice"),
        sa.Column("windows", sa.LargeBinary, nullable=False, comment="as detect_media.windows"),
        sa.Column("window_count", sa.Integer, nullable=False),
        sa.Column("media_kind", sa.String(10)),
        sa.Column("source_id", sa.String(200)),
        sa.Column("classification", sa.String(10)),
        sa.Column("votes_up", sa.Integer, nullable=False),
        sa.Column("votes_down", sa.Integer, nullable=False),
        sa.Column("expires_at", Moment),
        sa.Column("removed_at", Moment, comment="a tombstone: on record, matches nothing"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_bank_entries")),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["detect_banks.id"], name=op.f("fk_detect_bank_entries_bank_id_detect_banks")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_detect_bank_entries_number")),
    )
    kept = ("id", "bank_id", "label", "md5", "sha1", "sha256", "frame_count", "frames", "added_at", "number")
    before = sa.table("detect_bank_entries_before", *(sa.column(name) for name in kept))
    op.execute(
        entries.insert().from_select(
            [*kept, "windows", "window_count", "votes_up", "votes_down"],
            sa.select(*(before.c[name] for name in kept), _NOTHING, sa.literal(0), sa.literal(0), sa.literal(0)),
        )
    )
    op.drop_table("detect_bank_entries_before")
    for name in ("md5", "sha1", "sha256"):
        op.create_index(op.f(f"ix_detect_bank_entries_{name}"), "detect_bank_entries", [name])
    for name in ("label", "source_id"):
        op.create_index(f"ix_detect_bank_entries_{name}", "detect_bank_entries", ["bank_id", name])
    op.create_index(op.f("ix_detect_bank_entries_expires_at"), "detect_bank_entries", ["expires_at"])


def _count_entries() -> None:
    banks = sa.table("detect_banks", sa.column("id"), *(sa.column(name) for name in (*_COUNTERS, "changed_at")))
    entries = sa.table("detect_bank_entries", *(sa.column(name) for name in ("bank_id", "frame_count", "added_at")))
    of_bank = entries.c.bank_id == banks.c.id
    counted = {
        "entry_count": sa.func.count(),
        "frame_count": sa.func.coalesce(sa.func.sum(entries.c.frame_count), 0),
        "changed_at": sa.func.max(entries.c.added_at),
    }
    op.execute(
        banks.update().values(
            {name: sa.select(value).where(of_bank).scalar_subquery() for name, value in counted.items()}
        )
    )


def _name_banks_in_findings() -> None:
    op.add_column(
        "detect_findings",
        sa.Column(
            "bank_id",
            sa.String(64),
            nullable=True,
            comment="of the match, where there is one: what banks are counted by",
        ),
    )
    findings = sa.table("detect_findings", sa.column("bank_id", sa.String), sa.column("match", sa.JSON))
    op.execute(findings.update().values(bank_id=findings.c.match["bank_id"].as_string()))
    op.create_index("ix_detect_findings_bank", "detect_findings", ["bank_id", "kind", "found_at", "sha256"])


def _create_changes() -> None:
    changes = op.create_table(
        "detect_bank_changes",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="order of commit: whoever writes here holds the audit lock",
        ),
        sa.Column("bank_id", sa.String(64), nullable=False),
        sa.Column("entry_number", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False, comment="added or removed"),
        sa.Column("changed_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_detect_bank_changes")),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["detect_banks.id"], name=op.f("fk_detect_bank_changes_bank_id_detect_banks")
        ),
    )
    op.create_index("ix_detect_bank_changes_bank", "detect_bank_changes", ["bank_id", "sequence"])
    entries = sa.table("detect_bank_entries", *(sa.column(name) for name in ("bank_id", "number", "added_at")))
    added = sa.select(entries.c.bank_id, entries.c.number, sa.literal("added"), entries.c.added_at)
    op.execute(
        changes.insert().from_select(
            ["bank_id", "entry_number", "kind", "changed_at"], added.order_by(entries.c.number)
        )
    )
    op.create_table(
        "detect_quarantine",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("bank_id", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False, comment="line of a file, or the source's own id"),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("message", sa.String(400), nullable=False),
        sa.Column("remedy", sa.String(400), nullable=False),
        sa.Column("refused_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_quarantine")),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["detect_banks.id"], name=op.f("fk_detect_quarantine_bank_id_detect_banks")
        ),
        sa.UniqueConstraint("bank_id", "reference", "field", name=op.f("uq_detect_quarantine_bank_id_reference_field")),
    )


def _create_exchange() -> None:
    op.create_table(
        "detect_checkpoints",
        sa.Column("bank_id", sa.String(64), nullable=False),
        sa.Column("environment", sa.String(60), nullable=False, comment="which list of the exchange, and test or not"),
        sa.Column("state", sa.JSON, nullable=False, comment="range, page and cursor in the exchange's own terms"),
        sa.Column("read_until", Moment, comment="everything that changed before this has been read"),
        sa.Column("checked_at", Moment, comment="last complete answer of the exchange"),
        sa.Column("problem", sa.String(400), comment="why the last attempt failed; null when it worked"),
        sa.Column("failed_at", Moment),
        sa.PrimaryKeyConstraint("bank_id", name=op.f("pk_detect_checkpoints")),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["detect_banks.id"], name=op.f("fk_detect_checkpoints_bank_id_detect_banks")
        ),
    )
    op.create_table(
        "detect_votes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("bank_id", sa.String(64), nullable=False),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("signal", sa.String(30), nullable=False, comment="the exchange's name of the hash kind, such as PDQ"),
        sa.Column("agrees", sa.Boolean, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False, comment="the exchange's ids of the reasons for a negative vote"),
        sa.Column("cause", sa.String(64), nullable=False, comment="review decision: a person's, always"),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("state", sa.String(12), nullable=False, comment="waiting, sent or refused"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("answer", sa.String(400)),
        sa.Column("cast_at", Moment, nullable=False),
        sa.Column("sent_at", Moment),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_votes")),
        sa.ForeignKeyConstraint(["bank_id"], ["detect_banks.id"], name=op.f("fk_detect_votes_bank_id_detect_banks")),
        sa.UniqueConstraint("entry_id", "signal", "cause", name=op.f("uq_detect_votes_entry_id_signal_cause")),
    )
    op.create_index(op.f("ix_detect_votes_state"), "detect_votes", ["state"])


def _create_lookbacks() -> None:
    op.create_table(
        "detect_lookbacks",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("from_sequence", sa.BigInteger, nullable=False, comment="bank changes after this one"),
        sa.Column("to_sequence", sa.BigInteger, nullable=False, comment="up to and with this one"),
        sa.Column("state", sa.String(12), nullable=False, comment="waiting, running, done or failed"),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("hashes", sa.BigInteger, nullable=False, comment="hashes of those entries"),
        sa.Column("total", sa.BigInteger, nullable=False, comment="catalogue hashes to be compared"),
        sa.Column("scanned", sa.BigInteger, nullable=False),
        sa.Column("cursor", sa.JSON, nullable=False, comment="shards that are done"),
        sa.Column("hits", sa.Integer, nullable=False, comment="uploads sent through the flow again"),
        sa.Column("problem", sa.String(400)),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("started_at", Moment),
        sa.Column("finished_at", Moment),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_lookbacks")),
    )
    op.create_index(op.f("ix_detect_lookbacks_state"), "detect_lookbacks", ["state"])


def _ask_for_bytes() -> None:
    """Let a look-back ask for bytes that were let go."""
    wanted = sa.Column(
        "bytes_wanted_for", sa.String(64), comment="decision that needs the bytes again; null once they came"
    )
    op.add_column("ingest_uploads", wanted)
    for name in ("sha1", "md5", "bytes_wanted_for"):
        op.create_index(op.f(f"ix_ingest_uploads_{name}"), "ingest_uploads", [name])
    asked = sa.Column(
        "wants_bytes",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="the network is asked to send the upload again",
    )
    op.add_column("act_actions", asked)
    _drop_defaults("act_actions", ["wants_bytes"])


def _create_asks() -> None:
    op.create_table(
        "detect_asks",
        sa.Column("upload_id", sa.String(64), nullable=False),
        sa.Column("service", sa.String(60), nullable=False, comment="name of the look-up service or classifier"),
        sa.Column("state", sa.String(12), nullable=False, comment="silent, answered or given_up"),
        sa.Column("sent", sa.String(12), nullable=False, comment="what left the house: hashes, media, both or nothing"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("why", sa.String(20), comment="kind of the last silence"),
        sa.Column("asked_at", Moment, nullable=False, comment="last time"),
        sa.Column("answered_at", Moment),
        sa.PrimaryKeyConstraint("upload_id", "service", name=op.f("pk_detect_asks")),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["ingest_uploads.id"], name=op.f("fk_detect_asks_upload_id_ingest_uploads")
        ),
    )
    op.create_index(op.f("ix_detect_asks_state"), "detect_asks", ["state"])
