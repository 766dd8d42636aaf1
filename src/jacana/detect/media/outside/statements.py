"""What an answer from outside, or none, is as findings. Pure: the same answer gives the same findings."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from jacana.detect.media.outside.classifier import Region, Scores
from jacana.detect.media.outside.lookup import LookupAnswer
from jacana.detect.media.outside.silence import TOLD, Silence
from jacana.model.finding import Finding, FindingKind
from jacana.model.upload import Upload

LOOKUP_VERSION = "1"
LEAST_RECORDED = 0.05
"""Lower scores are not recorded: they say that a classifier saw nothing."""
_MOST_PLACES = 10
_NEAR_SCORE = 0.9


def state_answers(
    upload: Upload, service: str, hashes: Sequence[LookupAnswer], seconds: Sequence[float], file: LookupAnswer | None
) -> list[Finding]:
    """Return one finding for each classification the service gave; `seconds` are the times of the hashes asked."""
    told = [(answer, moment) for answer, moment in zip(hashes, seconds, strict=True) if answer.known]
    known = {answer.classification for answer, _ in told} | ({file.classification} if file and file.known else set())
    return [
        _state_match(
            upload,
            service,
            classification,
            [(answer, moment) for answer, moment in told if answer.classification == classification],
            file if file and file.classification == classification else None,
        )
        for classification in sorted(known)
    ]


def state_scores(upload: Upload, service: str, answer: Scores) -> list[Finding]:
    """Return one finding for each label whose score is worth recording."""
    return [
        Finding(
            id=_finding_id(upload.id, service, answer.version, label),
            upload_id=upload.id,
            sha256=upload.digests.sha256,
            kind=FindingKind.CLASSIFIER_SCORE,
            detector=f"outside.{service}",
            detector_version=f"{answer.model}/{answer.version}"[:40],
            score=score,
            reasons=(
                f"The classifier {answer.model} ({answer.version}) gives “{label}” {score:.2f} of 1. "
                "A classifier can be wrong: it is a reason to look, no more.",
                *_tell_places(region for region in answer.regions if region.label == label),
            ),
            details={"service": service, "label": label},
        )
        for label, score in sorted(answer.scores.items())
        if score >= LEAST_RECORDED
    ]


def state_silence(upload: Upload, kind: FindingKind, service: str, why: Silence, *, given_up: bool) -> Finding:
    """Return the finding that nothing was heard; `given_up` says that the service is not asked again."""
    ends = "It was asked again and again, and is asked no more." if given_up else "It is asked again."
    return Finding(
        id=_finding_id(upload.id, service, kind.value, "given up" if given_up else "silent"),
        upload_id=upload.id,
        sha256=upload.digests.sha256,
        kind=kind,
        detector=f"outside.{service}",
        detector_version=LOOKUP_VERSION,
        score=1.0,
        reasons=(f"{service} was asked about this file and gave no answer: {TOLD[why]}. {ends}",),
        details={"service": service, "why": why.value, "given_up": "true" if given_up else "false"},
    )


def _state_match(
    upload: Upload,
    service: str,
    classification: str,
    told: Sequence[tuple[LookupAnswer, float]],
    file: LookupAnswer | None,
) -> Finding:
    answers = [answer for answer, _ in told] + ([file] if file else [])
    exact = any(answer.match_type == "exact" for answer in answers)
    reasons = []
    if file:
        how = "byte for byte" if file.match_type == "exact" else "as a near copy"
        reasons.append(f"{service} knows this file, {how}, and classifies it as {classification}.")
    if told:
        kinds = Counter(answer.match_type or "unnamed" for answer, _ in told)
        counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        reasons.append(f"{service} knows {len(told)} of the frames sent as hashes ({counted}) as {classification}.")
        reasons.append(f"They are at {_list_seconds(moment for _, moment in told)}.")
    return Finding(
        id=_finding_id(upload.id, service, LOOKUP_VERSION, classification),
        upload_id=upload.id,
        sha256=upload.digests.sha256,
        kind=FindingKind.LOOKUP_MATCH,
        detector=f"outside.{service}",
        detector_version=LOOKUP_VERSION,
        score=1.0 if exact else _NEAR_SCORE,
        reasons=tuple(reasons),
        details={"service": service, "label": classification, "match_type": "exact" if exact else "near"},
    )


def _tell_places(regions: Iterable[Region]) -> tuple[str, ...]:
    seconds = sorted({region.seconds for region in regions if region.seconds is not None})
    return (f"It points at {_list_seconds(seconds)}.",) if seconds else ()


def _list_seconds(seconds: Iterable[float]) -> str:
    listed = sorted(set(seconds))
    shown = ", ".join(f"{moment:.1f} s" for moment in listed[:_MOST_PLACES])
    left = len(listed) - _MOST_PLACES
    return f"{shown} and {left} more" if left > 0 else shown


def _finding_id(*parts: str) -> str:
    return "find_" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:26]
