"""The second story of the demo: a vault ring, from a disguised teaser to the evader who is met at the door.

Knows Jacana only from outside, as the first story does. The term is an invented word, drawn anew at every run; nothing
is uploaded here but events, and every claim is checked.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from jacana.model.clock import format_time, utc_now
from jacana.simulate.reviewer import ScriptedReviewer
from jacana.simulate.story import WAIT_SECONDS, StoryBrokenError, StoryPlaces

DAYS = 24
"""How long ago the vault was made; younger accounts are not judged by how they are shared."""
WATCHERS = 12
PRIVATE_ITEMS = 8


@dataclass(frozen=True, slots=True)
class RingOutcome:
    """Ids by which the caller can look further."""

    vault: str
    evader: str
    case_id: str


class RingStory:
    """Plays the story once; `say(mark, text)` is called for each thing that is seen to be true."""

    def __init__(self, places: StoryPlaces, term: str, say: Callable[[str, str], None]) -> None:
        self._places = places
        self._term = term
        self._say = say
        self._tag = uuid4().hex[:6]
        self._told = 0
        self._start = utc_now() - timedelta(days=DAYS)
        self._api = httpx.Client(
            base_url=places.jacana, headers={"Authorization": f"Bearer {places.api_key}"}, timeout=60
        )

    def close(self) -> None:
        """Drop the connection."""
        self._api.close()

    def play(self, first: ScriptedReviewer, second: ScriptedReviewer, term_id: str) -> RingOutcome:
        """Play all of it; two people approve the term. Raises StoryBrokenError."""
        for reviewer in (first, second):
            reviewer.approve_term(term_id)
        self._say("words", "an invented term is in the lexicon, sealed; two people approved it on the console")
        self._await("the term is in force", self._is_teaser_refused)
        self._say(
            "words", f"asked about at once: {self._disguise()!r} in a caption is refused, seen through its disguise"
        )
        self._ask_for_it()
        vault, promoter, family = self._name("vera"), self._name("promo"), self._name("family")
        self._tell_family(family)
        self._tell_vault(vault)
        self._tell_teaser(promoter, vault)
        self._await_case(first, promoter)
        self._say("words", "the teaser was posted all the same, by an account of its own: read, and before a person")
        case_id = self._await_case(first, vault)
        if self._account(family) is not None or any(family in text for _, text in first.list_cases()):
            raise StoryBrokenError("a family was taken for a vault")
        self._say("vault", f"{WATCHERS} unrelated devices watch its only-me uploads: found; a family beside it is not")
        self._await("everybody is signed out", lambda: vault in self._state("reauth"))
        self._say("act", "the network was told to have everybody prove who they are; nobody is suspended for sharing")
        evidence = first.read_case(case_id)
        if "<svg" not in evidence or promoter not in evidence:
            raise StoryBrokenError("the case does not show the picture of the account's links")
        self._say("review", f"{case_id}: who uses it and how, and the picture of its links, to the teaser's account")
        first.decide_account(case_id, "trading", "Its use, and the teaser on the same device, leave no doubt.")
        self._await("the vault is banned", lambda: self._account(vault) == "banned")
        self._await("its device is banned", lambda: bool(self._state("devices")))
        self._say("act", "a person's verdict: account and device banned, the account's record sealed before")
        evader = self._name("vera2")
        self._meet_evader(vault, evader)
        return RingOutcome(vault, evader, case_id)

    def _name(self, name: str) -> str:
        return f"{name}-{self._tag}"

    def _disguise(self) -> str:
        """Return the term as a ring writes it: some letters as digits, one doubled, dots between."""
        swapped = self._term.replace("o", "0").replace("i", "1").replace("e", "3").replace("a", "4")
        return ".".join(swapped)

    def _is_teaser_refused(self) -> bool:
        return bool(self._check_text("caption", f"new {self._disguise()} who knows")["answer"] == "refuse")

    def _ask_for_it(self) -> None:
        answer = self._check_text("search", self._disguise())
        if answer["answer"] != "deter" or not answer.get("message") or not answer.get("help_url"):
            raise StoryBrokenError("a search for the term was not answered with words and an address of help")
        if self._check_text("search", "how to bake bread")["answer"] != "allow":
            raise StoryBrokenError("an innocent search was not answered")
        self._say("search", "somebody searches for it: answered with the operator's words and the address of help")

    def _check_text(self, field: str, text: str) -> dict[str, Any]:
        answer = self._api.post("/v1/check/text", json={"field": field, "text": text})
        if answer.status_code != httpx.codes.OK:
            raise StoryBrokenError(f"a text could not be asked about: {answer.status_code} {answer.text[:200]}")
        return dict(answer.json())

    def _tell_family(self, account: str) -> None:
        """Tell of three devices at home that watch the family's only-me videos."""
        events = [self._event("account_created", account, 0.0, 0, device="tablet")]
        events += [self._upload(account, number, "only_me", device="tablet") for number in range(4)]
        for day in range(2, DAYS - 1):
            device = ("tablet", "phone", "laptop")[day % 3]
            events.append(self._event("session_started", account, day, 0, device=device, session_id=f"f{day}"))
            events.append(self._view(account, day, 0, device=device, number=day % 4))
        self._send(events)

    def _tell_vault(self, account: str) -> None:
        """Tell of uploads for nobody but the owner, and of many who watch them, each from a place of their own."""
        events = [self._event("account_created", account, 0.0, 1, device="own", screen_name=account)]
        events += [self._upload(account, number, "only_me", device="own", network=1) for number in range(PRIVATE_ITEMS)]
        for day in (1, 5, 9):
            events.append(self._event("session_started", account, day, 1, device="own", session_id=f"own{day}"))
        for watcher in range(WATCHERS):
            for visit in range(3):
                came = 2 + (watcher * 1.4 + visit * 2) % (DAYS - 3)
                device, network = f"w{watcher}", watcher + 10
                session = f"w{watcher}-{visit}"
                events.append(self._event("session_started", account, came, network, device=device, session_id=session))
                events += [
                    self._view(account, came, network, device=device, number=(watcher + step) % PRIVATE_ITEMS)
                    for step in range(2)
                ]
        self._send(sorted(events, key=lambda event: str(event["occurred_at"])))

    def _tell_teaser(self, promoter: str, vault: str) -> None:
        """Tell of another account on the vault owner's own device, which says where others read it what there is."""
        own = {"device_id": self._device(vault, "own")}
        events = [
            self._event("account_created", promoter, 3, 1, device="", **own),
            self._event("session_started", promoter, 4, 1, device="", session_id="p4", **own),
            self._event("session_started", promoter, 8, 1, device="", session_id="p8", **own),
        ]
        teaser = {"upload_id": "somebody's dance", "text": f"who wants {self._disguise()} writes to me"}
        events.append(self._event("comment_posted", promoter, DAYS - 1, 1, device="", **own, **teaser))
        self._send(events)

    def _meet_evader(self, vault: str, evader: str) -> None:
        device = self._device(vault, "own")
        self._await("the door knows the device", lambda: self._knock(device, "vera again") == "refuse")
        self._say("door", "the evader comes back on the same device: no new account is made there")
        if self._knock(f"another device {self._tag}", "bob") != "allow":
            raise StoryBrokenError("somebody else was met at the door")
        self._say("door", "somebody else on another device signs up as always")

    def _knock(self, device: str, name: str) -> str:
        question = {"kind": "sign_up", "device_id": device, "screen_name": name}
        answer = self._api.post("/v1/check/session", json=question)
        if answer.status_code != httpx.codes.OK:
            raise StoryBrokenError(f"the door did not answer: {answer.status_code} {answer.text[:200]}")
        return str(answer.json()["answer"])

    # Events

    def _event(
        self, kind: str, account: str, day: float, network: int, *, device: str, **fields: Any
    ) -> dict[str, Any]:
        self._told += 1
        return {
            "type": kind,
            "id": f"ring-{self._tag}-{self._told}",
            "account_id": account,
            "occurred_at": format_time(self._at(day)),
            "device_id": self._device(account, device),
            "ip": f"198.51.100.{network}",
            **fields,
        }

    def _upload(self, account: str, number: int, visibility: str, *, device: str, network: int = 0) -> dict[str, Any]:
        upload = {"upload_id": f"{account}-{number}", "visibility": visibility}
        return self._event("upload_registered", account, 0.2 + number / 10, network, device=device, **upload)

    def _view(self, account: str, day: float, network: int, *, device: str, number: int) -> dict[str, Any]:
        view = {"upload_id": f"{account}-{number}", "seconds": 30}
        return self._event("video_viewed", account, day + 0.01, network, device=device, **view)

    def _at(self, day: float) -> datetime:
        return self._start + timedelta(days=day)

    def _device(self, account: str, device: str) -> str:
        return f"{device} of {account}"

    def _send(self, events: list[dict[str, Any]]) -> None:
        answer = self._api.post("/v1/events", json={"events": events})
        if answer.status_code != httpx.codes.OK or answer.json()["accepted"] != len(events):
            raise StoryBrokenError(f"events were refused: {answer.status_code} {answer.text[:300]}")

    # Looking

    def _await_case(self, reviewer: ScriptedReviewer, account: str) -> str:
        found: list[str] = []

        def is_there() -> bool:
            found[:] = [case for case, text in reviewer.list_cases() if account in text]
            return bool(found)

        self._await(f"a case on {account} waits", is_there)
        return found[0]

    def _account(self, account: str) -> str | None:
        accounts: dict[str, str] = self._state("accounts")
        return accounts.get(account)

    def _state(self, part: str) -> dict[str, str]:
        state: dict[str, Any] = httpx.get(f"{self._places.network}/state", timeout=10).json()
        return dict(state.get(part) or {})

    def _await(self, what: str, is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not is_true():
            if time.monotonic() > deadline:
                raise StoryBrokenError(f"waited {WAIT_SECONDS:.0f} s in vain for this: {what}")
            time.sleep(0.1)
