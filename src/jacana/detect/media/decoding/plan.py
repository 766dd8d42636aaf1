"""Which frames of a file are looked at, as the parent asks and the child obeys. Pure; crosses between them as JSON."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Literal, get_args

Mode = Literal["adaptive", "thorough", "rate"]
Windows = Literal["none", "upload", "entry"]
Span = tuple[float, float]

MAX_SPANS = 10_000


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """`adaptive` hashes key frames and scene changes, `thorough` every frame, `rate` so many a second.

    `spans` (from, to in seconds, both included) make it a second look: every frame inside them and no other. Raises
    ValueError for a plan that no child could follow.
    """

    mode: Mode = "adaptive"
    frames_per_second: float = 2.0
    """With `rate`: frames hashed of each second beside the first and the key frames; 0 means every frame."""
    windows: Windows = "none"
    """For whom the extended signature is made: `upload` on key frames, `entry` denser, for a bank's own files."""
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no child could follow."""
        if self.mode not in get_args(Mode) or self.windows not in get_args(Windows):
            raise ValueError(f"no such sampling: {self.mode}, windows {self.windows}")
        if not (math.isfinite(self.frames_per_second) and self.frames_per_second >= 0):
            raise ValueError(f"frames_per_second is {self.frames_per_second}: write a number that is at least 0")
        if len(self.spans) > MAX_SPANS:
            raise ValueError(f"{len(self.spans)} spans: at most {MAX_SPANS}")
        if not all(math.isfinite(end) and 0 <= start <= end for start, end in self.spans):
            raise ValueError("a span is two numbers of seconds, 0 <= from <= to")

    @property
    def every_frame(self) -> bool:
        """Whether each frame that is decoded is also hashed."""
        return self.mode == "thorough" or bool(self.spans) or (self.mode == "rate" and self.frames_per_second == 0)

    def to_json(self) -> str:
        """Return the plan as the child reads it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "SamplingPlan":
        """Return what `to_json` wrote. Raises ValueError for anything else."""
        try:
            given = json.loads(text)
            spans = tuple((float(start), float(end)) for start, end in given.pop("spans", ()))
            given["frames_per_second"] = float(given.get("frames_per_second", 2.0))
            return cls(**given, spans=spans)
        except (TypeError, KeyError, AttributeError) as problem:
            raise ValueError(f"not a sampling plan ({problem})") from problem
