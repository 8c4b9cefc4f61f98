"""Which file systems a ledger may lie on."""

from __future__ import annotations

import psutil
import pytest

from batch.errors import LedgerUnusable
from batch.ledger.sqlite import SqliteReader, create_ledger, filesystem
from batch.ledger.sqlite.filesystem import Mount, mount_of, system_mounts

ROOT = Mount("/", "ext4", "/dev/sda1")


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("nfs", "server:/export"),
        ("nfs4", "[fe80::1]:/export"),
        ("cifs", "//server/share"),
        ("smb3", "//server/share"),
        ("smbfs", "//ann@server/share"),
        ("afs", "AFS"),
        ("9p", "drvfs"),
        ("ceph", "10.0.0.1:6789:/"),
        ("lustre", "mds@tcp:/scratch"),
        ("gpfs", "gpfs0"),
        ("fuse.sshfs", "ann@server:/home"),
        ("fuse.rclone", "drive:"),
        ("fuse.s3fs", "s3fs"),
        ("fuse.glusterfs", "server:/volume"),
        ("fuse.gvfsd-fuse", "gvfsd-fuse"),
        ("fuse", "https://dav.example.com/files/"),
        ("fuse", "//server/share"),
        ("fuse.something-new", "server:/export"),
        ("macfuse", "ann@server:/home"),
        ("NFS", "server:/export"),
    ],
)
def test_what_reaches_over_a_network_is_known(kind, source):
    assert Mount("/x", kind, source).is_network


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("ext4", "/dev/sda1"),
        ("xfs", "/dev/mapper/a-b"),
        ("btrfs", "/dev/sda1"),
        ("zfs", "tank/home"),
        ("tmpfs", "tmpfs"),
        ("overlay", "overlay"),
        ("apfs", "/dev/disk1s1"),
        ("fuseblk", "/dev/sdb1"),
        ("fuse.fuse-overlayfs", "fuse-overlayfs"),
        ("fuse.gocryptfs", "/home/ann/.sealed"),
        ("fuse.mergerfs", "disk1:disk2"),
        ("fuse", "/dev/fuse"),
        ("ext4", "https://no.such/kind"),
    ],
)
def test_what_is_on_this_machine_is_too(kind, source):
    assert not Mount("/x", kind, source).is_network


def test_a_directory_lies_on_the_mount_nearest_above_it(tmp_path):
    near = Mount(str(tmp_path / "a"), "nfs4", "server:/a")
    mounts = [ROOT, near, Mount(str(tmp_path / "a" / "b"), "ext4", "/dev/sdb1"), Mount(str(tmp_path / "ab"), "9p", "x")]
    assert mount_of(tmp_path / "a", mounts) is near
    assert mount_of(tmp_path / "a" / "still" / "to be made", mounts) is near
    assert mount_of(tmp_path / "a" / "b" / "c", mounts) == mounts[2]
    assert mount_of(tmp_path / "abc", mounts) is ROOT
    assert mount_of(tmp_path, []) is None


def test_of_two_mounts_at_one_point_the_upper_counts(tmp_path):
    under, over = Mount(str(tmp_path), "nfs4", "server:/a"), Mount(str(tmp_path), "ext4", "/dev/sdb1")
    assert mount_of(tmp_path / "x", [ROOT, under, over]) is over
    assert mount_of(tmp_path / "x", [ROOT, over, under]) is under


def test_a_link_is_followed_to_where_it_leads(tmp_path):
    far = tmp_path / "far"
    far.mkdir()
    (tmp_path / "link").symlink_to(far)
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    mounts = [ROOT, Mount(str(far), "nfs", "server:/a")]
    assert mount_of(tmp_path / "link" / "x", mounts) == mounts[1]
    assert mount_of(tmp_path / "ring" / "x", mounts) is ROOT


def test_the_system_tells_its_mounts(tmp_path):
    assert mount_of(tmp_path, system_mounts()) is not None


async def test_where_the_system_does_not_tell_a_ledger_is_made(desk, monkeypatch):
    def refuse(**_):
        raise FileNotFoundError(2, "No such file or directory", "/proc/self/mounts")

    monkeypatch.setattr(psutil, "disk_partitions", refuse)
    await desk.open(create=True)


async def test_a_ledger_on_a_network_is_neither_made_nor_bought_with_but_read(desk, monkeypatch):
    monkeypatch.setattr(filesystem, "system_mounts", lambda: [ROOT, Mount(str(desk.root), "nfs4", "server:/export")])
    with pytest.raises(LedgerUnusable, match=r"nfs4: server:/export at ") as refused:
        await desk.open(create=True)
    assert str(desk.directory) in refused.value.problem
    assert "`ledger`" in refused.value.remedy
    with pytest.raises(LedgerUnusable, match="network"):
        await create_ledger(desk.directory, desk.key, clock=desk.clock, heads=desk.heads)
    assert list(desk.root.iterdir()) == []
    monkeypatch.undo()
    await desk.used()
    monkeypatch.setattr(filesystem, "system_mounts", lambda: [Mount("/", "cifs", "//server/share")])
    with pytest.raises(LedgerUnusable, match="network"):
        await desk.open()
    SqliteReader.open(desk.directory, desk.key).close()
