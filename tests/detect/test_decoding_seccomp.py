"""The filter program is well formed, an allow-list, and refuses what matters on both architectures."""

import errno
import platform
import struct

import pytest

from jacana.detect.media.decoding.seccomp import ALLOWED, build_filter

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
FORBIDDEN = {
    "x86_64": {"open": 2, "socket": 41, "connect": 42, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62,
               "ptrace": 101, "openat": 257, "clone3": 435, "openat2": 437, "io_uring_setup": 425, "prctl": 157,
               "unlink": 87, "ioctl": 16, "x32_read": 0x40000000},
    "aarch64": {"openat": 56, "socket": 198, "connect": 203, "clone": 220, "execve": 221, "kill": 129, "ptrace": 117,
                "clone3": 435, "openat2": 437, "io_uring_setup": 425, "prctl": 167, "unlinkat": 35, "ioctl": 29},
}  # fmt: skip


def run_filter(program: bytes, architecture: int, number: int) -> int:
    """Interpret the three kinds of instruction the filter uses, as the kernel does."""
    steps = list(struct.iter_unpack("=HBBI", program))
    at, loaded = 0, 0
    while True:
        code, when_equal, otherwise, value = steps[at]
        at += 1
        if code == 0x20:
            loaded = {4: architecture, 0: number}[value]
        elif code == 0x15:
            at += when_equal if loaded == value else otherwise
        else:
            assert code == 0x06
            return value


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_only_listed_calls_pass(machine: str, column: int) -> None:
    program = build_filter(machine)
    assert program is not None
    allowed = {row[column] for row in ALLOWED.values()} - {None}
    for number in range(600):
        verdict = run_filter(program, ARCHITECTURE[machine], number)
        assert verdict == (ALLOW if number in allowed else REFUSE), number
    for name, number in FORBIDDEN[machine].items():
        assert run_filter(program, ARCHITECTURE[machine], number) == REFUSE, name
    assert run_filter(program, 0x40000003, 0) == KILL


def test_numbers_are_not_given_twice() -> None:
    for column in (0, 1):
        numbers = [row[column] for row in ALLOWED.values() if row[column] is not None]
        assert len(numbers) == len(set(numbers))


def test_an_unknown_machine_has_no_filter() -> None:
    assert build_filter("vax") is None
    assert build_filter(platform.machine()) is not None or platform.machine() not in ARCHITECTURE
