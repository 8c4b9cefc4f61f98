"""The reader's lock: what the filter lets through on each machine, and what a child that was taken over can still do."""

from __future__ import annotations

import ctypes
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from batch.loader import source
from batch.loader.reader import lock

ALLOWED, REFUSED, NO_SUCH_CALL = 0x7FFF0000, 0x00050001, 0x00050026
OWN = 4321


def verdict(machine, number, *arguments, architecture=None):
    """What the kernel's machine makes of the filter, for a call with that number and these arguments."""
    shown = struct.pack("<iIQ6Q", number, architecture or lock.ARCHITECTURES[machine], 0, *(*arguments, *[0] * 6)[:6])
    program = list(struct.iter_unpack("<HBBI", lock.filter_of(machine, OWN)))
    at = held = 0
    while True:
        what, yes, no, operand = program[at]
        at += 1
        match what:
            case 0x20:
                [held] = struct.unpack_from("<I", shown, operand)
            case 0x06:
                return operand
            case 0x15:
                at += yes if held == operand else no
            case 0x35:
                at += yes if held >= operand else no
            case 0x45:
                at += yes if held & operand else no
            case _:
                raise AssertionError(what)


DANGEROUS = {
    "x86_64": {
        "open": 2, "stat": 4, "ioctl": 16, "access": 21, "pipe": 22, "dup2": 33, "socket": 41, "connect": 42, "sendto": 44,
        "bind": 49, "socketpair": 53, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "rename": 82, "unlink": 87,
        "ptrace": 101, "prctl": 157, "mount": 165, "keyctl": 250, "openat": 257, "unshare": 272, "perf_event_open": 298,
        "setns": 308, "process_vm_readv": 310, "seccomp": 317, "memfd_create": 319, "bpf": 321, "execveat": 322,
        "userfaultfd": 323, "tkill": 200, "io_setup": 206,
    },
    "aarch64": {
        "openat": 56, "unshare": 97, "ptrace": 117, "kill": 129, "tkill": 130, "prctl": 167, "socket": 198, "socketpair": 199,
        "connect": 203, "keyctl": 219, "execve": 221, "perf_event_open": 241, "setns": 268, "process_vm_readv": 270,
        "seccomp": 277, "memfd_create": 279, "bpf": 280, "execveat": 281, "userfaultfd": 282, "mount": 40, "dup3": 24,
    },
}  # fmt: skip
NEWER = {"pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "clone3": 435, "openat2": 437}


@pytest.mark.parametrize("machine", lock.ARCHITECTURES)
def test_what_the_child_needs_is_let_through_and_nothing_that_leads_out_of_it(machine):
    which = list(lock.ARCHITECTURES).index(machine)
    for name, numbers in lock.CALLS.items():
        assert numbers[which] is None or verdict(machine, numbers[which]) == ALLOWED, name
    for name, number in DANGEROUS[machine].items():
        assert verdict(machine, number) == REFUSED, name
    for name, number in NEWER.items():
        assert verdict(machine, number) == NO_SUCH_CALL, name


@pytest.mark.parametrize("machine", lock.ARCHITECTURES)
def test_it_may_begin_threads_and_abort_but_begin_no_process_and_signal_no_other(machine):
    which = list(lock.ARCHITECTURES).index(machine)
    assert verdict(machine, lock.CLONE[which], 0x3D0F00) == ALLOWED
    assert verdict(machine, lock.CLONE[which], 17) == REFUSED
    assert verdict(machine, lock.TGKILL[which], OWN, OWN, 6) == ALLOWED
    assert verdict(machine, lock.TGKILL[which], 1, 1, 9) == REFUSED
    assert verdict(machine, lock.PRLIMIT[which], 0) == ALLOWED
    assert verdict(machine, lock.PRLIMIT[which], OWN - 1) == REFUSED


def test_another_machines_numbers_are_refused_whatever_they_mean():
    for number in (0, 1, 41, 102, 359):
        assert verdict("x86_64", number, architecture=0x40000003) == REFUSED
        assert verdict("aarch64", number, architecture=0x40000028) == REFUSED
    assert verdict("x86_64", 0x40000000 | 41) == NO_SUCH_CALL


def test_where_the_kernel_filters_nothing_the_limits_are_said_to_hold(monkeypatch):
    calls = []

    def prctl(refused):
        return lambda what, *_: calls.append(what) or (-1 if what == refused else 0)

    program = lock.filter_of("x86_64", OWN)
    assert lock.install(program, prctl(None))
    assert calls == [38, 22]
    assert not lock.install(program, prctl(22))
    assert not lock.install(program, prctl(38))
    monkeypatch.setattr(lock, "_allow_no_more_files", lambda: None)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: type("C", (), {"prctl": staticmethod(prctl(22))}))
    assert lock.lock() == lock.LIMITS
    monkeypatch.setattr(os, "uname", lambda: type("U", (), {"machine": "riscv64"}))
    assert lock.lock() == lock.LIMITS


TAKEN_OVER = """
made = []
def told(name, attempt):
    try:
        made.append((name, repr(attempt())))
    except (OSError, ValueError) as error:
        pass
ours = {ours!r}
told("socket", socket.socket)
told("pair", socket.socketpair)
told("fork", os.fork)
told("exec", lambda: os.execv("/bin/sh", ["sh", "-c", "touch " + ours]))
told("spawn", lambda: os.posix_spawn("/bin/sh", ["sh", "-c", "touch " + ours], {{}}))
told("read", lambda: open("/etc/passwd").read())
told("write", lambda: open(ours, "w"))
told("create", lambda: os.open(ours, os.O_CREAT | os.O_WRONLY))
told("list", lambda: os.listdir("/"))
told("remove", lambda: os.unlink({there!r}))
told("pipe", os.pipe)
told("kill", lambda: os.kill(1, 0))
told("more files", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)))
told("change the file", lambda: os.write(0, b"x"))
thread = threading.Thread(target=lambda: made.append("a thread"))
thread.start(); thread.join()
made.append(os.read(0, 5).decode())
os.write(1, json.dumps(made).encode())
"""


def _against(folder):
    (folder / "there").touch()
    return TAKEN_OVER.format(ours=str(folder / "touched"), there=str(folder / "there"))


def taken_over(code, content, tmp_path, *, machine=""):
    """What a child answers that is started as the reader is, and runs other code behind the lock."""
    file = tmp_path / "orders.csv"
    file.write_text(content)
    command = source.child_command({})
    shut = "from batch.loader.reader.child import shut_in; import json, os, resource, socket, threading; "
    if machine:
        shut += f"os.uname = lambda: type('U', (), {{'machine': {machine!r}}}); "
    command[-2] = command[-2].replace("from batch.loader.reader.child import main; main()", shut)
    command[-2] += f"print(shut_in(1 << 30, 9), flush=True); exec({code!r})"
    with file.open("rb") as handed:
        ran = subprocess.run(
            command, stdin=handed, capture_output=True, text=True, check=False, env=source.child_environment(), cwd="/"
        )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's filter is Linux's")
def test_a_reader_that_was_taken_over_reads_its_file_and_can_do_nothing_else(tmp_path):
    how, made = taken_over(_against(tmp_path), "12345,67", tmp_path)
    assert how == lock.SECCOMP
    assert json.loads(made) == ["a thread", "12345"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders.csv", "there"]


def test_where_there_is_no_filter_it_opens_neither_files_nor_sockets(tmp_path):
    code = "\n".join(
        line
        for line in _against(tmp_path).splitlines()
        if not line.startswith(('told("', "told('")) or _needs_a_descriptor(line)
    )
    how, made = taken_over(code, "12345,67", tmp_path, machine="another")
    assert how == lock.LIMITS
    assert json.loads(made) == ["a thread", "12345"]


def _needs_a_descriptor(line):
    return any(f'"{name}"' in line for name in ("socket", "pair", "read", "write", "create", "list", "pipe"))


def test_the_lock_costs_less_than_a_millisecond_or_two(tmp_path):
    code = "import time; from batch.loader.reader import lock; begun = time.process_time(); lock.lock(); print(time.process_time() - begun)"
    run = [
        sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(Path(lock.__file__).parents[3])!r}); {code}"
    ]  # fmt: skip
    best = min(float(subprocess.run(run, capture_output=True, text=True, check=True).stdout) for _ in range(5))
    assert best < 0.002
