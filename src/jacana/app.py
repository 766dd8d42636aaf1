"""The composition root: settings in, a wired application out. The only place that picks adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from jacana.act.bans.bans import DeviceBans
from jacana.act.enforcement import Enforcement
from jacana.act.webhook import WebhookNetwork
from jacana.audit import AuditEntry, append_entry, last_entry
from jacana.db.engine import Database
from jacana.db.schema import check_schema
from jacana.db.sealing import FieldSealer
from jacana.decide.policy import load_policy
from jacana.detect.accounts.links.finder import LinkFinder
from jacana.detect.accounts.tracker import AccountTracker
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.catalogue.shelf import Catalogue
from jacana.detect.media.outside.panel import Panel
from jacana.detect.media.screener import MediaScreener
from jacana.detect.text.handover.detector import HandoverDetector
from jacana.detect.text.handover.mask import mask_passwords
from jacana.detect.text.lexicon.lexicon import Lexicon
from jacana.detect.text.live import LiveLexicon
from jacana.detect.text.screener import TextScreener
from jacana.ingest.events import EventLog
from jacana.ingest.intake import Intake
from jacana.ingest.keys import ApiKeys
from jacana.model.clock import Clock, utc_now
from jacana.pipeline.checktext import CheckedTexts
from jacana.pipeline.door import Door
from jacana.pipeline.durable import DbosWorkflows
from jacana.pipeline.eventwork.keeper import EventKeeper
from jacana.pipeline.exchange import ExchangeKeeper
from jacana.pipeline.housekeeping import Housekeeping
from jacana.pipeline.lookback import LookBackKeeper
from jacana.pipeline.single import claim_service
from jacana.pipeline.stages import Stages
from jacana.pipeline.work import Pump
from jacana.preserve.objects import open_object_store
from jacana.preserve.vault import Vault
from jacana.report.desk import ReportDesk
from jacana.report.ncmec import connect_with
from jacana.review.accounts.desk import AccountDesk
from jacana.review.desk import ReviewDesk
from jacana.settings import LoadedSettings, Settings
from jacana.web.site import create_site


def build_stages(loaded: LoadedSettings, clock: Clock = utc_now) -> Stages:
    """Wire every stage. Opens the database but starts nothing.

    Raises SetupInvalidError (missing keys, wrong schema, invalid policy), naming what an operator must do.
    """
    settings = loaded.settings
    db = Database(settings.resolved_database_url())
    check_schema(db)
    sealer = FieldSealer(settings.key_bytes("field_key"))
    store = open_object_store(settings.resolved_vault_url())
    vault = Vault(db, store, settings.key_bytes("vault_key"), settings.vault_key_id, clock)
    lexicon = Lexicon(sealer, clock, precision_floor=settings.term_precision_floor, idle_days=settings.term_idle_days)
    live = LiveLexicon(lexicon, clock)
    policy = load_policy(settings.resolved_policy_file())
    events = EventLog(db, sealer, clock, settings, mask_passwords)
    network = WebhookNetwork(settings.network_url, settings.network_secret)
    return Stages(
        settings=settings,
        clock=clock,
        db=db,
        sealer=sealer,
        keys=ApiKeys(clock),
        intake=Intake(db, settings.data_dir / "spool", sealer, clock, settings, mask_passwords),
        events=events,
        screener=MediaScreener(settings, clock),
        banks=Banks(clock),
        catalogue=Catalogue(settings.resolved_catalogue_dir(), parquet=settings.catalogue_format == "parquet"),
        outside=Panel.from_settings(settings),
        lexicon=lexicon,
        live=live,
        texts=TextScreener(live, HandoverDetector(sealer), clock),
        accounts=AccountTracker(settings),
        links=LinkFinder(settings),
        policy=policy,
        checked=CheckedTexts(events, sealer),
        door=Door(policy, clock),
        vault=vault,
        enforcement=Enforcement(db, network, clock, settings.delivery_waits()),
        bans=DeviceBans(clock, sealer, settings.device_ban_days),
        desk=ReviewDesk(clock, settings.lease_seconds, settings.undo_seconds),
        account_desk=AccountDesk(clock, settings.undo_seconds),
        reports=ReportDesk(db, connect_with(settings), vault.read, sealer, clock, settings),
    )


def close_stages(stages: Stages) -> None:
    """Release what `build_stages` opened."""
    stages.screener.close()
    stages.db.close()


def build_site(loaded: LoadedSettings) -> FastAPI:
    """Return the whole product: HTTP API, console and the workers behind them, started and stopped with the server.

    Raises SetupInvalidError, and ServiceAlreadyRunningError if another Jacana works on this database.
    """
    stages = build_stages(loaded)

    @asynccontextmanager
    async def run_workers(site: FastAPI) -> AsyncIterator[None]:
        with claim_service(stages):
            record_settings(stages, loaded)
            stages.intake.sweep_spool()
            workflows = DbosWorkflows(stages)
            workflows.launch()
            workers = (
                Pump(stages, workflows),
                EventKeeper(stages),
                Housekeeping(stages),
                LookBackKeeper(stages),
                ExchangeKeeper(stages),
            )
            for worker in workers:
                worker.start()
            site.state.workers = workers
            try:
                yield
            finally:
                for worker in workers:
                    worker.stop()
                workflows.stop()
                close_stages(stages)

    return create_site(stages, run_workers)


PERSONAL_SETTINGS = frozenset({"reporter_first_name", "reporter_last_name", "reporter_email"})


def record_settings(stages: Stages, loaded: LoadedSettings) -> None:
    """Write an audit entry if a setting differs from the last recorded one; secrets and people as fingerprints."""
    current = {
        row.name: _keyed_fingerprint(stages, loaded.settings, row.name)
        if row.secret or row.name in PERSONAL_SETTINGS
        else row.value
        for row in loaded.describe()
    }
    with stages.db.write() as connection:
        last = last_entry(connection, "settings.changed")
        before = last.details["settings"] if last else {}
        changed = sorted(name for name in current if current[name] != before.get(name))
        if changed:
            details = {"changed": changed, "settings": current}
            append_entry(connection, AuditEntry(stages.clock(), "system", "settings.changed", "settings", details))


def _keyed_fingerprint(stages: Stages, settings: Settings, name: str) -> str:
    """Tell whether a value changed without a way back to it: the fingerprint cannot be searched without field_key."""
    value = str(getattr(settings, name))
    return f"fingerprint {stages.sealer.blind(value, f'setting.{name}')[:16]}" if value else ""
