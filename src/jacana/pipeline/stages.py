"""The wired stages, in the order of the flow. Built by `app`, handed to the pipeline, the web and the command line."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jacana.act.bans.bans import DeviceBans
from jacana.act.enforcement import Enforcement
from jacana.db.engine import Database
from jacana.db.sealing import FieldSealer
from jacana.decide.policy import Policy
from jacana.detect.accounts.links.finder import LinkFinder
from jacana.detect.accounts.tracker import AccountTracker
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.catalogue.shelf import Catalogue
from jacana.detect.media.outside.panel import Panel
from jacana.detect.media.screener import MediaScreener
from jacana.detect.text.lexicon.lexicon import Lexicon
from jacana.detect.text.live import LiveLexicon
from jacana.detect.text.screener import TextScreener
from jacana.ingest.events import EventLog
from jacana.ingest.intake import Intake
from jacana.ingest.keys import ApiKeys
from jacana.model.clock import Clock
from jacana.pipeline.door import Door
from jacana.preserve.vault import Vault
from jacana.report.desk import ReportDesk
from jacana.review.accounts.desk import AccountDesk
from jacana.review.desk import ReviewDesk
from jacana.settings import Settings

if TYPE_CHECKING:  # it takes wired stages itself
    from jacana.pipeline.checktext import CheckedTexts


@dataclass(frozen=True, slots=True)
class Stages:
    """Everything that is wired, one attribute a stage."""

    settings: Settings
    clock: Clock
    db: Database
    sealer: FieldSealer
    keys: ApiKeys
    intake: Intake
    events: EventLog
    screener: MediaScreener
    banks: Banks
    catalogue: Catalogue
    outside: Panel
    lexicon: Lexicon
    live: LiveLexicon
    texts: TextScreener
    accounts: AccountTracker
    links: LinkFinder
    policy: Policy
    checked: "CheckedTexts"
    door: Door
    vault: Vault
    enforcement: Enforcement
    bans: DeviceBans
    desk: ReviewDesk
    account_desk: AccountDesk
    reports: ReportDesk
