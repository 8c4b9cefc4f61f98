"""The chain: each entry's hash covers the entry before it, so that a changed byte or a cut end shows."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import apsw

from batch.ledger.records import Head
from batch.ledger.sqlite import statements as sql
from batch.ledger.sqlite.codec import Values, damaged

_START = b"\0" * 32


def entry_hash(before: bytes, entry: Values) -> bytes:
    """The hash of an entry (its columns without the hash), after the hash of the entry before it."""
    return sha256(before + repr(entry).encode(errors="surrogatepass")).digest()


class Chain:
    """Appends to the chain within the writer's transaction; `committed` is the head that is durable."""

    def __init__(self, connection: apsw.Connection, ledger_id: str) -> None:
        self._execute = connection.cursor().execute
        self._ledger_id = ledger_id
        last = self._execute(sql.LAST_ENTRY).get
        self._entry: int
        self._hash: bytes
        self._entry, self._hash = (0, _START) if last is None else last
        self.committed = self.head()

    def head(self) -> Head:
        """The end of the chain, with what the transaction under way has added."""
        return Head(self._ledger_id, self._entry, self._hash.hex())

    def hash_of(self, sequence: int) -> str | None:
        """The hash of the entry with that sequence, None where there is none; of 0, where the chain begins, all zeros."""
        kept = _START if sequence == 0 else self._execute(sql.HASH_OF_ENTRY, (sequence,)).get
        return None if kept is None else kept.hex()

    def note_committed(self) -> None:
        """The transaction is durable, and so is its head."""
        self.committed = self.head()

    def add(
        self,
        at: int,
        number: str,
        run: str,
        rule: str,
        *,
        before: str = "",
        after: str = "",
        attempt: int | None = None,
        code: int | None = None,
        reason: str = "",
    ) -> int:
        """Append an entry; its sequence."""
        self._entry += 1
        entry = (self._entry, at, number, run, rule, before, after, attempt, code, reason)
        self._hash = entry_hash(self._hash, entry)
        self._execute(sql.ADD_ENTRY, (*entry, self._hash))
        return self._entry


def verify(connection: apsw.Connection, first: int = 1) -> int:
    """Check the chain from entry `first` to its end; how many entries were checked.

    Raises LedgerUnusable at the first entry that does not follow from the one before it.
    """
    return sum(1 for _ in verified(connection, first))


def verified(connection: apsw.Connection, first: int = 1) -> Iterator[Values]:
    """Each entry from `first` to the chain's end, without its hash, once that is checked. Raises as `verify`."""
    before: bytes | None = _START if first <= 1 else None
    expected = max(first, 1)
    if before is None:
        before = connection.execute(sql.HASH_OF_ENTRY, (first - 1,)).get
        if not isinstance(before, bytes):
            raise damaged(f"entry {first - 1} of its chain is missing")
    for row in connection.execute(sql.ENTRIES_FROM, (expected,)):
        entry = row[:-1]
        if entry[0] != expected:
            raise damaged(f"entry {expected} of its chain is missing")
        before = entry_hash(before, entry)
        if before != row[-1]:
            raise damaged(f"entry {expected} of its chain was changed")
        expected += 1
        yield entry
