"""What a program did to the files below a directory, call by call, as strace saw it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

TOLD = "told"
"""The file, in the root, that a program writes a line to for whatever it acknowledged; it is no part of the disk."""
_IMPORTS = (Path(__file__).parents[1], Path(__file__).parents[2])
_CALLS = (
    "openat,mkdir,mkdirat,rmdir,pwrite64,pwritev,pwritev2,write,writev,ftruncate,truncate,fallocate,fsync,fdatasync,"
    "rename,renameat,renameat2,link,linkat,symlink,unlink,unlinkat,sync_file_range"
)
_LINE = re.compile(r"(?P<thread>\d+) +(?P<rest>.*)")
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>,? ?")
_CALL = re.compile(r"(?P<call>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_OPEN_FILE = re.compile(r"^\d+<((?:\\x[0-9a-f]{2})*)>")


@dataclass(frozen=True)
class Write:
    """Bytes at an offset of a file."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Cut:
    """A file's length is set."""

    file: int
    length: int


@dataclass(frozen=True)
class Name:
    """A name is there for a file or, `file` None, no more; `moved_from`: and another is no more, at the same moment."""

    path: str
    file: int | None
    moved_from: str = ""


@dataclass(frozen=True)
class Sync:
    """What was written to a file, or the names in a directory, is durable."""

    file: int | None = None
    directory: str = ""


@dataclass(frozen=True)
class Told:
    """What the program acknowledged."""

    words: tuple[str, ...]


Step = Write | Cut | Name | Sync | Told


@dataclass
class Disk:
    """Names (relative to the disk's root) of files and directories, and the files' content."""

    names: dict[str, int] = field(default_factory=dict)
    content: dict[int, bytearray] = field(default_factory=dict)

    def copy(self) -> Disk:
        """One that can change by itself."""
        return Disk(dict(self.names), {file: bytearray(content) for file, content in self.content.items()})

    def apply(self, change: Step) -> None:
        """Let a change have happened."""
        match change:
            case Write(file, offset, data):
                content = self.content.setdefault(file, bytearray())
                content.extend(bytes(max(0, offset - len(content))))
                content[offset : offset + len(data)] = data
            case Cut(file, length):
                content = self.content.setdefault(file, bytearray())
                del content[length:]
                content.extend(bytes(length - len(content)))
            case Name(path, None, ""):
                self.names.pop(path, None)
            case Name(path, file, moved_from):
                if not moved_from or self.names.pop(moved_from, None) is not None:
                    self.names[path] = file

    def files(self) -> dict[str, bytes | None]:
        """What can be reached from the root: path to content, None: a directory."""
        reached: dict[str, bytes | None] = {}
        for path, file in sorted(self.names.items()):
            parent = str(PurePath(path).parent)
            if parent == "." or parent in reached:
                reached[path] = bytes(self.content.get(file, b"")) if file >= 0 else None
        return reached


class Record:
    """What a program did to the files below a directory, call by call."""

    def __init__(self, steps: Sequence[Step], before: Disk) -> None:
        self.steps = steps
        self.before = before

    def whole(self) -> dict[str, bytes | None]:
        """What the disk holds at the end, where the power stays on."""
        disk = self.before.copy()
        for step in self.steps:
            if not isinstance(step, Sync | Told):
                disk.apply(step)
        return disk.files()

    @classmethod
    def take(cls, root: Path, log: Path, *words: object) -> Record:
        """Run a Python program under strace, to its end; it may import the tests' support. What `root` holds before is durable."""
        strace = shutil.which("strace")
        assert strace is not None
        options = ["-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "10000000", "-e", "signal=none", "-o", str(log)]
        line = [strace, *options, "-e", f"trace={_CALLS}", sys.executable, *map(str, words)]
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, _IMPORTS))}
        reading = _Reading(root)
        before = reading.found()
        done = subprocess.run(line, env=env, check=False, timeout=120, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return cls(list(reading.steps(log)), before)


class _Reading:
    """Makes steps of strace's lines: which file a path or a descriptor means, and what a call did to it."""

    def __init__(self, root: Path) -> None:
        self._path = root
        self._root = str(root) + "/"
        self._names: dict[str, int] = {}
        self._size: dict[int, int] = {}
        self._count = 0

    def found(self) -> Disk:
        """What is there before the first step."""
        disk = Disk()
        for path in sorted(self._path.rglob("*")):
            self._count += 1
            file = -self._count if path.is_dir() else self._count
            self._names[str(path.relative_to(self._path))] = file
            if file > 0:
                disk.content[file] = bytearray(path.read_bytes())
                self._size[file] = len(disk.content[file])
        disk.names = dict(self._names)
        return disk

    def steps(self, log: Path) -> Iterator[Step]:
        begun: dict[str, str] = {}
        for line in log.read_text(encoding="ascii").splitlines():
            thread, rest = _LINE.fullmatch(line).group("thread", "rest")
            if rest.endswith(_UNFINISHED):
                begun[thread] = rest.removesuffix(_UNFINISHED)
                continue
            rest = _RESUMED.sub(lambda _, thread=thread: begun.pop(thread), rest)
            call = _CALL.match(rest)
            if call and int(call["result"]) >= 0:
                yield from self._step(call["call"], call["arguments"], int(call["result"]))

    def _step(self, call: str, arguments: str, result: int) -> Iterator[Step]:
        texts = [_decoded(text) for text in _TEXT.findall(arguments)]
        opened = _OPEN_FILE.match(arguments)
        path = self._below(_decoded(opened[1]).decode()) if opened else None
        match call:
            case "openat" | "mkdir" | "rename" | "unlink":
                paths = [self._below(text.decode()) for text in texts]
                if any(one is not None for one in paths):
                    yield from self._named(call, [one or "" for one in paths], arguments)
            case _ if path is None:
                assert not any(text.startswith(self._root.encode()) for text in texts), f"not replayed: {call}({texts}"
            case "fsync" | "fdatasync":
                file = self._names.get(path, 0)
                yield Sync(directory=path) if path == "" or file < 0 else Sync(file)
            case "pwrite64" | "write":
                yield from self._written(
                    path, texts[0], None if call == "write" else int(arguments.rpartition(", ")[2]), result
                )
            case "ftruncate":
                yield self._cut(path, int(arguments.rpartition(", ")[2]))
            case _:
                raise AssertionError(f"not replayed: {call} on {path}")

    def _below(self, path: str) -> str | None:
        """The path from the root on; None: it is elsewhere."""
        return (path + "/").removeprefix(self._root).rstrip("/") if (path + "/").startswith(self._root) else None

    def _named(self, call: str, paths: list[str], arguments: str) -> Iterator[Step]:
        path = paths[0]
        match call:
            case "openat":
                if path == TOLD:
                    return
                if path not in self._names and "O_CREAT" in arguments:
                    self._count += 1
                    self._names[path] = self._count
                    yield Name(path, self._count)
                elif "O_TRUNC" in arguments:
                    yield self._cut(path, 0)
            case "mkdir":
                self._count += 1
                self._names[path] = -self._count
                yield Name(path, -self._count)
            case "rename":
                assert PurePath(path).parent == PurePath(paths[1]).parent
                self._names[paths[1]] = self._names.pop(path)
                yield Name(paths[1], self._names[paths[1]], moved_from=path)
            case "unlink":
                del self._names[path]
                yield Name(path, None)

    def _written(self, path: str, data: bytes, offset: int | None, result: int) -> Iterator[Step]:
        assert len(data) == result, (path, len(data), result)
        if path == TOLD:
            yield Told(tuple(data.decode().split()))
            return
        file = self._names[path]
        size = self._size.get(file, 0)
        offset = size if offset is None else offset
        self._size[file] = max(size, offset + len(data))
        yield Write(file, offset, data)

    def _cut(self, path: str, length: int) -> Cut:
        self._size[self._names[path]] = length
        return Cut(self._names[path], length)


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
