"""The head file: the end of the ledger's chain, kept apart from the ledger, so that an old copy put back shows.

It stands in the configuration directory, is replaced whole and fsynced, and may lag behind the ledger, never run ahead of it.
While a ledger is written, a second file beside it, the live head, follows every commit without an fsync: a process that is killed
leaves it exact, so that what is cut off or put back after a kill shows too. A power cut may leave it torn, empty or old, and then
it is ignored; it can't leave it ahead of the ledger, for a commit is fsynced before it is written there.
"""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from batch.errors import LedgerError, LedgerUnusable
from batch.ledger.records import Head, LedgerKey
from batch.ledger.sqlite.codec import seal
from batch.ledger.sqlite.place import REBUILD, ledger_path, make_directory, open_private, sync_directory

_REMEDY = (
    "Nothing was sent: what an older ledger does not know would be sent again. Put the newer ledger back. Where there is none: "
    f"{REBUILD}"
)


def _line(head: Head) -> bytes:
    """The live head's content: of one length, with a seal of its own, so that a torn one shows."""
    said = (head.ledger_id, f"{head.sequence:020}", head.hash)
    return f"{' '.join(said)} {seal(said).hex()}\n".encode("ascii")


class HeadFile:
    """The head file of one ledger."""

    def __init__(self, directory: Path, key: LedgerKey) -> None:
        self.path = ledger_path(directory, key).with_suffix(".head")
        self.live = self.path.with_suffix(".head-live")
        self._descriptor: int | None = None
        self._letting_go: weakref.finalize[..., HeadFile] | None = None

    def read(self) -> Head | None:
        """The head that was noted last; None: none ever was. Raises LedgerUnusable where it is no head file."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._unreadable() from error
        try:
            noted = json.loads(text)
            return Head(str(noted["ledger"]), int(noted["sequence"]), str(noted["hash"]))
        except (ValueError, KeyError, TypeError) as error:
            raise self._unreadable() from error

    def write(self, head: Head) -> None:
        """Replace the noted head, durably. Raises LedgerError where the system refuses."""
        beside = self.path.with_suffix(".head-new")
        text = json.dumps({"ledger": head.ledger_id, "sequence": head.sequence, "hash": head.hash}) + "\n"
        try:
            make_directory(self.path.parent)
            descriptor = open_private(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
            sync_directory(self.path.parent)
            self._clear_live()
        except OSError as error:
            raise LedgerError(
                f"The head file {self.path} can't be written: {error.strerror}.",
                remedy="Check the disk and who may write there; nothing is sent without it.",
            ) from error

    def follow(self, head: Head) -> None:
        """Note in the live head what was just committed. What it can't be written to is no reason to stop: `write` was not."""
        with suppress(OSError, LedgerUnusable):
            if self._descriptor is None:
                self._descriptor = open_private(self.live, os.O_WRONLY | os.O_CREAT)
                self._letting_go = weakref.finalize(self, os.close, self._descriptor)
            os.pwrite(self._descriptor, _line(head), 0)

    def close(self) -> None:
        """Let go of the live head."""
        if self._letting_go is not None:
            self._letting_go()
        self._descriptor = self._letting_go = None

    def _clear_live(self) -> None:
        """The head file says what counts from now on, also where it was set back on purpose."""
        with suppress(OSError), self.live.open("r+b", buffering=0) as file:
            file.truncate(0)

    def _read_live(self) -> Head | None:
        """The head that the last commit before a kill noted; None where it can't be told."""
        try:
            line = self.live.read_bytes()
            ledger_id, sequence, digest, _ = line.decode("ascii").split(" ")
            head = Head(ledger_id, int(sequence), digest)
        except (OSError, ValueError):
            return None
        return head if line == _line(head) else None

    def refuse_missing(self, ledger: Path) -> None:
        """Refuse to go on without the ledger whose head is noted here."""
        noted = self.read()
        if noted is not None:
            raise LedgerUnusable(
                f"There is no ledger {ledger}, and the head file {self.path} says that there was one ({noted.sequence} entries).",
                remedy=_REMEDY,
            )

    def compare(
        self, ledger: Path, noted: Head, now: Head, hash_of: Callable[[int], str | None], *, is_locked: bool = False
    ) -> None:
        """Refuse a ledger that is not the `noted` one (as `read` told, before the ledger was looked at) or a later state of it.

        `now` is the ledger's head, `hash_of` tells the hash of its entry with a sequence, None where it has none. `is_locked`:
        the caller holds the ledger's lock, nobody writes it meanwhile, and the live head counts too.
        """
        if noted.ledger_id != now.ledger_id:
            raise LedgerUnusable(
                f"The ledger {ledger} is not the one that {self.path} knows: another was put in its place.",
                remedy=_REMEDY,
            )
        self._compare(ledger, noted, now, hash_of, self.path)
        live = self._read_live() if is_locked else None
        if live is not None and live.ledger_id == noted.ledger_id and live.sequence > noted.sequence:
            self._compare(ledger, live, now, hash_of, self.live)

    @staticmethod
    def _compare(ledger: Path, noted: Head, now: Head, hash_of: Callable[[int], str | None], path: Path) -> None:
        hash_then = hash_of(noted.sequence)
        if hash_then is None:
            raise LedgerUnusable(
                f"The ledger {ledger} is older than its head file {path} says ({now.sequence} entries, not "
                f"{noted.sequence}): restored from a backup, or cut off?",
                remedy=_REMEDY,
            )
        if hash_then != noted.hash:
            raise LedgerUnusable(
                f"The ledger {ledger} has another history than its head file {path} says (entry {noted.sequence} "
                "differs): changed, or restored from a backup and used since?",
                remedy=_REMEDY,
            )

    def _unreadable(self) -> LedgerUnusable:
        return LedgerUnusable(
            f"The head file {self.path} can't be read.",
            remedy=f"Check who may read it, or put it back. Where it is lost: {REBUILD}",
        )
