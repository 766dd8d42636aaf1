"""ThreatExchange through its own library, an extra: any of the library's exchanges becomes ours. Takes, never gives.

What is kept between readings is JSON, never a pickle, and the token never gets into an error or a log.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, cast

from jacana.detect.media.exchange.ncmec_xml import check_hash
from jacana.detect.media.exchange.port import (
    ExchangeAnswerInvalidError,
    ExchangePage,
    ExchangeUnsupportedError,
    VoteMessage,
    VoteReason,
)
from jacana.detect.media.hashing.frames import collect_frames
from jacana.model.bank import BankEntry, BankOrigin, RowProblem
from jacana.model.clock import Clock
from jacana.model.errors import JacanaError, SetupInvalidError

STALE_DAYS = 85
"""Deletions are kept for 90 days; who has not looked for so long must read everything anew."""
STATED_QUALITY = 100
_POSITIVE, _NEGATIVE = "POSITIVE_CLASS", "NEGATIVE_CLASS"
_LONGEST_ID = 200


class ExchangeExtraMissingError(SetupInvalidError):
    """The library of this exchange is not installed."""

    code = "exchange.extra_missing"


class LibraryExchange:
    """One of the library's exchanges (`SignalExchangeAPI`) with its collaboration, as a list of ours."""

    origin = BankOrigin.THREATEXCHANGE

    def __init__(self, api: Any, collaboration: Any, environment: str, clock: Clock) -> None:
        load_library()
        self._api, self._collaboration = api, collaboration
        self._environment, self._clock = environment, clock
        self._signal_types = _signal_types()
        self._checkpoint_class = api.get_checkpoint_cls()
        self.refused: list[RowProblem] = []
        """Records that the client below found malformed; they go with the next page."""

    @property
    def environment(self) -> str:
        """See the port."""
        return self._environment

    def read(self, state: Mapping[str, Any] | None) -> Iterator[ExchangePage]:
        """See the port."""
        now = self._clock()
        anew = state is not None and self._must_start_over(state, now)
        saved = None if anew or not state else state["checkpoint"]
        checkpoint = None if saved is None else self._checkpoint_class(**saved)
        first = anew
        for delta in self._fetch(checkpoint):
            saved = asdict(delta.checkpoint)
            middle = {"checkpoint": None if anew else saved, "read_at": now.isoformat(), "anew": anew}
            yield self._make_page(delta.updates, middle, starts_over=first)
            first = False
        done = {"checkpoint": saved, "read_at": now.isoformat(), "anew": False}
        yield ExchangePage(done, problems=self._take_refused(), read_until=now, starts_over=first, complete=True)

    def list_signals(self, entry: BankEntry) -> tuple[str, ...]:
        """See the port. The library takes no opinions for ThreatExchange."""
        return ()

    def list_reasons(self, signal: str) -> tuple[VoteReason, ...]:
        """See the port."""
        raise _takes_nothing()

    def vote(self, vote: VoteMessage) -> str:
        """See the port."""
        raise _takes_nothing()

    def share(self, entry: BankEntry) -> str:
        """See the port."""
        raise _takes_nothing()

    def close(self) -> None:
        """See the port."""
        close = getattr(self._api, "close", None)
        if close is not None:
            close()

    def _must_start_over(self, state: Mapping[str, Any], now: datetime) -> bool:
        """Say whether deletions may have been missed, a reading anew was cut short, or nothing says where to go on."""
        stale = now - datetime.fromisoformat(state["read_at"]) > timedelta(days=STALE_DAYS)
        return stale or bool(state["anew"]) or not fields(self._checkpoint_class)

    def _fetch(self, checkpoint: Any) -> Iterator[Any]:
        """Yield the library's deltas; whatever it stumbles over is an answer that cannot be read."""
        try:
            yield from self._api.fetch_iter(self._signal_types, checkpoint)
        except JacanaError:
            raise
        except Exception as problem:  # the library raises what it likes, and its text may hold the token
            raise ExchangeAnswerInvalidError(
                f"the library could not read the answer ({type(problem).__name__})"
            ) from None

    def _make_page(self, updates: Mapping[Any, Any], state: dict[str, Any], *, starts_over: bool) -> ExchangePage:
        changed: list[BankEntry] = []
        gone: list[str] = []
        problems = list(self._take_refused())
        unused: Counter[str] = Counter()
        for key, record in updates.items():
            source_id = _name_record(key)
            outcome = None if record is None else self._make_entry(key, record, source_id)
            if isinstance(outcome, BankEntry):
                changed.append(outcome)
            elif isinstance(outcome, RowProblem):
                problems.append(outcome)
            else:
                gone.append(source_id)
                if record is not None:
                    unused[str(key[0] if isinstance(key, tuple) else "record")[:60].lower()] += 1
        return ExchangePage(state, tuple(changed), tuple(gone), tuple(problems), unused, starts_over=starts_over)

    def _make_entry(self, key: Any, record: Any, source_id: str) -> BankEntry | RowProblem | None:
        """Return the entry of a record, why it cannot be taken, or None if it is nothing that we compare."""
        if len(source_id) > _LONGEST_ID or not source_id.isprintable():
            return RowProblem(0, "id", "the record has no usable id", "ask its owner to correct it", source_id[:200])
        by_type = self._api.naive_convert_to_signal_type(self._signal_types, self._collaboration, {key: record})
        for signal_type, signals in by_type.items():
            for text, opinions in signals.items():
                return _read_signal(signal_type.get_name(), text, opinions, source_id)
        return None

    def _take_refused(self) -> tuple[RowProblem, ...]:
        taken = tuple(self.refused)
        self.refused.clear()
        return taken


def load_library() -> Any:
    """Return the library. Raises ExchangeExtraMissingError."""
    try:
        import threatexchange
    except ImportError:
        raise ExchangeExtraMissingError(
            "the library of ThreatExchange is not installed", remedy="pip install jacana[threatexchange]"
        ) from None
    return threatexchange


def _signal_types() -> list[Any]:
    from threatexchange.signal_type.md5 import VideoMD5Signal
    from threatexchange.signal_type.pdq.signal import PdqSignal

    return [PdqSignal, VideoMD5Signal]


def _read_signal(kind: str, text: str, record: Any, source_id: str) -> BankEntry | RowProblem | None:
    name = {"pdq": "pdq", "video_md5": "md5"}[kind]
    value = check_hash(name, text)
    if value is None:
        message = f"this is no {name}: {len(text)} characters"
        return RowProblem(0, name, message, "ask its owner to correct it", source_id)
    up, down, others = _count_opinions(record)
    if down and not up and not others:
        return None  # everybody who said anything says that it does not belong there
    frames = collect_frames([(0.0, STATED_QUALITY, bytes.fromhex(value))] if name == "pdq" else [])
    return BankEntry(
        label=source_id,
        md5=value if name == "md5" else None,
        frame_count=len(frames),
        frames=frames.pack(),
        media_kind="picture" if name == "pdq" else "video",
        source_id=source_id,
        votes_up=up,
        votes_down=down,
    )


def _count_opinions(record: Any) -> tuple[int, int, int]:
    """Return how many others agree, disagree, or only point at it; our own opinion is not counted."""
    names = [opinion.category.name for opinion in record.get_as_opinions() if not opinion.is_mine]
    up, down = names.count(_POSITIVE), names.count(_NEGATIVE)
    return up, down, len(names) - up - down


def _name_record(key: Any) -> str:
    return " ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


def _takes_nothing() -> ExchangeUnsupportedError:
    return ExchangeUnsupportedError(
        "this exchange takes no votes and no entries through its library",
        field="NAME",
        remedy="use the exchange's own page",
    )


def check_record(record: Any) -> RowProblem | None:
    """Return why one record of a threat update would break the library's reading of its whole page, if it would."""
    named = record if isinstance(record, dict) else {}
    reference = f"{named.get('type')} {named.get('indicator')}"[:_LONGEST_ID]
    try:
        int(record["id"]), int(record["last_updated"])
        whole = isinstance(record["indicator"], str) and isinstance(record["type"], str)
        descriptors = [] if record["should_delete"] else record.get("descriptors", {"data": []})["data"]
        whole = whole and all(_check_descriptor(descriptor) for descriptor in descriptors)
    except (KeyError, TypeError, ValueError, AttributeError):
        whole = False
    if whole:
        return None
    return RowProblem(0, "record", "the record lacks what every record has", "ask its owner to correct it", reference)


def _check_descriptor(descriptor: Any) -> bool:
    owner = cast(dict[str, Any], descriptor).get("owner")
    voters = [voter for row in descriptor.get("reactions", []) for voter in (row["key"] and row["value"].split(","))]
    [int(number) for number in (descriptor["id"], *([owner["id"]] if owner is not None else ()), *voters)]
    tags = descriptor.get("tags", [])
    texts = [tag["text"] for tag in tags["data"]] if isinstance(tags, dict) else list(tags)
    return isinstance(descriptor["status"], str) and all(isinstance(text, str) for text in texts)
