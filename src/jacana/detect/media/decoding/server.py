"""The decoder server: `python -I -B -m jacana.detect.media.decoding.server` with a Unix socket as standard input.

Loads every library once, then forks a child for each file. It never reads a file itself, so that nothing of one file
can be in the memory that the next one's child begins with. Runs no thread, because it forks. Ends with its parent.
"""

import gc
import io
import os
import select
import signal
import socket
import sys
from pathlib import Path

import av

from jacana.detect.media.decoding import decode, wire
from jacana.detect.media.decoding.child import run_child
from jacana.detect.media.decoding.plan import SamplingPlan


def main() -> None:
    """Warm up, say so, then serve until the parent hangs up.

    Ends with status 3 if a library started a thread, and 4 if a picture drawn here cannot be decoded here.
    """
    decode.warm_up()
    if not rehearse():
        os._exit(4)
    if count_threads() > 1:
        os._exit(3)
    gc.collect()
    gc.freeze()  # so that a child's collector does not touch, and so copy, what all of them share
    control = socket.socket(fileno=0)
    control.sendall(wire.write_record(wire.WARM))
    serve(control)
    os._exit(0)


def serve(control: socket.socket) -> None:
    """Answer each request on the socket with its child's exit status; return when the other side is gone."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # one that is handled, so that it wakes `select`
    signal.set_wakeup_fd(wake)
    while True:
        head, files = _receive_head(control)
        if not head:
            return
        kind, length = wire.read_head(head)
        if kind == wire.KILL:
            continue  # it crossed the end of the child it was meant for
        if kind != wire.ANALYSE or length > wire.MAX_REQUEST_BYTES or len(files) != 2:
            return
        request = control.recv(length, socket.MSG_WAITALL)
        child = _fork_child(files[0], files[1], request)
        for file in files:
            os.close(file)
        status = _wait(child, control, woken)
        if status is None:
            return
        control.sendall(wire.write_status(status))


def rehearse() -> bool:
    """Decode a picture drawn here, so that no child is the first to run that code. Return whether it came out."""
    drawn = io.BytesIO()
    with av.open(drawn, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=1, options={"threads": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        frame = av.VideoFrame(64, 64, "yuvj420p")
        for plane in frame.planes:
            plane.update(bytes(range(256)) * (plane.buffer_size // 256))
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    answer: list[bytes] = []
    sampling = decode.Sampling(SamplingPlan("thorough"), max_pixels=64 * 64, max_frames=10)
    decode.decode_file(drawn, drawn.tell(), sampling, answer.append)
    ended = [wire.read_json(payload) for kind, payload in wire.read_records(b"".join(answer)) if kind == wire.END]
    return ended == [{"problem": None, "decoded": 1}]


def count_threads() -> int:
    """Return how many threads this process runs, where that can be known."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if sys.platform == "linux" and tasks.is_dir() else 1


def _receive_head(control: socket.socket) -> tuple[bytes, list[int]]:
    """Return a record's head and the descriptors that came with it; nothing once the other side is gone."""
    try:
        head, files, _, _ = socket.recv_fds(control, wire.HEAD_BYTES, 2)
    except ConnectionError:
        return b"", []
    return (head, files) if len(head) == wire.HEAD_BYTES else (b"", [])


def _fork_child(file: int, answer: int, request: bytes) -> int:
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        run_child(file, answer, request, parent)
    return child


def _wait(child: int, control: socket.socket, woken: int) -> int | None:
    """Reap the child, killing it first if the parent says so; return its exit status.

    None if the parent is gone or speaks out of turn: then the child is dead too. Only here are children killed and
    reaped, so the process id is never another's.
    """
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
        if control.fileno() in ready:
            head, _ = _receive_head(control)
            os.kill(child, signal.SIGKILL)
            if not head or wire.read_head(head)[0] != wire.KILL:
                os.waitpid(child, 0)
                return None


if __name__ == "__main__":
    main()
