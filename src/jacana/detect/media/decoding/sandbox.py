"""Locks the decoder child in, from inside, before it reads a byte of a hostile file. Never used by the parent.

What is guaranteed on any Unix: no further file or socket can be opened (RLIMIT_NOFILE), nothing can be written to disk,
memory and CPU end. On Linux, as far as the kernel allows: no privileges, no network at all, and a system call filter.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jacana.detect.media.decoding.seccomp import install_filter

LAYERS = ("limits", "dies_with_parent", "no_new_privileges", "not_traceable", "own_network", "no_new_files", "seccomp")
"""Every layer there is; `enter_sandbox` and `close_sandbox` return those that took hold."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What one decoder child may use."""

    memory_bytes: int
    """What it may map beyond what it already has, all of which it shares with the server it was forked from."""
    cpu_seconds: int


def enter_sandbox(limits: SandboxLimits) -> list[str]:
    """End memory, CPU, network and privileges. Return the layers that took hold."""
    layers = ["limits"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _lower(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1)
    memory = _read_mapped_bytes() + limits.memory_bytes
    _lower(resource.RLIMIT_AS, memory, memory)
    if sys.platform != "linux":
        return layers
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) == 0:
        layers.append("dies_with_parent")
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        layers.append("no_new_privileges")
    # A user namespace makes the network namespace possible without privileges; some kernels allow only one of the two.
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWNET) == 0:
        layers.append("own_network")
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0:
        layers.append("not_traceable")
    return layers


def close_sandbox() -> list[str]:
    """Shut the last doors: no new file, socket or process. Return the layers."""
    layers = []
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    highest = max(_fill_gaps(list_descriptors()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, highest + 1))
    layers.append("no_new_files")
    if sys.platform == "linux" and install_filter(ctypes.CDLL(None, use_errno=True)):
        layers.append("seccomp")
    return layers


def list_descriptors() -> list[int]:
    """Return which descriptors are open."""
    found = []
    for number in range(256):
        with suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def _lower(kind: int, soft: int, hard: int) -> None:
    """Set a limit without asking for more than the process already may."""
    _, ceiling = resource.getrlimit(kind)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(kind, (soft, hard))


def _read_mapped_bytes() -> int:
    """Return the address space this process takes now; 0 where that cannot be known."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[0]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def _fill_gaps(opened: list[int]) -> list[int]:
    """Make each number below the highest one in use, so that no lower one can be given to something new."""
    for number in range(max(opened)):
        if number not in opened:
            os.dup2(0, number)
    return opened
