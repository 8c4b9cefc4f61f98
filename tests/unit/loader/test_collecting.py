"""What the parent makes of a child that is not the reader any more, and of one that broke off."""

from __future__ import annotations

import io
import json
import os
import sys
import tracemalloc
from pathlib import Path

import pytest

from batch.errors import OrdersError
from batch.loader import LoadOptions, source
from batch.loader.collecting import Broken, collect

FIRST = {"sheet": "S", "kind": "xlsx", "left": 0, "sha256": "0" * 64}
NO_FLAWS = {
    "formulas": [], "errors": [], "twice": [], "hidden": [], "filtered": [], "hidden_columns": [], "merged": [], "others": [],
}  # fmt: skip


def collected(*messages, size=1000):
    lines = b"".join((json.dumps(one) if not isinstance(one, str) else one).encode() + b"\n" for one in messages)
    return collect(Path("orders.xlsx"), io.BytesIO(lines), size)


def test_a_sheet_is_collected_with_blank_columns_and_late_ones():
    sheet = collected(
        {"lock": "seccomp"},
        FIRST | {"left": 1},
        {"rows": 2, "columns": [["a", 1.0], None]},
        {"rows": 2, "columns": [None, {"distinct": ["x"]}, {"distinct": ["y", 2.5], "places": "0001"}]},
        {"end": NO_FLAWS | {"errors": [[5, 1, "#N/A"]]}},
    )
    assert sheet.columns[:1] + sheet.columns[2:] == [[""] * 5, ["", "", "x", "x", ""], ["", "", "y", 2.5, ""]]
    assert sheet.columns[1][:4] == ["a", 1, "", ""]
    assert (sheet.height, sheet.columns[1][4].shown) == (5, "#N/A")


def test_a_child_that_breaks_off_is_no_sheet():
    assert collected() is None
    assert collected({"rows": 1, "columns": [None]}) is None
    assert collected(FIRST) is None
    assert collect(Path("orders.xlsx"), io.BytesIO(b'{"sheet": "cut'), 9) is None


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "7",
        "[]",
        "[" * 100_000,
        '{"end": 7}',
        '{"end": {}}',
        {"rows": -1, "columns": []},
        {"rows": 0, "columns": []},
        {"rows": 10**12, "columns": [{"distinct": ["x"]}]},
        {"rows": 2.0, "columns": []},
        {"rows": True, "columns": []},
        {"rows": 2, "columns": 7},
        {"rows": 2, "columns": [["one"]]},
        {"rows": 2, "columns": ["no"]},
        {"rows": 2, "columns": [[[], {}]]},
        {"rows": 2, "columns": [[None, "x"]]},
        {"rows": 2, "columns": [[{"date": "never"}, ""]]},
        {"rows": 2, "columns": [[{"text": []}, ""]]},
        {"rows": 2, "columns": [{"distinct": []}]},
        {"rows": 2, "columns": [{"distinct": ["x", "y"], "places": [0, 9]}]},
        {"rows": 2, "columns": [{"distinct": ["x", "y"], "places": "zz"}]},
        {"rows": 2, "columns": [None] * 16_385},
        {"end": NO_FLAWS | {"formulas": [[0, 0]]}},
        {"end": NO_FLAWS | {"formulas": [[1, 16_384]]}},
        {"end": NO_FLAWS | {"formulas": [[10**9, 0]]}},
        {"end": NO_FLAWS | {"errors": [[1, 0, 7]]}},
        {"end": NO_FLAWS | {"twice": [["x", 0]]}},
        {"end": NO_FLAWS | {"hidden": 3}},
        FIRST | {"left": 10**9},
        FIRST | {"sheet": None},
        {"refused": 7, "remedy": ""},
        {"refused": "no"},
    ],
    ids=str,
)
def test_nonsense_is_no_sheet_and_nothing_worse(message):
    with pytest.raises(Broken):
        collected(FIRST, message, {"end": NO_FLAWS})


def test_a_refusal_is_passed_on_and_not_the_book_that_it_may_be():
    with pytest.raises(OrdersError) as told:
        collected({"refused": "it is odd" * 10_000, "remedy": "Mend it."})
    assert len(told.value.problem) < 3000
    assert told.value.remedy == "Mend it."


def test_a_line_that_does_not_end_is_not_waited_for():
    class Endless(io.RawIOBase):
        given = 0

        def readable(self):
            return True

        def readinto(self, into):
            self.given += len(into)
            into[:] = b"x" * len(into)
            return len(into)

    endless = Endless()
    with pytest.raises(Broken):
        collect(Path("orders.xlsx"), io.BufferedReader(endless), 9)
    assert endless.given < 40 << 20


@pytest.mark.parametrize(
    "messages",
    [
        [{"rows": 1, "columns": [["h"]] * 16_000}, *[{"rows": 4096, "columns": []}] * 200],
        [*[{"rows": 4096, "columns": []}] * 200, {"rows": 1, "columns": [["h"]] * 16_000}],
        [{"rows": 1, "columns": [["h"]]}, {"end": NO_FLAWS | {"formulas": [[1_048_576, 16_383]]}}],
    ],
    ids=["wide, then long", "long, then wide", "a flaw in the corner"],
)
def test_a_sheet_that_is_huge_and_empty_is_refused_before_it_takes_memory(messages):
    tracemalloc.start()
    try:
        with pytest.raises(OrdersError, match="nearly all of them empty"):
            collected(FIRST, *messages)
        assert tracemalloc.get_traced_memory()[1] < 300 << 20
    finally:
        tracemalloc.stop()


def test_more_cells_than_a_file_of_its_size_can_hold_are_not_believed():
    chunk = {"rows": 4096, "columns": [{"distinct": ["x"]}] * 2000}
    with pytest.raises(Broken):
        collected(FIRST, *[chunk] * 5)


OTHERS = {
    "garbage": ("os.write(1, b'\\x00\\xff garbage\\n')", "no answer"),
    "endless": ("while True: os.write(1, b'x' * 65536)", "no answer"),
    "endless rows": ("while True: os.write(1, FIRST + ROWS)", "no answer"),
    "half a line": ("os.write(1, FIRST[:20])", "exit code 0"),
    "nothing": ("sys.exit(3)", "exit code 3"),
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", "memory ran out"),
    "memory": ("os.write(1, FIRST); os.abort()", "more memory"),
    "crash": ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
    "time": ("os.kill(os.getpid(), signal.SIGXCPU)", "more time"),
    "stopped": ("os.kill(os.getpid(), signal.SIGSTOP)", "more time"),
    "silent": ("os.close(1); signal.pause()", "more time"),
    "noise": ("sys.stderr.write('x' * 9_000_000); os.write(1, b'?\\n')", "no answer"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_whatever_a_child_does_the_user_is_told_what_to_do(monkeypatch, text, kind):
    code, words = OTHERS[kind]
    rows = {"rows": 1, "columns": [[{"date": "x"}]]}
    first, more = ((json.dumps(one) + "\n").encode() for one in (FIRST, rows))
    given = f"import os, signal, sys; FIRST, ROWS = {first!r}, {more!r}\n{code}"
    monkeypatch.setattr(source, "child_command", lambda *_: [sys.executable, "-I", "-S", "-c", given])
    if kind in {"stopped", "silent"}:
        monkeypatch.setattr(source, "_SECONDS", 0.3)
        monkeypatch.setattr(source, "_PATIENCE", 1)
    with pytest.raises(OrdersError, match=words) as told:
        source.read_sheet(text("Number\n"), LoadOptions(), [])
    assert told.value.problem.startswith("orders.csv: ")
    assert "CSV" in told.value.remedy


@pytest.mark.parametrize("change", ["longer", "shorter", "other"])
def test_a_file_that_changes_while_it_is_read_is_not_half_believed(monkeypatch, text, change):
    path = text("Number\n12025550101\n12025550102\n")

    def meanwhile():
        if change == "longer":
            with path.open("a") as file:
                file.write("12025550103\n")
        else:
            path.write_text("Number\n" if change == "shorter" else path.read_text().replace("1", "2"))
        os.utime(path, (2e9, 2e9))

    monkeypatch.setattr(source, "_import_meanwhile", meanwhile)
    with pytest.raises(OrdersError, match=r"changed while|empty") as told:
        source.read_sheet(path, LoadOptions(), ["number"])
    assert told.value.remedy
