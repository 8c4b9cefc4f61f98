"""A file that appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.files import replacing


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
