"""Death at a chosen system call: a process under strace, killed as it makes, or has made, its n-th call on a file."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

CHANGING = (
    "openat", "mkdir", "flock", "pwrite64", "write", "ftruncate", "fsync", "fdatasync", "rename", "unlink", "link",
)  # fmt: skip
"""Calls that change what is on the disk, or who holds the lock."""
LOOKING = ("pread64", "fcntl", "close")
"""Calls that change nothing there: dying at one is dying after the change before it."""
ANYWHERE = "*"
"""In place of a file: calls on whatever file."""

_STRACE = shutil.which("strace")
_LINE = re.compile(r"(?P<thread>\d+) +(?P<call>\w+)\((?P<arguments>.*)")
_PATH = re.compile(r'[<"](/[^>"]*)[>"]')


def can_strike() -> bool:
    """Whether strace is there and may trace."""
    if _STRACE is None:
        return False
    return subprocess.run([_STRACE, "-qq", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


@dataclass(frozen=True, order=True)
class Blow:
    """One death: at the `nth` `call` on `file` that any one thread makes, before the system executes it or `after`.

    SIGKILL at a call's entry keeps it from being executed. A signal that is nowhere caught is delivered when the call has been
    executed, before the program sees its result; the system ends the process then just as surely.
    """

    call: str
    file: str
    nth: int
    after: bool = False

    def __str__(self) -> str:
        return f"{self.call} {self.file} {self.nth} {'after' if self.after else 'before'}"

    @classmethod
    def read(cls, text: str) -> Self:
        """What `str` wrote."""
        call, file, nth, when = text.split()
        return cls(call, file, int(nth), when == "after")

    @property
    def signal(self) -> signal.Signals:
        """What ends the process."""
        return signal.SIGUSR1 if self.after else signal.SIGKILL


@dataclass(frozen=True)
class Traced:
    """Runs commands under strace; `files` are the files that count, by their names in blows."""

    files: Mapping[str, Path]
    log: Path
    cwd: Path
    env: Mapping[str, str]

    def survey(self, words: Sequence[str], calls: Sequence[str] = CHANGING) -> Counter[tuple[str, str]]:
        """Run to the end; by call and file, how many the busiest thread made."""
        self._run(words, self._paths(self.files), "--seccomp-bpf", "-y", "-e", f"trace={','.join(calls)}")
        by_thread: Counter[tuple[str, str, str]] = Counter()
        names = {str(path): name for name, path in self.files.items()}
        for line in self.log.read_text(errors="replace").splitlines():
            if (made := _LINE.match(line)) is None:
                continue
            named = [names[path] for path in _PATH.findall(made["arguments"]) if path in names]
            if named:
                by_thread[made["thread"], made["call"], named[0]] += 1
        most: Counter[tuple[str, str]] = Counter()
        for (_, call, file), count in by_thread.items():
            most[call, file] = max(most[call, file], count)
        return most

    def strike(self, words: Sequence[str], blow: Blow) -> subprocess.CompletedProcess[str]:
        """Run until the blow falls, if ever it does: `returncode` is the negative signal then.

        Raises AssertionError where it fell elsewhere, by strace's own log.
        """
        paths = [] if blow.file == ANYWHERE else self._paths({blow.file: self.files[blow.file]})
        inject = f"inject={blow.call}:signal={blow.signal.name}:when={blow.nth}"
        done = self._run(words, paths, "-e", f"trace={blow.call}", "-e", inject)
        if done.returncode == -blow.signal:
            self._assert_fell(blow)
        return done

    def _assert_fell(self, blow: Blow) -> None:
        """By strace's own log: so many of these calls were executed, and no more."""
        executed: Counter[str] = Counter()
        for line in self.log.read_text(errors="replace").splitlines():
            made = re.match(rf"(\d+) +(?:<\.\.\. )?{blow.call}\b.*= -?\d+[^=]*$", line)
            if made:
                executed[made[1]] += 1
        most = max(executed.values(), default=0)
        assert most == (blow.nth if blow.after else blow.nth - 1), (str(blow), executed)

    def _run(
        self, words: Sequence[str], paths: Sequence[str], *options: str, seconds: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        assert _STRACE is not None
        line = [_STRACE, "-f", "-qq", "-s", "0", "-e", "signal=none", "-o", str(self.log), *paths, *options, *words]
        process = subprocess.Popen(
            line, env=self.env, cwd=self.cwd, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # strace would leave the traced ones alive
            raise
        return subprocess.CompletedProcess(line, process.returncode, out, err)

    @staticmethod
    def _paths(files: Mapping[str, Path]) -> list[str]:
        return [word for path in files.values() for word in ("-P", str(path))]


def blows_of(survey: Mapping[tuple[str, str], int]) -> list[Blow]:
    """Every death that a surveyed command can die, by call and file, in the order in which it came to them."""
    return [
        Blow(call, file, nth, after)
        for (call, file), count in survey.items()
        for nth in range(1, count + 1)
        for after in (False, True)
    ]
