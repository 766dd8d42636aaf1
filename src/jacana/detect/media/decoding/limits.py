"""What one file may cost: memory, time, pixels and the size of the answer. Pure; crosses to the child as JSON."""

import json
from dataclasses import asdict, dataclass

from jacana.detect.media.decoding import wire
from jacana.detect.media.hashing.frames import RECORD, WINDOW_RECORD
from jacana.settings import Settings

MAX_FRAMES = 500_000
"""Most frames hashed of one file: over two days at two a second, or four hours of every frame."""

MAX_WINDOWS = 1_000_000
"""Most windows hashed of one file: some fifty on each key frame of eleven hours."""


@dataclass(frozen=True, slots=True)
class DecoderLimits:
    """What decoding one file may use.

    `memory_bytes` is what a file may add to the libraries, which every child shares with the server it came from.
    """

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    max_pixels: int
    max_frames: int = MAX_FRAMES
    max_windows: int = MAX_WINDOWS

    @classmethod
    def from_settings(cls, settings: Settings) -> "DecoderLimits":
        """Return the limits an operator has set."""
        return cls(
            memory_bytes=settings.media_max_memory_bytes,
            cpu_seconds=settings.media_max_cpu_seconds,
            wall_seconds=settings.media_max_wall_seconds,
            max_pixels=settings.media_max_pixels,
        )

    @property
    def max_answer_bytes(self) -> int:
        """Most that a child may answer; one that answers more is not believed at all."""
        frame, window = RECORD.itemsize + wire.HEAD_BYTES, WINDOW_RECORD.itemsize + wire.HEAD_BYTES
        return self.max_frames * frame + self.max_windows * window + 4 * wire.MAX_RECORD_BYTES

    def to_json(self) -> str:
        """Return the limits as the child reads them."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "DecoderLimits":
        """Return what `to_json` wrote. Raises ValueError for anything else."""
        try:
            return cls(**json.loads(text))
        except TypeError as problem:
            raise ValueError(f"not decoder limits ({problem})") from problem
