"""What a network does at log-in and sign-up: it asks the door and does as it is told. Remembers who was not let in."""

from datetime import datetime
from typing import Any

from jacana.detect.accounts.door.patterns import Pattern, SessionCheck
from jacana.ingest.personal import DeviceKeys, blind_value
from jacana.model.account_finding import AccountFindingKind
from jacana.model.check import Answer
from jacana.model.event import EventType
from jacana.pipeline.evaluation.outcome import AtDoor, Sighting
from jacana.pipeline.stages import Stages
from jacana.simulate.population.world import SimEvent

_ASKED = {EventType.ACCOUNT_CREATED.value: "sign_up", EventType.SESSION_STARTED.value: "log_in"}


class Entrance:
    """Asks `stages.door` about every sign-up and log-in of a replay.

    A refused sign-up never becomes an account, a refused log-in no session: what they would have done is not let in
    either. Whoever is challenged is taken to prove who they are.
    """

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._keys = DeviceKeys(stages.sealer, stages.settings.device_epoch_days)
        self._refused_accounts: set[str] = set()
        self._refused_sessions: set[str] = set()
        self.at_door: list[AtDoor] = []
        self.sightings: list[Sighting] = []

    def let_in(self, event: SimEvent) -> bool:
        """Return whether the network lets this happen."""
        account_id = event["account_id"]
        if account_id in self._refused_accounts or event.get("session_id") in self._refused_sessions:
            return False
        kind = _ASKED.get(event["type"])
        if kind is None:
            return True
        answer = self._stages.door.check(self._read_check(kind, event))
        now = self._stages.clock()
        self.sightings += [
            Sighting(account_id, finding.kind, finding.score, now)
            for finding in answer.findings
            if finding.kind is AccountFindingKind.BAN_EVASION
            and finding.details.get("pattern") != Pattern.BANNED_ACCOUNT
        ]
        if answer.answer is Answer.ALLOW:
            return True
        refused = answer.answer is Answer.REFUSE
        self.at_door.append(AtDoor(account_id, now, kind == "sign_up", refused))
        if refused and kind == "sign_up":
            self._refused_accounts.add(account_id)
        elif refused and "session_id" in event:
            self._refused_sessions.add(event["session_id"])
        return not refused

    def _read_check(self, kind: Any, event: SimEvent) -> SessionCheck:
        now, device, address = self._stages.clock(), event.get("device_id"), event.get("ip")
        keys = (self._keys.blind(device, now), self._keys.blind_before(device, now)) if device else ()
        names = tuple(event[name] for name in ("screen_name", "display_name") if event.get(name))
        network = blind_value(self._stages.sealer, "ip", "ip", address) if address else None
        return SessionCheck(
            kind=kind,
            at=datetime.fromisoformat(event["occurred_at"]),
            account_id=event["account_id"],
            device_keys=keys,
            attested=bool(event.get("device_attested")),
            names=names,
            network_key=network,
        )
