"""What is shown never commands a terminal, never breaks a run, and keeps its columns."""

from __future__ import annotations

import io
import os
import sys

from batch.cli import output
from batch.cli.output import Column, aligned, printable, say, say_json, say_table, tell


class Broken(io.StringIO):
    def write(self, text):
        raise BrokenPipeError


def test_columns_stand_under_each_other():
    assert aligned([["Status", "Numbers"], ["purchased", "1,200"]], [False, True]) == [
        "Status     Numbers",
        "purchased    1,200",
    ]


def test_nothing_printed_commands_a_terminal():
    assert printable("a\x1b[31mb\r\nc\u202e") == "a\\x1b[31mb\\r\\nc\\u202e"
    assert printable("Zürich → ✓") == "Zürich → ✓"


def test_a_reader_that_left_is_passed_by(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Broken())
    monkeypatch.setattr(sys, "stderr", Broken())
    say("x")
    tell("x")
    say_json({})
    say_table([Column("A")], [["b"]])
    output.close_quietly()


def test_a_missing_stream_is_passed_by(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    say("x")


def test_a_narrow_encoding_gets_plain_characters(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    say("2 rows → ✓ é")
    assert raw.getvalue() == b"2 rows -> ok ?\n"


def test_json_is_one_line_of_utf8(capsys):
    say_json({"a": "é\n"})
    assert capsys.readouterr().out == '{"a": "é\\n"}\n'


def test_tables_are_styled_at_a_terminal_alone(monkeypatch, capsys):
    say_table([Column("A"), Column("B", figures=True)], [["[red]x", "1"]])
    assert capsys.readouterr().out == "A       B\n[red]x  1\n"
    monkeypatch.setattr(output, "is_terminal", lambda _: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    say_table([Column("A")], [["[red]x"]])
    assert "[red]x" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    say_table([Column("A")], [["y"]])
    assert capsys.readouterr().out == "A\ny\n"


def test_what_is_no_terminal(monkeypatch):
    closed = io.StringIO()
    closed.close()
    assert not output.is_terminal(closed)
    assert not output.is_terminal(None)


def test_standard_streams_are_there_afterwards(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "stdout", None)
    output.open_standard_streams()
    assert sys.stdin.read() == ""
    say("into nothing")
    for stream in (sys.stdin, sys.stdout):
        stream.close()
    monkeypatch.undo()
    assert os.fstat(0)
