"""What a disk may hold after a power cut: replayed from a record of system calls, as strictly as POSIX leaves it open.

What was written since the last fsync of its file may be there or not, piece by piece, in any order, and a piece may be torn
between two sectors. A name that was made, moved or removed since the last fsync of its directory may be there or not. The
shared memory beside a journal (`-shm`) holds anything. Nothing else is assumed: not that a file's fsync makes its name
durable, nor that names are made in order.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath

from support.iorecord import Cut, Disk, Name, Record, Step, Sync, Told, Write

_SECTOR = 512


@dataclass(frozen=True)
class Crash:
    """One state of the disk after a power cut, `at` a step, `kept` saying what; `told` is what had been acknowledged."""

    at: int
    kept: str
    files: dict[str, bytes | None]
    told: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        return f"after step {self.at}, kept: {self.kept}"

    def lay(self, place: Path) -> None:
        """Put the files there, as the next process finds them."""
        for path, content in self.files.items():
            if content is None:
                (place / path).mkdir()
            else:
                (place / path).write_bytes(content)


def crashes(record: Record, *, seed: int, samples: int = 3, edges: int = 2) -> Iterator[Crash]:
    """A power cut after each step, in states that the disk may show then; each state once.

    All that was not synced is kept, or lost, or its last piece alone is kept; the last piece is torn in up to `edges` places;
    and `samples` times any pieces are kept, some of them torn.
    """
    chance = random.Random(seed)  # noqa: S311 - what a disk did, and no secret
    durable = record.before.copy()
    pending: list[Step] = []
    told: list[tuple[str, ...]] = []
    seen: set[bytes] = set()
    for at, step in enumerate(record.steps, start=1):
        match step:
            case Told(words):
                told.append(words)
            case Sync():
                pending = _synced(durable, pending, step)
            case _:
                pending.append(step)
        for kept, changes in _choices(pending, chance, samples, edges):
            disk = durable.copy()
            for change in changes:
                disk.apply(change)
            crash = Crash(at, kept, _shared_memory_torn(disk.files(), chance), tuple(told))
            key = _digest(crash)
            if key not in seen:
                seen.add(key)
                yield crash


def _synced(durable: Disk, pending: list[Step], sync: Sync) -> list[Step]:
    """Make durable what `sync` covers; what is still pending."""
    left = []
    for change in pending:
        if isinstance(change, Name):
            covered = sync.file is None and str(PurePath(change.path).parent).replace(".", "", 1) == sync.directory
        else:
            covered = isinstance(change, Write | Cut) and change.file == sync.file
        if covered:
            durable.apply(change)
        else:
            left.append(change)
    return left


def _choices(pending: list[Step], chance: random.Random, samples: int, edges: int) -> Iterator[tuple[str, list[Step]]]:
    yield "nothing", []
    if not pending:
        return
    yield "everything", pending
    yield "the last alone", pending[-1:]
    for edge in _some_of(chance, _edges(pending[-1]), edges):
        yield f"everything, the last torn at {edge}", [*pending[:-1], _torn(pending[-1], edge, first=True)]
    for _ in range(samples if len(pending) > 1 else 0):
        places = [place for place in range(len(pending)) if chance.random() < 0.5]
        yield f"the pieces {places}, some torn", [_perhaps_torn(pending[place], chance) for place in places]


def _perhaps_torn(change: Step, chance: random.Random) -> Step:
    edges = _some_of(chance, _edges(change), 1 if chance.random() < 0.2 else 0)
    return _torn(change, edges[0], first=chance.random() < 0.5) if edges else change


def _some_of(chance: random.Random, all_: Sequence[int], count: int) -> list[int]:
    return chance.sample(all_, min(count, len(all_)))


def _edges(change: Step) -> Sequence[int]:
    """Where sectors meet within a write: offsets in its data."""
    if not isinstance(change, Write):
        return ()
    return range(-change.offset % _SECTOR or _SECTOR, len(change.data), _SECTOR)


def _torn(change: Step, edge: int, *, first: bool) -> Step:
    """The sectors of a write before `edge`, if `first`, or those after it."""
    assert isinstance(change, Write)
    if first:
        return Write(change.file, change.offset, change.data[:edge])
    return Write(change.file, change.offset + edge, change.data[edge:])


def _shared_memory_torn(files: dict[str, bytes | None], chance: random.Random) -> dict[str, bytes | None]:
    """With anything in the memory that processes share beside a journal."""
    return {
        path: chance.randbytes(len(content)) if path.endswith("-shm") and content else content
        for path, content in files.items()
    }


def _digest(crash: Crash) -> bytes:
    """What makes two states the same for whoever opens them: the files but for the shared memory, and what was told."""
    digest = sha256(repr(crash.told).encode())
    for path, content in crash.files.items():
        if not path.endswith(("-shm", ".lock")):
            digest.update(f"{path} {None if content is None else len(content)}\0".encode() + (content or b""))
    return digest.digest()
