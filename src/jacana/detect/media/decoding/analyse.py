"""Analyse one file in a decoder child and survive whatever the file does to it. The parent parses no media.

What the rest of the program needs of decoding is here; the processes are pool's, the judgement of an answer answer's.
"""

import os
from datetime import datetime
from pathlib import Path

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.answer import PROBLEMS, DecoderUnavailableError, read_answer
from jacana.detect.media.decoding.limits import DecoderLimits
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.pool import DecoderPool
from jacana.model.media import MediaFacts

__all__ = [
    "PROBLEMS",
    "DecoderLimits",
    "DecoderPool",
    "DecoderUnavailableError",
    "SamplingPlan",
    "analyse_file",
    "probe_sandbox",
]


def analyse_file(
    path: Path, sha256: str, limits: DecoderLimits, now: datetime, plan: SamplingPlan, pool: DecoderPool
) -> MediaFacts:
    """Return what a file is and its hashes; a bad file is kind `unreadable` with a problem from PROBLEMS.

    Raises FileNotFoundError and DecoderUnavailableError, nothing else.
    """
    return read_answer(pool.run(path, plan, limits), sha256, now, plan.mode)


def probe_sandbox(limits: DecoderLimits) -> tuple[str, ...]:
    """Start a decoder, let a child read nothing, and return the sandbox layers that hold here.

    Raises DecoderUnavailableError.
    """
    pool = DecoderPool(limits, files_per_server=1)
    try:
        answer = pool.run(Path(os.devnull), SamplingPlan())
    finally:
        pool.close()
    for kind, payload in wire.read_records(answer.output):
        if kind == wire.READY:
            return tuple(wire.read_json(payload)["layers"])
    raise DecoderUnavailableError("the decoder process did not start")
