"""Events of accounts for the tests: written by hand, or any valid sequence at all."""

from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

from hypothesis import strategies as st

from jacana.detect.accounts.vault.features import VaultFeatures
from jacana.model.event import Event, EventType

START = datetime(2026, 3, 2, tzinfo=UTC)


class EventMaker:
    """Makes events with rising places in the log; `days` counts from START."""

    def __init__(self) -> None:
        self._sequence = count(1)
        self.events: list[Event] = []

    def add(self, type: EventType, account: str, days: float, **payload: Any) -> Event:
        number = next(self._sequence)
        at = START + timedelta(days=days)
        event = Event(f"event_{number}", type, account, at, at, payload, None, number)
        self.events.append(event)
        return event

    def upload(self, account: str, days: float, upload: str, visibility: str = "only_me", **payload: Any) -> Event:
        return self.add(EventType.UPLOAD_REGISTERED, account, days, upload_id=upload, visibility=visibility, **payload)

    def watch(self, account: str, days: float, upload: str, device: str, network: str, **payload: Any) -> Event:
        return self.add(
            EventType.VIDEO_VIEWED,
            account,
            days,
            **{"upload_id": upload, "device_key": device, "ip_key": network, "seconds": 30.0, **payload},
        )

    def log_in(self, account: str, days: float, device: str, network: str, **payload: Any) -> Event:
        return self.add(EventType.SESSION_STARTED, account, days, device_key=device, ip_key=network, **payload)

    def open_vault(self, account: str, groups: int, *, days: int = 20, items: int = 4) -> None:
        """An account watched for `days` by so many unrelated devices, each at a place of its own."""
        for item in range(items):
            self.upload(account, item / 100, f"{account}-{item}", device_key=f"{account}-d0", ip_key=f"{account}-n0")
        for day in range(1, days):
            for group in range(groups):
                where = (f"{account}-d{group}", f"{account}-n{group}")
                self.watch(account, day + group / 100, f"{account}-{(day + group) % items}", *where)


_small = st.integers(0, 5)
_payloads: dict[EventType, dict[str, st.SearchStrategy[Any]]] = {
    EventType.ACCOUNT_CREATED: {"organisation": st.booleans(), "two_factor": st.booleans()},
    EventType.ACCOUNT_UPDATED: {"two_factor": st.booleans()},
    EventType.UPLOAD_REGISTERED: {
        "upload_id": st.builds("u{}".format, _small),
        "visibility": st.sampled_from(["public", "only_me", "friends"]),
        "sha256": st.sampled_from(["a" * 64, "b" * 64]),
    },
    EventType.VISIBILITY_CHANGED: {
        "upload_id": st.builds("u{}".format, _small),
        "visibility": st.sampled_from(["public", "only_me", "unlisted"]),
    },
    EventType.VIDEO_VIEWED: {"upload_id": st.builds("u{}".format, _small), "seconds": st.floats(0, 1000)},
    EventType.SESSION_STARTED: {},
    EventType.SESSION_ENDED: {"session_id": st.just("s1")},
    EventType.PASSWORD_CHANGED: {},
    EventType.RECOVERY_CHANGED: {},
    EventType.NOTICE_RECEIVED: {"source": st.sampled_from(["user", "police"])},
    EventType.INSTRUMENT_ADDED: {
        "kind": st.sampled_from(["payment", "recovery_email", "recovery_phone"]),
        "instrument_key": st.just("i1"),
    },
    EventType.INVITATION_USED: {"inviter_id": st.builds("a{}".format, _small)},
    EventType.FOLLOW: {"target_account_id": st.just("a1")},
    EventType.TEXT_CHECKED: {"field": st.just("search")},
}
_origin: dict[str, st.SearchStrategy[Any]] = {
    "device_key": st.builds("d{}".format, _small),
    "device_key_before": st.builds("d{}".format, _small),
    "ip_key": st.builds("n{}".format, _small),
    "asn": st.integers(1, 3),
    "session_id": st.builds("s{}".format, _small),
    "device_attested": st.booleans(),
}


@st.composite
def event_lists(draw: st.DrawFn, most: int = 40) -> list[Event]:
    """Any valid events of a few accounts, also out of order in time, in the order of the log."""
    events = []
    for number in range(1, draw(st.integers(0, most)) + 1):
        kind = draw(st.sampled_from(sorted(_payloads)))
        payload = {name: draw(values) for name, values in _payloads[kind].items()}
        for name, values in _origin.items():
            if name not in payload and draw(st.booleans()):
                payload[name] = draw(values)
        at = START + timedelta(minutes=draw(st.integers(0, 100 * 24 * 60)))
        events.append(Event(f"event_{number}", kind, f"a{draw(st.integers(0, 2))}", at, at, payload, None, number))
    return events


def split_list(items: list[Any], cuts: list[int]) -> list[list[Any]]:
    """Return consecutive parts, cut at these places."""
    places = sorted({cut % (len(items) + 1) for cut in cuts} | {0, len(items)})
    return [items[start:end] for start, end in pairwise(places)]


_share = st.floats(0, 1)
features_of = st.builds(
    VaultFeatures,
    clusters=st.integers(0, 40),
    weighed_clusters=st.floats(0, 40),
    watchers=st.integers(0, 60),
    watched_items=st.integers(0, 60),
    only_me_uploads=st.integers(0, 60),
    public_uploads=st.integers(0, 60),
    uploading_share=_share,
    one_time_share=_share,
    staff_share=_share,
    arrival_ratio=st.floats(0.01, 20),
    kept_changes=st.integers(0, 5),
    two_factor=st.booleans(),
    organisation=st.booleans(),
    takeover=st.booleans(),
    teaser_hits=st.integers(0, 5),
    handovers=st.integers(0, 5),
    linked=st.integers(0, 5),
    observed_days=st.floats(0, 400),
)
