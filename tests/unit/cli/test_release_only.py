"""`release --only ORDERS`: an order workbook that does not say which numbers it means is refused, and nothing is sent."""

from __future__ import annotations

import os

import pytest

from batch.cli import main


@pytest.fixture
def release(monkeypatch, tmp_path, capsys):
    """Shows what would be given back of the numbers of a sheet with these lines; the exit code, and what was said on stderr."""
    for name in [name for name in os.environ if name.startswith(("NUMBATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*lines):
        (tmp_path / "some.csv").write_text("\n".join(("Number,Prefix,AnyOf,URI", *lines)) + "\n")
        code = main.run(["release", "--dry-run", "--only", "some.csv"])
        return code, capsys.readouterr().err

    return run


def test_numbers_that_are_left_open_are_not_skipped_in_silence(release):
    code, said = release("12025550101,,,", ",1203,5,", ",1202,2,")
    assert code == 2
    assert "some.csv leaves 7 numbers open (AnyOf, the first in row 3)" in said
    assert "Nothing was sent" in said


def test_rows_without_a_readable_number_are_not_skipped_in_silence(release):
    code, said = release("12025550101,,,", ",,,a@b.example", ",,,c@d.example")
    assert code == 2
    assert "some.csv has 2 rows without a number that can be read, the first is row 3" in said


def test_a_sheet_whose_rows_all_name_their_number_is_taken(release):
    code, said = release("12025550101,,,")
    assert code == 2
    assert "there is no ledger" in said  # further than the sheet
