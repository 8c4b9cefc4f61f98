"""The state file: what was sold and released, a JSON line each, so that a simulator that was killed still knows.

A line is handed to the operating system before the client hears of the sale, and so outlives the process; it is not
forced to disk: a rehearsal need not outlive a power cut. A last line without its end was never answered: it is cut off.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

_BEGINNING: Final = b'{"numbatch-simulator":1,"instance":'


class StateFileError(Exception):
    """The state file cannot be used: it is another's, another simulator has it open, or it is damaged."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: `event` is `bought` or `released`."""

    event: str
    number: str
    account: str
    at: datetime
    setup: Decimal
    monthly: Decimal
    order: Mapping[str, str]
    by_hand: bool = False

    def as_line(self) -> bytes:
        """Return the entry as a line of the file."""
        fields = {
            "event": self.event,
            "number": self.number,
            "account": self.account,
            "at": self.at.isoformat(),
            "setup": str(self.setup),
            "monthly": str(self.monthly),
            "order": dict(self.order),
            "by_hand": self.by_hand,
        }
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> Entry:
        """Read a line back; raises ValueError, KeyError, TypeError or InvalidOperation where it is none."""
        fields = json.loads(line)
        return cls(
            fields["event"],
            fields["number"],
            fields["account"],
            datetime.fromisoformat(fields["at"]),
            Decimal(fields["setup"]),
            Decimal(fields["monthly"]),
            fields["order"],
            fields["by_hand"],
        )


class Journal:
    """An open state file, which no other simulator can open meanwhile.

    `instance` is the id of the simulator whose memory it is: the file's, or for a new file the one given.
    """

    def __init__(self, path: Path, instance: str) -> None:
        self.instance = instance
        self._path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._lock()
            self._lines = self._whole_lines()
            if self._lines:
                self.instance = self._instance_of(self._lines.pop(0))
            else:
                self._write(_BEGINNING + json.dumps(instance).encode() + b"}\n")
        except BaseException:
            os.close(self._fd)
            raise

    def entries(self) -> Iterator[Entry]:
        """Yield what the file held when it was opened, in order, once. Raises `StateFileError` at a damaged line."""
        lines, self._lines = self._lines, []
        for place, line in enumerate(lines, start=2):
            try:
                yield Entry.of_line(line)
            except (ValueError, KeyError, TypeError, InvalidOperation) as error:
                raise StateFileError(f"{self._path}, line {place}: not an entry of a simulator's state") from error

    def write(self, entry: Entry) -> None:
        """Append an entry. Raises OSError where the file cannot take it."""
        self._write(entry.as_line())

    def close(self) -> None:
        """Close the file, and let others open it."""
        os.close(self._fd)
        self._fd = -1  # what is written after this fails, and never lands in another file

    def _lock(self) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateFileError(f"{self._path}: another simulator has it open") from error

    def _whole_lines(self) -> list[bytes]:
        content = self._path.read_bytes()
        # Only a file that begins as ours do is ever shortened.
        if not _BEGINNING.startswith(content[: len(_BEGINNING)]):
            raise StateFileError(f"{self._path}: not a simulator's state file, or one of another version")
        whole = content.rfind(b"\n") + 1
        os.ftruncate(self._fd, whole)
        return content[:whole].splitlines()

    def _instance_of(self, header: bytes) -> str:
        try:
            return str(json.loads(header)["instance"])
        except (ValueError, KeyError) as error:
            raise StateFileError(f"{self._path}, line 1: not the header of a simulator's state") from error

    def _write(self, line: bytes) -> None:
        written = os.write(self._fd, line)
        if written != len(line):
            # A piece of a line would spoil the next one.
            os.ftruncate(self._fd, os.fstat(self._fd).st_size - written)
            raise OSError(f"{self._path}: only {written} of {len(line)} bytes could be written")
