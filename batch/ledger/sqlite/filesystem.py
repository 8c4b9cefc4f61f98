"""Which file systems a ledger may lie on: none that reaches over a network.

There a lock may hold on one machine only, the journal's index is memory that machines don't share, and a write may be
acknowledged before any disk has it: two runs could buy the same number, or one forget what it bought.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from batch.errors import LedgerUnusable

_NETWORK = frozenset(
    {
        *("nfs", "nfs3", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "afpfs", "coda", "9p", "webdav"),
        *("ceph", "glusterfs", "lustre", "gpfs", "beegfs", "orangefs", "pvfs2", "gfs2", "ocfs2", "moosefs", "juicefs"),
        *("sshfs", "davfs", "davfs2", "ftpfs", "curlftpfs", "rclone", "s3fs", "mount-s3", "goofys", "gcsfuse"),
        *("blobfuse2", "gvfsd-fuse", "kio-fuse"),
        # A folder of the machine around a virtual one: what locks and shares memory there is not here.
        *("vboxsf", "prl_fs", "vmhgfs", "vmhgfs-fuse"),
    }
)
"""Kinds of file systems as the system names them, without the prefix of those that run as programs ("fuse.")."""
_PROGRAM = re.compile(r"(fuse|macfuse|osxfuse)(\.|$)")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|//|[^/:]+:/")
"""How a source on another machine begins: a URL, a share, or a host and a path."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system that is mounted: where, of which kind, and what it shows there."""

    point: str
    kind: str
    source: str

    @property
    def is_network(self) -> bool:
        """Whether it reaches over a network: by its kind, or, where a program makes it, by what it shows."""
        program = _PROGRAM.match(self.kind)
        kind = self.kind[program.end() :] if program else self.kind
        return kind.lower() in _NETWORK or (program is not None and _ELSEWHERE.match(self.source) is not None)


def mount_of(directory: Path, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that `directory` lies on, or will when it is made; None where none of `mounts` is above it.

    Links are followed. Of several at one point, the last was mounted over the others.
    """
    resolved = Path(os.path.realpath(directory))  # a ring of links is no error here
    above = {str(one) for one in (resolved, *resolved.parents)}
    found: Mount | None = None
    for mount in mounts:
        if mount.point in above and (found is None or len(mount.point) >= len(found.point)):
            found = mount
    return found


def system_mounts() -> list[Mount]:
    """What is mounted now, in the order in which it was; nothing where the system doesn't tell."""
    import psutil  # noqa: PLC0415 - 15 ms that only what buys needs

    try:
        return [Mount(one.mountpoint, one.fstype, one.device) for one in psutil.disk_partitions(all=True)]
    except (OSError, RuntimeError):
        return []


def refuse_network(directory: Path) -> None:
    """Refuse a directory, there or still to be made, that lies on a network file system: raises LedgerUnusable."""
    mount = mount_of(directory, system_mounts())
    if mount is not None and mount.is_network:
        raise LedgerUnusable(
            f"The directory {directory} is on a network file system ({mount.kind}: {mount.source} at {mount.point}), and a "
            "ledger can't lie there: neither its lock nor its journal can be relied on, so that a number could be bought twice.",
            remedy="Name a directory on a local disk with the setting `ledger` (--ledger, NUMBATCH_LEDGER). A ledger that is "
            "on the network already: move it there with all files of its name, while nothing runs.",
        )
