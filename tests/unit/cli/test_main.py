"""Whatever goes wrong ends in plain words and the contract's exit code, never in a traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from batch.cli import main, masking
from batch.cli.app import COMMANDS, make_app
from batch.cli.commands import explain, template
from batch.errors import LedgerError, LedgerLocked, OrdersError, UsageError


@pytest.fixture
def failing(monkeypatch):
    def fail_with(error):
        def fail(*_):
            raise error

        monkeypatch.setattr(explain, "_find", fail)
        return main.run(["explain", "4"])

    return fail_with


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("p"), 2),
        (OrdersError("p"), 3),
        (LedgerError("p"), 5),
        (LedgerLocked("p"), 7),
        (KeyboardInterrupt(), 130),
        (SystemExit(4), 4),
        (SystemExit("words"), 2),
        (RuntimeError("p"), 1),
        (RecursionError(), 1),
    ],
)
def test_each_error_has_its_exit_code(failing, capsys, error, code):
    assert failing(error) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_is_one_line_and_where_the_details_are(failing, capsys):
    assert failing(RuntimeError("with sip:bob:hunter2@h\nand more")) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("numbatch: a fault of the program itself: RuntimeError: with sip:bob:***@h\n")
    assert "with -v" in shown
    assert "and more" not in shown


@pytest.mark.parametrize("end", ["\n", "\r", "\x0c", "\x85", "\u2028"])
def test_a_password_is_not_cut_open_where_a_line_ends_in_it(failing, capsys, monkeypatch, end):
    monkeypatch.setattr(masking, "_seen", {})
    masking.remember(f"canary{end}secret")
    assert failing(RuntimeError(f"the form was canary{end}secret")) == 1
    assert capsys.readouterr().err.startswith(
        "numbatch: a fault of the program itself: RuntimeError: the form was ***\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "a.csv", "--password=x9zq"],
        ["run", "a.csv", "--password", "x9zq"],
        ["--password=x9zq", "runs"],
        ["init", "--passwd=x9zq"],
        ["x9zq", "--secret", "x9zq"],
    ],
)
def test_a_password_given_as_a_flag_is_refused_and_not_said_again(capsys, monkeypatch, arguments):
    monkeypatch.setattr(masking, "_seen", {})
    assert main.run(arguments) == 2
    shown = capsys.readouterr().err
    assert "x9zq" not in shown
    assert "A password is never a flag" in shown


def test_a_fault_with_v_tells_where(monkeypatch, capsys):
    def fail(*_):
        raise RuntimeError("here")

    monkeypatch.setattr(explain, "_find", fail)
    assert main.run(["explain", "4", "-v"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_remedy_stands_below_its_problem(failing, capsys):
    failing(UsageError("it is wrong", remedy="Mend it."))
    assert capsys.readouterr().err == "numbatch: it is wrong\n  Mend it.\n"


def test_every_command_is_there():
    app = make_app(asked="", plain=True)
    for entry in COMMANDS:
        assert entry.name in app
        assert entry.about.endswith(".")


def test_a_template_that_can_not_be_written(monkeypatch, tmp_path, capsys):
    assert main.run(["template", str(tmp_path / "a" / "b.xlsx")]) == 2
    assert capsys.readouterr().err.startswith("numbatch: ")
    assert template.template(tmp_path / "ok.xlsx") == 0


def test_a_template_is_a_workbook_whose_orders_can_be_read(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert main.run(["template", "orders.txt"]) == 2
    assert "Name it orders.xlsx" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_template_of_chosen_columns(tmp_path, capsys):
    path = tmp_path / "few.xlsx"
    assert main.run(["template", str(path), "--columns", "did, block size,Type,URI"]) == 0
    assert capsys.readouterr().out == f"Fill in {path}, then: numbatch check {path}\n"
    assert main.run(["template", str(tmp_path / "none.xlsx"), "--columns", "Number,Typ"]) == 2
    assert capsys.readouterr().err == "numbatch: there is no column 'Typ'\n  Did you mean Type?\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["explain", "4"], 1), (["explain", "4", "--json"], 1), (["explain", "--help"], 1), (["explain", "no-such"], 2)],
)
def test_what_a_full_disk_swallowed_is_no_success(capsys, monkeypatch, arguments, code):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main.run(arguments) == code
        monkeypatch.undo()
    told = "could not all be written to stdout: No space left on device" in capsys.readouterr().err
    assert told is (code == 1)


def test_a_reader_that_left_is_no_failure(capsys, monkeypatch):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert main.run(["explain", "4"]) == 0
        monkeypatch.undo()
    assert capsys.readouterr().err == ""
