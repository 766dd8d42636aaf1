"""The decoder child: `python -I -B -m jacana.detect.media.decoding.child '{…}'` with the file as standard input.

Locks itself in, then decodes and hashes the file, writing records (see wire) to standard output as it goes, so that
what was read before a crash is not lost. Opens nothing, writes nothing to disk, knows no key and no database.
"""

import json
import os
import sys

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.sandbox import SandboxLimits, close_sandbox, enter_sandbox


def main(arguments: str) -> None:
    """Decode standard input under the limits in `arguments` (JSON of analyse.DecoderLimits and the sampling rate)."""
    given = json.loads(arguments)
    layers = enter_sandbox(SandboxLimits(given["memory_bytes"], given["cpu_seconds"]))
    # Loaded only now: FFmpeg's and numpy's own start-up already runs within the limits.
    from jacana.detect.media.decoding import decode

    decode.warm_up()
    layers += close_sandbox()
    _send(wire.write_json(wire.READY, {"layers": layers}))
    with open(0, "rb", buffering=0, closefd=False) as file:
        sampling = decode.Sampling(given["frames_per_second"], given["max_pixels"], given["max_frames"])
        decode.decode_file(file, os.fstat(0).st_size, sampling, _send)
    os._exit(0)  # no clean-up: nothing of this process is worth running code for


def _send(record: bytes) -> None:
    view = memoryview(record)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main(sys.argv[1])
