"""The story the demo plays: seven uploads of real video over HTTP, one reviewer, two reports. Every claim is checked.

Knows Jacana only from outside: its API, its console, what the stand-in network was told, what the sandbox received.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from jacana.model.clock import format_time, utc_now
from jacana.simulate.reviewer import ScriptedReviewer

WAIT_SECONDS = 60.0


class StoryBrokenError(RuntimeError):
    """Something the story promises did not happen."""


@dataclass(frozen=True, slots=True)
class StoryClips:
    """The files of the seven uploads."""

    innocent: Path
    disguised: Path
    """A copy of a bank clip: low bit rate, scaled down, grey."""
    truncated: Path
    mirrored: Path
    """A copy of another bank clip, mirrored, cropped and between black borders."""
    early: Path
    """A clip that no bank knows yet when it is uploaded."""


@dataclass(frozen=True, slots=True)
class StoryPlaces:
    """Where everything listens, all on loopback."""

    jacana: str
    network: str
    sandbox: str
    api_key: str


@dataclass(frozen=True, slots=True)
class StoryOutcome:
    """Ids by which the caller can look further."""

    innocent_id: str
    disguised_id: str
    copy_id: str
    truncated_id: str
    mirrored_id: str
    early_id: str
    case_id: str
    reports: list[dict[str, Any]]
    """What the sandbox received and finished."""


class Story:
    """Plays the story once; `say(mark, text)` is called for each thing that is seen to be true."""

    def __init__(
        self,
        places: StoryPlaces,
        clips: StoryClips,
        say: Callable[[str, str], None],
        grow_bank: Callable[[], None] = lambda: None,
    ) -> None:
        self._grow_bank = grow_bank
        self._places = places
        self._clips = clips
        self._say = say
        self._api = httpx.Client(
            base_url=places.jacana, headers={"Authorization": f"Bearer {places.api_key}"}, timeout=60
        )
        self._tag = uuid4().hex[:6]
        self._uploaded_at = format_time(utc_now())

    def close(self) -> None:
        """Drop the connection."""
        self._api.close()

    def play(self, reviewer: ScriptedReviewer) -> StoryOutcome:
        """Play all of it. Raises StoryBrokenError."""
        innocent = self._play_innocent()
        disguised = self._play_disguised()
        copy = self._play_copy()
        truncated = self._play_truncated()
        self._play_retry(innocent)
        early = self._play_early()
        case_id, reports = self._play_review(reviewer)
        mirrored = self._play_mirrored()
        self._play_look_back(early)
        return StoryOutcome(innocent, disguised, copy, truncated, mirrored, early, case_id, reports)

    def send(self, clip: Path, account: str, visibility: str, name: str) -> dict[str, Any]:
        """Upload one clip as the network would, with an idempotency key made from its name."""
        account_name, device = f"{account}-{self._tag}", f"device of {account}-{self._tag}"
        metadata = json.dumps(
            {
                "network_id": f"{name}-{self._tag}",
                "account": {"id": account_name, "screen_name": account, "email": f"{account_name}@example.org"},
                "visibility": visibility,
                "file_name": f"{name}.mp4",
                "uploaded_at": self._uploaded_at,
                "ip": "192.0.2.44",
                "device_id": device,
            }
        ).encode()
        with clip.open("rb") as stream:
            answer = self._api.post(
                "/v1/uploads",
                headers={"Idempotency-Key": f"{name}-{self._tag}"},
                files={"metadata": (None, metadata, "application/json"), "file": (f"{name}.mp4", stream, "video/mp4")},
            )
        if answer.status_code not in (200, 202):
            raise StoryBrokenError(f"upload {name} was refused: {answer.status_code} {answer.text[:300]}")
        return dict(answer.json())

    def _play_innocent(self) -> str:
        upload = self.send(self._clips.innocent, "anna", "public", "innocent")
        self._await("the network shows (a)", lambda: self._shown("innocent") == "visible")
        self._say("a", f"innocent clip, public: passed, the network was told to show it ({upload['id']})")
        return str(upload["id"])

    def _play_disguised(self) -> str:
        upload = self.send(self._clips.disguised, "bertram", "only_me", "disguised")
        self._await("(b) is held", lambda: self._shown("disguised") == "held")
        self._await("the account is suspended", lambda: self._account("bertram") == "suspended")
        self._say("b", f"disguised copy of a bank clip, only-me: held, preserved, account suspended ({upload['id']})")
        return str(upload["id"])

    def _play_copy(self) -> str:
        upload = self.send(self._clips.disguised, "carla", "only_me", "copy")
        self._await("(c) is held", lambda: self._shown("copy") == "held")
        self._say("c", f"the identical file from a second account: held; nobody has to look twice ({upload['id']})")
        return str(upload["id"])

    def _play_truncated(self) -> str:
        upload = self.send(self._clips.truncated, "dora", "public", "truncated")
        self._await("(d) is held", lambda: self._shown("truncated") == "held")
        self._say("d", f"truncated file: held, with the reason, as a case of its own kind ({upload['id']})")
        return str(upload["id"])

    def _play_retry(self, innocent: str) -> None:
        before = len(self._deliveries())
        again = self.send(self._clips.innocent, "anna", "public", "innocent")
        if again["id"] != innocent or not again.get("duplicate"):
            raise StoryBrokenError("the retried upload was not recognised")
        if len(self._deliveries()) != before:
            raise StoryBrokenError("the retried upload reached the network twice")
        self._say("e", "the first upload retried with the same idempotency key: recognised, nothing doubled")

    def _play_early(self) -> str:
        upload = self.send(self._clips.early, "greta", "public", "early")
        self._await("the network shows (f)", lambda: self._shown("early") == "visible")
        self._say("f", f"a clip that no bank knows: passed, shown, its bytes let go ({upload['id']})")
        return str(upload["id"])

    def _play_mirrored(self) -> str:
        upload = self.send(self._clips.mirrored, "frieda", "only_me", "mirrored")
        self._await("(g) is held", lambda: self._shown("mirrored") == "held")
        self._say("g", f"a bank clip mirrored, cropped and between black borders: held all the same ({upload['id']})")
        return str(upload["id"])

    def _play_look_back(self, early: str) -> None:
        self._grow_bank()
        self._await("looking back finds (f)", lambda: self._shown("early") == "held")
        self._await("its bytes are asked for", lambda: early in self._list_wanted())
        self._say("look", "the bank has grown: looking back found (f), hid it and asked the network to send it again")
        self.send(self._clips.early, "greta", "public", "early")
        self._await("its bytes have come", lambda: early not in self._list_wanted())
        self._say("look", "sent again: the same upload, its evidence sealed, its case open")

    def _list_wanted(self) -> list[str]:
        answer = self._api.get("/v1/uploads")
        return [str(upload["id"]) for upload in answer.json()["uploads"]]

    def _play_review(self, reviewer: ScriptedReviewer) -> tuple[str, list[dict[str, Any]]]:
        queue: list[tuple[str, str]] = []

        def three_cases() -> bool:
            queue[:] = reviewer.list_cases()
            return len(queue) >= 3

        self._await("three cases wait", three_cases)
        case_id = queue[0][0]
        if "no view needed" not in queue[1][1].lower():
            raise StoryBrokenError("the second case asks for another view of the identical file")
        self._say("review", f"three cases wait: {case_id} on top; its copy needs no view; the truncated file is apart")
        reviewer.decide_case(case_id, "confirmed", "Known material; the matched frames and the bank entry agree.")
        self._say("review", f"the reviewer confirmed {case_id} from the record, without a view")
        for account, name in (("bertram", "disguised"), ("carla", "copy")):
            self._await_enforced(name, account)
        self._say("act", "one decision covered both: both files removed, both accounts banned")
        for report_id in [report for case, _ in queue[:2] for report in reviewer.list_reports(case)]:
            reviewer.approve_report(report_id)
        self._await("two reports are finished", lambda: len(self._finished_reports()) == 2)
        self._say("report", "approved with a second, different confirmation, and filed with the sandbox CyberTipline")
        return case_id, self._finished_reports()

    def _await_enforced(self, name: str, account: str) -> None:
        self._await(f"{name} is removed", lambda: self._shown(name) == "removed")
        self._await(f"{account} is banned", lambda: self._account(account) == "banned")

    def _shown(self, name: str) -> str | None:
        uploads: dict[str, str] = self._network_state()["uploads"]
        return uploads.get(f"{name}-{self._tag}")

    def _account(self, account: str) -> str | None:
        accounts: dict[str, str] = self._network_state()["accounts"]
        return accounts.get(f"{account}-{self._tag}")

    def _network_state(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self._places.network}/state", timeout=10).json())

    def _deliveries(self) -> list[Any]:
        return list(httpx.get(f"{self._places.network}/deliveries", timeout=10).json()["deliveries"])

    def _finished_reports(self) -> list[dict[str, Any]]:
        reports = httpx.get(f"{self._places.sandbox}/sandbox/reports", timeout=10).json()
        return [report for report in reports if report["state"] == "finished"]

    def _await(self, what: str, is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not is_true():
            if time.monotonic() > deadline:
                raise StoryBrokenError(f"waited {WAIT_SECONDS:.0f} s in vain for this: {what}")
            time.sleep(0.1)
