"""A file that appears whole or not at all, and a directory for one's own eyes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from batch.files import make_private, replacing


def test_what_stands_there_is_replaced_whole_and_readable_by_its_owner_alone(tmp_path: Path):
    path = tmp_path / "report.txt"
    path.write_text("old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["report.txt"]


def test_what_stands_there_stays_where_the_writing_fails(tmp_path: Path):
    path = tmp_path / "report.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        _write_half(path)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["report.txt"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path):
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("another's")
    link.symlink_to(target)
    with replacing(link) as file:
        file.write(b"ours")
    assert target.read_text() == "another's"
    assert link.read_text() == "ours"
    assert not link.is_symlink()


def _write_half(path: Path) -> None:
    with replacing(path) as file:
        file.write(b"half of")
        raise ZeroDivisionError


@pytest.fixture
def mask():
    """The umask, put back afterwards."""
    before = os.umask(0)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("umask", [0, 0o002, 0o022, 0o177, 0o777])
def test_a_private_directory_and_those_above_it_are_for_their_owner_alone_whatever_the_umask(tmp_path, mask, umask):
    tmp_path.chmod(0o755)
    mask(umask)
    make_private(tmp_path / "a" / "b" / "c")
    made = [tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "c"]
    assert [stat.S_IMODE(one.stat().st_mode) for one in made] == [0o700] * 3
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755  # it was there, and is left as it is


def test_where_a_file_stands_no_private_directory_is_made(tmp_path: Path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match="file"):
            make_private(path)
    (tmp_path / "there").mkdir(mode=0o755)
    make_private(tmp_path / "there")
