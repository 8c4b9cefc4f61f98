"""Looks for a secret in everything that a command leaves: files, what it said, the processes that it was.

A secret is found in whatever form it may lie there: as it is, percent-encoded, base64 (also amid other text), UTF-16, escaped
for JSON, Python, XML, or compressed in a workbook, a gzip or a zlib stream.

    >>> assert not search(tree, {"stderr": done.stderr}, {"password": CANARY})  # doctest: +SKIP
"""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import os
import threading
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

SHORTEST = 6
"""Characters: what is shorter is found everywhere, by chance."""
_DEEPEST = 3


@dataclass(frozen=True)
class Found:
    """Where a secret lies: which, in what place, in which form."""

    secret: str
    place: str
    form: str


@lru_cache(maxsize=256)
def forms(secret: str) -> Mapping[str, bytes]:
    """The bytes by which a secret is known, by the name of the form."""
    raw = secret.encode("utf-8", "surrogateescape")
    found = {
        "as it is": raw,
        "UTF-16": secret.encode("utf-16-le", "surrogatepass"),
        "UTF-16, big end first": secret.encode("utf-16-be", "surrogatepass"),
        "hexadecimal": raw.hex().encode(),
        "percent-encoded": urllib.parse.quote(raw, safe="").encode(),
        "percent-encoded path": urllib.parse.quote(raw).encode(),
        "form": urllib.parse.quote_plus(raw).encode(),
        "every byte percent-encoded": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "JSON": json.dumps(secret)[1:-1].encode(),
        "repr": repr(secret)[1:-1].encode("utf-8", "backslashreplace"),
        "XML": html.escape(secret).encode("utf-8", "surrogateescape"),
        "backwards": raw[::-1],
    }
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + raw)
        # Only the characters that nothing before or behind the secret has a share in.
        alone = whole[-(-8 * offset // 6) : 8 * (offset + len(raw)) // 6]
        found[f"base64 at {offset}"] = alone
        found[f"base64url at {offset}"] = alone.translate(bytes.maketrans(b"+/", b"-_"))
    return {form: known for known, form in {known: form for form, known in reversed(found.items())}.items()}


def in_bytes(content: bytes, secret: str, *, depth: int = 0) -> Iterator[str]:
    """The forms in which `secret` lies in `content`, also within what is packed in it."""
    for form, known in forms(secret).items():
        if known in content:
            yield form
    if depth < _DEEPEST:
        for kind, inner in _unpacked(content):
            yield from (f"{form}, in {kind}" for form in in_bytes(inner, secret, depth=depth + 1))


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content.startswith(b"PK"):
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as package:
            for name in package.namelist():
                yield f"member {name}", package.read(name)
    elif content.startswith(b"\x1f\x8b"):
        with suppress(OSError, EOFError):
            yield "gzip", gzip.decompress(content)
    elif content[:1] == b"\x78":
        with suppress(zlib.error):
            yield "zlib", zlib.decompress(content)


def search(
    tree: Path | None,
    outputs: Mapping[str, str | bytes | None],
    secrets: Mapping[str, str],
    *,
    allowed: Callable[[str, Path], bool] = lambda _secret, _path: False,
) -> list[Found]:
    """Every place below `tree`, in the files' names too, and in `outputs` (by name), where one of `secrets` (by name) lies.

    `allowed` says of a secret's name and a path, relative to `tree`, that it may lie there.
    """
    return [*_in_outputs(outputs, secrets), *(_in_tree(tree, secrets, allowed) if tree is not None else ())]


def _in_outputs(outputs: Mapping[str, str | bytes | None], secrets: Mapping[str, str]) -> Iterator[Found]:
    for place, said in outputs.items():
        content = said.encode("utf-8", "surrogateescape") if isinstance(said, str) else said or b""
        for name, secret in secrets.items():
            yield from (Found(name, place, form) for form in in_bytes(content, secret))


def _in_tree(tree: Path, secrets: Mapping[str, str], allowed: Callable[[str, Path], bool]) -> Iterator[Found]:
    for path in sorted(tree.rglob("*")):
        place = path.relative_to(tree)
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        for name, secret in secrets.items():
            if not allowed(name, place):
                yield from (Found(name, str(place), form) for form in in_bytes(content, secret))
                yield from (
                    Found(name, str(place), f"{form}, its name") for form in in_bytes(os.fsencode(place), secret)
                )


def require_silence(password: str | None, *said: str | bytes | None) -> None:
    """Fail where a command has said the password that it was given."""
    if password is None or len(password) < SHORTEST:
        return
    outputs = {f"output {at}": one for at, one in enumerate(said)}
    found = [(one.place, one.form) for one in search(None, outputs, {"password": password})]
    assert not found, f"the password was said: {found}"


class Watch:
    """A context that looks at the processes descended from this one while it is open: arguments and environment of each.

    `arguments` and `environs` hold what was seen, by process id. A child that has not yet become a program of its own still
    shows its parent's, and is passed over.
    """

    def __init__(self) -> None:
        self.arguments: dict[int, bytes] = {}
        self.environs: dict[int, bytes] = {}
        self.parents: dict[int, int] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join(10)

    def children_of_children(self) -> set[int]:
        """The processes that a command started, and those that they did."""
        return {pid for pid, parent in self.parents.items() if parent != os.getpid()}

    def _look(self) -> None:
        while not self._end.wait(0.003):
            self._look_once()

    def _look_once(self) -> None:
        parents = dict(_parents())
        for pid, parent in parents.items():
            line = [pid]
            while line[-1] in parents and line[-1] != os.getpid():
                line.append(parents[line[-1]])
            if line[-1] != os.getpid() or len(line) == 1:
                continue
            arguments = _read(pid, "cmdline")
            if not arguments or arguments == _read(parent, "cmdline"):
                continue
            self.arguments[pid] = arguments
            self.environs[pid] = _read(pid, "environ")
            self.parents[pid] = parent


def _parents() -> Iterator[tuple[int, int]]:
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            stat = _read(int(one.name), "stat").rpartition(b")")[2].split()
            if len(stat) > 1:
                yield int(one.name), int(stat[1])


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""
