"""Tells wired stages what happened on a network, and gives them terms. Every term is an invented word."""

from datetime import datetime, timedelta
from typing import Any

from jacana.model.term import MatchMode, Term, TermState
from jacana.pipeline.eventwork.worker import work_events
from jacana.pipeline.inline import drain_outbox
from jacana.pipeline.stages import Stages

TERM = "zorvalim"


def tell(stages: Stages, *events: dict[str, Any], at: datetime | None = None) -> None:
    """Append events; `id` and `occurred_at` are made up where they are left out. Every one must be accepted."""
    with stages.db.read() as connection:
        first = stages.events.last_sequence(connection)
    moment = (at or stages.clock()).isoformat()
    whole = [
        {"id": f"e{first + place}", "occurred_at": moment, "account_id": "anna", **event}
        for place, event in enumerate(events)
    ]
    results = stages.events.append(whole, "key:test")
    assert [result.status.value for result in results] == ["accepted"] * len(whole), results


def say(text: str, account_id: str = "anna", **fields: Any) -> dict[str, Any]:
    """Return a comment."""
    return {"type": "comment_posted", "account_id": account_id, "upload_id": "clip-1", "text": text, **fields}


def add_term(stages: Stages, text: str = TERM, *, severity: int = 4, active: bool = True, **fields: Any) -> str:
    """Add a term, approved by two people if it is to be active, else in shadow; return its id."""
    term = Term("", text, MatchMode.CANONICAL, severity, TermState.SHADOW, source="test", licence="none", **fields)
    with stages.db.write() as connection:
        term_id = stages.lexicon.add_term(connection, term, "cli:test")
        for user in ("user_1", "user_2") if active else ():
            stages.lexicon.approve_term(connection, term_id, user)
    return term_id


def tell_vault(
    stages: Stages, account_id: str = "mira", *, devices: int = 12, days: int = 24, created: bool = True
) -> None:
    """Tell of an account behind one password: its only-me uploads are watched from many unrelated devices."""
    start = stages.clock() - timedelta(days=days)
    origin = {"account_id": account_id, "device_id": f"{account_id}-own", "ip": "192.0.2.1"}
    if created:
        tell(stages, {"type": "account_created", **origin, "screen_name": account_id}, at=start)
    for number in range(8):
        upload = {"upload_id": f"{account_id}-{number}", "visibility": "only_me", "sha256": f"{number:064x}"}
        tell(stages, {"type": "upload_registered", **origin, **upload}, at=start + timedelta(hours=number))
    for number in range(devices):
        visitor = {"account_id": account_id, "device_id": f"{account_id}-{number}", "ip": f"198.51.100.{number}"}
        for visit in range(3):
            at = start + timedelta(days=2 + (number * 1.4 + visit * 2) % (days - 3))
            tell(
                stages,
                {"type": "session_started", **visitor, "session_id": f"s{number}-{visit}"},
                {"type": "video_viewed", **visitor, "upload_id": f"{account_id}-{number % 8}", "seconds": 30},
                {"type": "video_viewed", **visitor, "upload_id": f"{account_id}-{(number + 1) % 8}", "seconds": 30},
                at=at,
            )


def work_all(stages: Stages) -> list[str]:
    """Work every event and whatever that promises; return the topics that were worked."""
    while work_events(stages):
        pass
    return drain_outbox(stages)
