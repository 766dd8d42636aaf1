"""The decoder child: forked off the warm server for one file, locks itself in, decodes, hashes, ends.

It holds two descriptors, the file (read-only) and the pipe its answer goes into, and writes records (see wire) as it
goes, so that what was read before a crash is not lost. Opens nothing, writes no file, knows no key and no database.
"""

import io
import os
import signal
from typing import NoReturn

from jacana.detect.media.decoding import decode, wire
from jacana.detect.media.decoding.limits import DecoderLimits
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.sandbox import SandboxLimits, close_sandbox, enter_sandbox, list_descriptors

FILE, ANSWER = 0, 1
"""The only descriptors of a child."""


class HostileFile(io.FileIO):
    """The file, whose own numbers say where to look next: to look before its start fails as a seek, not as a bug."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Return the new position, or -1, which is an error to FFmpeg."""
        try:
            return super().seek(offset, whence)
        except OSError:
            return -1


def run_child(file: int, answer: int, request: bytes, parent: int) -> NoReturn:
    """Do all that a freshly forked child does, and end this process. `parent` is the server's process id.

    `request` is JSON text in JSON: `plan` (SamplingPlan) and `limits` (DecoderLimits).
    """
    status = 1
    try:
        _keep_only(file, answer)
        given = wire.read_json(request)
        plan, limits = SamplingPlan.from_json(given["plan"]), DecoderLimits.from_json(given["limits"])
        layers = enter_sandbox(SandboxLimits(limits.memory_bytes, limits.cpu_seconds))
        if os.getppid() != parent:  # the server died before dies_with_parent was set
            os._exit(status)
        layers += close_sandbox()
        _send(wire.write_json(wire.READY, {"layers": layers, "descriptors": list_descriptors()}))
        with HostileFile(FILE, closefd=False) as opened:
            sampling = decode.Sampling(plan, limits.max_pixels, limits.max_frames, limits.max_windows)
            decode.decode_file(opened, os.fstat(FILE).st_size, sampling, _send)
        status = 0
    finally:
        os._exit(status)  # no clean-up: nothing of this process is worth running code for


def _keep_only(file: int, answer: int) -> None:
    """Leave the file as FILE, the pipe as ANSWER, and close all else the server had open."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(file, FILE)
    os.dup2(answer, ANSWER)
    os.closerange(ANSWER + 1, os.sysconf("SC_OPEN_MAX"))


def _send(record: bytes) -> None:
    view = memoryview(record)
    while view:
        view = view[os.write(ANSWER, view) :]
