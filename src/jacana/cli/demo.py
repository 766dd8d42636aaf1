"""`jacana demo`: the whole product, a stand-in network and a sandbox CyberTipline on loopback, and one story."""

import signal
import sqlite3
import time
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.markup import escape

from jacana.app import close_stages
from jacana.audit import Verification, verify_log
from jacana.cli.context import console
from jacana.cli.demo_servers import DemoServers
from jacana.cli.demo_setting import BANK, DemoSetting, add_demo_term, grow_demo_bank, prepare_demo
from jacana.cli.upload import print_timeline
from jacana.db.engine import Database
from jacana.pipeline.stages import Stages
from jacana.pipeline.timeline import missing_stages, read_timeline
from jacana.simulate.reviewer import ConsoleUnexpectedError, ScriptedReviewer
from jacana.simulate.ring import RingStory
from jacana.simulate.story import Story, StoryBrokenError, StoryOutcome

SCRIPTED = "scripted-reviewer"
SECOND = "second-reviewer"
YOU = "you"


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Play to the end, check it all, exit 0 or 1.")] = False,
    folder: Annotated[Path, typer.Option(help="Working folder, emptied first.")] = Path("demo-data"),
    media: Annotated[Path, typer.Option(help="Folder of real clips, used where it exists.")] = Path("../shared/media"),
) -> None:
    """Play one story through Jacana on this machine; nothing leaves it."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with console.status("making keys, people, clips and a bank …"):
        setting, stages = prepare_demo(folder, media, (SCRIPTED, SECOND, YOU), undo_seconds=2 if headless else 6)
    _say("bank", f"{BANK} is loaded with {len(setting.bank)} clips: {', '.join(setting.bank)}")
    try:
        with DemoServers(setting.folder, setting.environment) as servers:
            _start(servers, setting)
            outcome = _play(setting, stages)
            _play_ring(setting, stages)
            _show(setting, stages, outcome)
            console.print(f"\nThe story took {time.monotonic() - started:.0f} s.")
            if not headless:
                _stay(setting)
    except KeyboardInterrupt:
        console.print("\nstopped")
    except (StoryBrokenError, ConsoleUnexpectedError, httpx.HTTPError) as problem:
        console.print(f"[red]✗ {escape(str(problem))}[/]  (logs: {setting.folder}/*.log)")
        raise typer.Exit(1) from None
    finally:
        close_stages(stages)


def _start(servers: DemoServers, setting: DemoSetting) -> None:
    places, environment = setting.places, setting.environment
    with console.status("starting Jacana, the stand-in network and the sandbox CyberTipline …"):
        servers.start(
            "network",
            *("sandbox", "network", "--port", places.network.rsplit(":", 1)[1]),
            *("--state", str(setting.folder / "network.db")),
        )
        servers.start(
            "sandbox",
            *("sandbox", "cybertipline", "--port", places.sandbox.rsplit(":", 1)[1]),
            *("--user", environment["JACANA_CYBERTIP_USERNAME"]),
            *("--db", str(setting.folder / "sandbox.db")),
        )
        servers.start("jacana", "serve")
        servers.await_answers(
            {
                "network": f"{places.network}/state",
                "sandbox": f"{places.sandbox}/sandbox/reports",
                "jacana": f"{places.jacana}/readyz",
            }
        )
    _say("ready", f"Jacana {places.jacana} · network {places.network} · sandbox CyberTipline {places.sandbox}")


def _play(setting: DemoSetting, stages: Stages) -> StoryOutcome:
    reviewer = ScriptedReviewer(setting.places.jacana)
    story = Story(setting.places, setting.clips, _say, lambda: grow_demo_bank(stages, setting.clips.early))
    try:
        reviewer.log_in(SCRIPTED, setting.passwords[SCRIPTED])
        return story.play(reviewer)
    finally:
        story.close()
        reviewer.close()


def _play_ring(setting: DemoSetting, stages: Stages) -> None:
    console.print("\n[bold]The ring.[/] Words, log-ins and devices: nothing here is a picture.")
    term_id, term = add_demo_term(stages)
    first, second = ScriptedReviewer(setting.places.jacana), ScriptedReviewer(setting.places.jacana)
    story = RingStory(setting.places, term, _say)
    try:
        first.log_in(SCRIPTED, setting.passwords[SCRIPTED])
        second.log_in(SECOND, setting.passwords[SECOND])
        story.play(first, second, term_id)
    finally:
        for each in (story, first, second):
            each.close()


def _show(setting: DemoSetting, stages: Stages, outcome: StoryOutcome) -> None:
    _await_report_hold(stages, outcome)
    _print_timeline(stages, outcome)
    _print_receipts(stages, outcome)
    whole, broken = _verify_both(setting, stages)
    if not whole.green or broken.green:
        raise StoryBrokenError(f"audit: {whole.problem or 'a changed byte was not found'}")
    _say("audit", f"verify is green: {whole.size} entries, root {whole.root[:16]}…")
    _say("audit", f"one byte changed in a copy: {broken.problem}")


def _await_report_hold(stages: Stages, outcome: StoryOutcome) -> None:
    deadline = time.monotonic() + 20
    while True:
        with stages.db.read() as connection:
            upload = stages.intake.load_upload(connection, outcome.disguised_id)
            holds = [h for h in stages.vault.list_holds(connection, upload.digests.sha256) if h.reason == "report"]
        if holds:
            break
        if time.monotonic() > deadline:
            raise StoryBrokenError("the receipt did not start the preservation clock")
        time.sleep(0.1)
    for hold in holds:
        if hold.ends_at is None:
            raise StoryBrokenError("the report's hold has no end")
        days = (hold.ends_at - hold.starts_at).days
        _say("preserve", f"the receipt started the clock: kept {days} days, until {hold.ends_at:%Y-%m-%d} ({hold.id})")


def _print_timeline(stages: Stages, outcome: StoryOutcome) -> None:
    with stages.db.read() as connection:
        steps = read_timeline(stages, connection, outcome.disguised_id)
    print_timeline(console, f"upload (b), {outcome.disguised_id}", steps)
    missing = missing_stages(steps)
    if missing:
        raise StoryBrokenError(f"the timeline has no step of {', '.join(missing)}")


def _print_receipts(stages: Stages, outcome: StoryOutcome) -> None:
    with stages.db.read() as connection:
        reports = [report for report in stages.reports.list_reports(connection) if report.receipt]
    received = {report["id"] for report in outcome.reports}
    for report in reports:
        if report.remote_id not in received:
            raise StoryBrokenError(f"the sandbox does not know report {report.remote_id}")
        receipt = escape((report.receipt or b"").decode())
        console.print(
            f"[bold]Sandbox receipt[/] for {report.id}, report {report.remote_id} there:\n{receipt}", soft_wrap=True
        )
    if len(reports) != len(received):
        raise StoryBrokenError(f"{len(reports)} receipts for {len(received)} finished reports")


def _verify_both(setting: DemoSetting, stages: Stages) -> tuple[Verification, Verification]:
    """Verify the log, and a copy of the database in which one byte of one entry was changed."""
    with stages.db.read() as connection:
        whole = verify_log(connection)
    copy = setting.folder / "tampered.db"
    with sqlite3.connect(setting.folder / "data" / "jacana.db") as source, sqlite3.connect(copy) as target:
        source.backup(target)
        (leaf,) = target.execute("SELECT entry FROM audit_entries WHERE position = 7").fetchone()
        changed = bytearray(leaf)
        changed[len(changed) // 2] ^= 1
        target.execute("UPDATE audit_entries SET entry = ? WHERE position = 7", (bytes(changed),))
    source.close()
    target.close()
    database = Database(f"sqlite:///{copy}")
    with database.read() as connection:
        broken = verify_log(connection)
    database.close()
    copy.unlink()
    return whole, broken


def _stay(setting: DemoSetting) -> None:
    story = Story(setting.places, setting.clips, _say)
    story.send(setting.spare, "emil", "only_me", "yours")
    story.close()
    console.print("\n[bold]Now you.[/] Another disguised copy waits in the queue:")
    console.print(f"  console   {setting.places.jacana}/console/")
    console.print(f"  log-in    {YOU}  {setting.passwords[YOU]}")
    console.print(f"  network   {setting.places.network}/")
    console.print("Ctrl-C stops everything.")
    while True:
        time.sleep(3600)


def _say(mark: str, text: str) -> None:
    console.print(f"[green]✓[/] [bold]{mark:<8}[/] {escape(text)}", soft_wrap=True)
