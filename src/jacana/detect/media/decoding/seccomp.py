"""A seccomp filter for the decoder child: reading, memory and ending are allowed, everything else answers EPERM.

An allow-list, so that a system call nobody thought of is refused too. No open, no socket, no exec, no fork, no ptrace,
not even unlink. Only for x86_64 and aarch64; elsewhere `build_filter` returns None and other layers must do.
"""

import ctypes
import errno
import platform
import struct

# name: (x86_64, aarch64); None where the architecture has no such call. Numbers: arch/x86/entry/syscalls/syscall_64.tbl
# and include/uapi/asm-generic/unistd.h of Linux.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "readv": (19, 65),
    "pread64": (17, 67),
    "lseek": (8, 62),
    "write": (1, 64),
    "writev": (20, 66),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "poll": (7, None),
    "ppoll": (271, 73),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "mprotect": (10, 226),
    "madvise": (28, 233),
    "brk": (12, 214),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrusage": (98, 165),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "exit": (60, 93),
    "exit_group": (231, 94),
}

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def build_filter(machine: str) -> bytes | None:
    """Return the BPF program for this machine (`platform.machine()`), or None where its calls are not known."""
    if machine not in _ARCHITECTURES:
        return None
    architecture, column = _ARCHITECTURES[machine]
    numbers = [row[column] for row in ALLOWED.values() if row[column] is not None]
    steps = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch: a call made through another architecture's table ends the process
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
    ]
    for position, number in enumerate(numbers):
        steps.append((_JUMP_EQUAL, len(numbers) - position, 0, number or 0))
    steps.append((_RETURN, 0, 0, _ERRNO | errno.EPERM))
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def install_filter(libc: ctypes.CDLL) -> bool:
    """Put this process under the filter for good; no_new_privs must be set. Return whether the kernel took it."""
    code = build_filter(platform.machine())
    if code is None:
        return False
    held = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(held))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)
