"""What is said of a match: findings with reasons a moderator can read. Pure; decides nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jacana.detect.media.hashing.frames import HASHER_VERSION, WindowHashes
from jacana.detect.media.matching.match import EntryMatch, Pairs, UploadRows, list_frames, read_rect, score_match
from jacana.detect.media.matching.segments import Run, align_pairs
from jacana.detect.media.matching.words import AS_SHOWN, say_span, say_ways
from jacana.model.bank import Bank, BankEntry, Trust
from jacana.model.decision import EffectKind
from jacana.model.finding import BankMatch, Finding, FindingKind, MatchedSegment
from jacana.model.media import MediaFacts
from jacana.model.upload import Digests, Upload

MATCH_DETECTOR = "media.bank_match"
MATCH_VERSION = f"2/{HASHER_VERSION}"
PROBE_DETECTOR = "media.probe"

LEAD_EFFECTS = frozenset({EffectKind.HOLD.value, EffectKind.OPEN_CASE.value})
"""All that a disputed entry may cause: keep the upload back, and ask a person."""

FEWEST_VOTES_DOWN = 2
SPOKEN_SEGMENTS = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that meets an upload: near it (then with `match` and `rows`), byte for byte (`exact`), or both."""

    bank: Bank
    entry: BankEntry
    exact: bool
    match: EntryMatch | None
    rows: WindowHashes | None

    @property
    def score(self) -> float:
        """Return 1.0 for identical bytes, otherwise how well frames match."""
        return 1.0 if self.exact or self.match is None else score_match(self.match, self.bank.max_distance)


def is_disputed(entry: BankEntry) -> bool:
    """Return whether the exchange doubts the entry: at least two votes against it, and more than for it."""
    return entry.votes_down >= FEWEST_VOTES_DOWN and entry.votes_down > entry.votes_up


def state_match(upload: Upload, rows: UploadRows, candidate: Candidate) -> Finding:
    """Return the finding that a known entry matches."""
    segments = _describe_segments(rows, candidate)
    return Finding(
        id=make_finding_id(upload.id, MATCH_DETECTOR, MATCH_VERSION, candidate.entry.id),
        upload_id=upload.id,
        sha256=upload.digests.sha256,
        kind=FindingKind.BANK_MATCH,
        detector=MATCH_DETECTOR,
        detector_version=MATCH_VERSION,
        score=candidate.score,
        reasons=tuple(_give_reasons(upload, rows, candidate, segments)),
        match=_describe_match(rows, candidate, segments),
    )


def state_set_aside(upload: Upload, rows: UploadRows, known: Candidate, benign: Candidate) -> Finding:
    """Return the finding that a match with a known entry was set aside because of a benign one."""
    segments = _describe_segments(rows, benign)
    reason = (
        f"The file's bytes are on the list of innocent material {benign.bank.name}, as “{benign.entry.label}”."
        if benign.exact
        else f"What it rests on is as near or nearer to “{benign.entry.label}” of bank {benign.bank.name}, which lists "
        "innocent material; without that it is no match."
    )
    return Finding(
        id=make_finding_id(upload.id, MATCH_DETECTOR, MATCH_VERSION, known.entry.id, benign.entry.id),
        upload_id=upload.id,
        sha256=upload.digests.sha256,
        kind=FindingKind.BENIGN_MATCH,
        detector=MATCH_DETECTOR,
        detector_version=MATCH_VERSION,
        score=known.score,
        reasons=(f"A match with “{known.entry.label}” of bank {known.bank.name} was set aside.", reason),
        match=_describe_match(rows, benign, segments),
        details={"suppressed_bank": known.bank.id, "suppressed_entry": known.entry.id},
    )


def state_unreadable(upload: Upload, facts: MediaFacts) -> Finding:
    """Return the finding that a file could not be read whole."""
    return Finding(
        id=make_finding_id(upload.id, PROBE_DETECTOR, facts.hasher_version, facts.problem or ""),
        upload_id=upload.id,
        sha256=facts.sha256,
        kind=FindingKind.MEDIA_UNREADABLE,
        detector=PROBE_DETECTOR,
        detector_version=facts.hasher_version,
        score=1.0,
        reasons=(facts.problem_detail or "The file could not be read.",),
        details={"problem": facts.problem or "unknown", "frames_read": str(facts.frame_count)},
    )


def make_finding_id(*parts: str) -> str:
    """Return the same id for the same statement."""
    return "find_" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:26]


def find_runs(rows: UploadRows, entry: WindowHashes, pairs: Pairs) -> list[Run]:
    """Return the runs of an upload's near pairs with an entry; `Run.pairs` are indices into `pairs`."""
    return align_pairs(rows.rows.seconds[pairs.row], entry.seconds[pairs.column], pairs.distance, rows.moments)


def _describe_segments(rows: UploadRows, candidate: Candidate) -> tuple[MatchedSegment, ...]:
    match, entry = candidate.match, candidate.rows
    if match is None or entry is None:
        return ()
    return tuple(
        _describe_run(rows, entry, match.all_pairs.take(run.pairs), run)
        for run in find_runs(rows, entry, match.all_pairs)
    )


def _describe_run(rows: UploadRows, entry: WindowHashes, pairs: Pairs, run: Run) -> MatchedSegment:
    ways = say_ways(rows.rows.window[pairs.row], pairs.orientation, entry.window[pairs.column])
    rects = [rect for row in pairs.row if (rect := read_rect(rows.rows, int(row)))]
    most = max(set(rects), key=rects.count) if 2 * len(rects) > len(pairs) else None
    return MatchedSegment(
        from_seconds=run.from_seconds,
        to_seconds=run.to_seconds,
        entry_from_seconds=run.entry_from_seconds,
        entry_to_seconds=run.entry_to_seconds,
        frames=len(pairs),
        how=() if ways == (AS_SHOWN,) else ways,
        rect=most,
    )


def _describe_match(rows: UploadRows, candidate: Candidate, segments: Sequence[MatchedSegment]) -> BankMatch:
    bank, entry, match = candidate.bank, candidate.entry, candidate.match
    disputed = is_disputed(entry)
    may_cause = tuple(effect for effect in bank.may_cause if not disputed or effect in LEAD_EFFECTS)
    return BankMatch(
        bank_id=bank.id,
        bank_name=bank.name,
        source=bank.source,
        classification=entry.classification or bank.classification,
        may_cause=may_cause,
        entry_id=entry.id,
        entry_label=entry.label,
        matched_seconds=float(match.matched_seconds) if match else 0.0,
        matched_fraction=match.matched_fraction if match else 0.0,
        nearest=0 if candidate.exact or match is None else match.nearest,
        exact=candidate.exact,
        frames=list_frames(rows, candidate.rows, match.pairs) if match and candidate.rows is not None else (),
        segments=tuple(segments),
        role=bank.role.value,
        trust=(Trust.LEAD if disputed else bank.trust).value,
        how=match.ways if match else (),
    )


def _give_reasons(
    upload: Upload, rows: UploadRows, candidate: Candidate, segments: Sequence[MatchedSegment]
) -> list[str]:
    bank, entry, match = candidate.bank, candidate.entry, candidate.match
    reasons = []
    if candidate.exact:
        reasons.append(f"{_equal_digest(upload.digests, entry)} equals that of “{entry.label}” in bank {bank.name}.")
    if match is not None:
        longest = sorted(segments, key=lambda each: (each.from_seconds - each.to_seconds, -each.frames))
        reasons += [_say_segment(rows, candidate, each) for each in longest[:SPOKEN_SEGMENTS]]
        if len(segments) > SPOKEN_SEGMENTS:
            reasons.append(f"So do {len(segments) - SPOKEN_SEGMENTS} shorter stretches.")
        reasons.append(_count_frames(rows, candidate, match))
        reasons.append(
            f"The nearest frame differs in {match.nearest} of 256 bits; the bank allows {bank.max_distance}."
        )
        if match.left_out:
            reasons.append(f"{_count(match.left_out, 'frame')} nearer to innocent material did not count.")
    classification = entry.classification or bank.classification
    if classification:
        reasons.append(f"The bank's source ({bank.source}) classifies it as {classification}.")
    if is_disputed(entry):
        reasons.append(
            f"It is a lead only: {entry.votes_down} members of the exchange voted against the entry, "
            f"{entry.votes_up} for it."
        )
    return reasons


def _say_segment(rows: UploadRows, candidate: Candidate, segment: MatchedSegment) -> str:
    single = rows.single_picture
    subject = "the picture" if single else f"{say_span(segment.from_seconds, segment.to_seconds)} of the upload"
    one = single or int(segment.from_seconds) == int(segment.to_seconds)
    known = "" if _is_picture(candidate) else say_span(segment.entry_from_seconds, segment.entry_to_seconds) + " of "
    how = "".join(f", {way}" for way in segment.how[:1] if way != AS_SHOWN)
    return f"{subject[0].upper()}{subject[1:]} match{'es' if one else ''} {known}“{candidate.entry.label}”{how}."


def _count_frames(rows: UploadRows, candidate: Candidate, match: EntryMatch) -> str:
    where = f"near “{candidate.entry.label}” in bank {candidate.bank.name}"
    if rows.single_picture:
        return f"The picture is {where}."
    seconds = f"{match.matched_seconds} distinct second{'' if match.matched_seconds == 1 else 's'}"
    are = "is" if len(match.pairs) == 1 else "are"
    return (
        f"{_count(len(match.pairs), 'frame')} in {seconds} {are} {where}: {match.matched_fraction:.0%} of the seconds "
        "that carry information."
    )


def _is_picture(candidate: Candidate) -> bool:
    seconds = candidate.rows.seconds if candidate.rows is not None else np.empty(0)
    return candidate.entry.media_kind == "picture" or not len(seconds) or float(np.ptp(seconds)) == 0.0


def _equal_digest(digests: Digests, entry: BankEntry) -> str:
    if entry.sha256 == digests.sha256:
        return "The file's SHA-256"
    return "The file's SHA-1" if entry.sha1 == digests.sha1 else "The file's MD5"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
