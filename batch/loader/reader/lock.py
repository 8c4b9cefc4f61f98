"""The child's lock: from then on it can read and write what is open, compute, and end; nothing else.

On Linux (x86_64 and aarch64) the kernel filters the child's calls (seccomp): a list of what it needs is let through, and all else
fails, so no socket, no program, no process, no file can be opened, and no other process be touched. Everywhere
else the limit on open files is zero, which no new socket or file gets past either.

The filter is small enough to be written here: the one maintained binding wants a C library that few machines have, and a
list of what is allowed needs none of the names that such a library knows.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

SECCOMP, LIMITS = "seccomp", "limits"
"""How the child is locked: its calls are filtered, or only its limits hold."""

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""What the kernel calls the machines that the filter knows, as `uname` names them."""

CALLS: dict[str, tuple[int, int | None]] = {
    # What is open already.
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67), "lseek": (8, 62),
    "fstat": (5, 80), "close": (3, 57),
    # Memory.
    "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226), "brk": (12, 214),
    "madvise": (28, 233),
    # Threads of its own, and waiting for them (clone, tgkill and prlimit64 are looked at closer).
    "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "membarrier": (324, 283), "gettid": (186, 178), "getpid": (39, 172),
    "restart_syscall": (219, 128),
    # Signals that come to it.
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    # Clocks and chance, where the machine has them not without a call.
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169), "time": (201, None),
    "clock_nanosleep": (230, 115), "nanosleep": (35, 101), "getrandom": (318, 278),
    # The end.
    "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
"""What the child may call, with its number on x86_64 and on aarch64 (None: there is none)."""

CLONE, TGKILL, PRLIMIT = (56, 220), (234, 131), (302, 261)
_NEWER = 424
"""From here on, calls have one number on every machine and are so new that every library does without them; it does so when
it is told that there is no such call, and might not when it is told that it may not: clone3 is one."""

_THREAD = 0x10000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # where in what the filter is shown
_LOAD, _IS, _AT_LEAST, _HAS, _ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _NO_SUCH_CALL = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38  # EPERM, ENOSYS
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2


def lock() -> str:
    """Lock this process in, for good, and answer how: `SECCOMP` or `LIMITS`.

    To be called while there is one thread, and when all is imported that will be needed.
    """
    _allow_no_more_files()
    machine = os.uname().machine if sys.platform == "linux" else ""
    if machine not in ARCHITECTURES or struct.calcsize("P") != 8:
        return LIMITS
    program = filter_of(machine, os.getpid())
    return SECCOMP if install(program, ctypes.CDLL(None, use_errno=True).prctl) else LIMITS


def _allow_no_more_files() -> None:
    """No descriptor beyond those that are open: so no file, and no socket, where the system can."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def install(program: bytes, prctl: Any) -> bool:  # noqa: ANN401 - a function of C
    """Have the kernel filter this process's calls from now on by `program`; whether it does."""
    # Without it only root could ask for a filter; and no program could shed it by running another.
    if prctl(_SET_NO_NEW_PRIVILEGES, *map(ctypes.c_ulong, (1, 0, 0, 0))):
        return False
    steps = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: how many steps, and where they are.
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(steps)))
    wanted = (ctypes.c_ulong(_FILTER), ctypes.c_void_p(ctypes.addressof(head)), ctypes.c_ulong(0), ctypes.c_ulong(0))
    return bool(prctl(_SET_SECCOMP, *wanted) == 0)


def filter_of(machine: str, process: int) -> bytes:
    """The filter for `machine` and the process of that id, as the kernel wants it: steps of eight bytes."""
    return b"".join(struct.pack("<HBBI", *step) for step in _steps(machine, process))


def _steps(machine: str, process: int) -> Iterator[tuple[int, int, int, int]]:
    """A step: what it does, how many steps it skips if the answer is yes, and if it is no, and its operand."""
    which = tuple(ARCHITECTURES).index(machine)
    # Another architecture's numbers mean other calls: a program of 64 bits can make calls of 32.
    yield _LOAD, 0, 0, _ARCHITECTURE
    yield _IS, 1, 0, ARCHITECTURES[machine]
    yield _ANSWER, 0, 0, _REFUSE
    yield _LOAD, 0, 0, _NUMBER
    for numbers in CALLS.values():
        if (number := numbers[which]) is not None:
            yield _IS, 0, 1, number
            yield _ANSWER, 0, 0, _ALLOW
    for call, look, operand in ((CLONE, _HAS, _THREAD), (TGKILL, _IS, process), (PRLIMIT, _IS, 0)):
        # A thread of its own, and no other process; a signal to itself (to abort), its own limits, and no other's.
        yield _IS, 0, 4, call[which]
        yield _LOAD, 0, 0, _FIRST_ARGUMENT
        yield look, 0, 1, operand
        yield _ANSWER, 0, 0, _ALLOW
        yield _ANSWER, 0, 0, _REFUSE
    # x32's numbers are large, and end here as well.
    yield _AT_LEAST, 0, 1, _NEWER
    yield _ANSWER, 0, 0, _NO_SUCH_CALL
    yield _ANSWER, 0, 0, _REFUSE
