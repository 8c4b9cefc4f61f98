"""Problems are grouped, counted and cut where a person reads them, and whole for programs."""

from __future__ import annotations

from pathlib import Path

from batch.cli.problems import counted, orders_json, problem_lines, unreadable_json
from batch.errors import OrdersError
from batch.order import OrderFile, Orders, Row, RowKind, Source
from batch.problem import Level, Problem


def problem(code="number-lossy", row=2, level=Level.ERROR, value="1.20E+10", file="o.xlsx", sheet="Orders"):
    return Problem(code, level, file, sheet, row, "Number", f"A{row}", value, f"what {code}", f"mend {code}")


def test_alike_problems_share_one_heading():
    lines = problem_lines([problem(), problem(row=3, value="9"), problem("uri-gap", level=Level.WARNING)], most=None)
    assert lines[0] == "o.xlsx, sheet Orders: 2 errors, 1 warning"
    assert lines[2:5] == [
        "  error: number-lossy. mend number-lossy",
        "    A2  1.20E+10  what number-lossy",
        "    A3  9         what number-lossy",
    ]
    assert "  warning: uri-gap. mend uri-gap" in lines


def test_errors_come_first_and_files_apart():
    lines = problem_lines([problem("w", level=Level.WARNING), problem("e"), problem("x", file="p.xlsx")], most=None)
    headings = [line for line in lines if ": " in line and not line.startswith("    ")]
    assert [line.split(".")[0].strip() for line in headings] == ["o", "error: e", "warning: w", "p", "error: x"]


def test_many_are_cut_at_a_terminal():
    lines = problem_lines([problem(row=row) for row in range(2, 120)], most=50)
    assert sum(line.startswith("    A") for line in lines) == 50
    assert lines[-1] == "and 68 more: numbatch check --json"


def test_what_a_cell_holds_neither_commands_a_terminal_nor_tells_a_secret():
    text = "\n".join(problem_lines([problem(value="\x1b[2Jsip:a:hunter2@h" + "x" * 90)], most=None))
    assert "\x1b" not in text
    assert "hunter2" not in text
    assert "…" in text


def test_places_of_rows_and_sheets():
    whole = Problem("header-missing", Level.ERROR, "o.csv", "", 0, "", "", "", "no header", "name one")
    row = Problem("example-skipped", Level.WARNING, "o.csv", "", 4, "", "", "", "skipped", "delete")
    lines = problem_lines([whole, row], most=None)
    assert lines[0] == "o.csv: 1 error, 1 warning"
    assert any(line.split() == ["sheet", "no", "header"] for line in lines)
    assert any(line.split() == ["row", "4", "skipped"] for line in lines)


def test_orders_for_programs():
    rows = [
        Row(0, RowKind.ORDER, Source(0, "", 2), "1", {}, ()),
        Row(1, RowKind.DUPLICATE, Source(0, "", 3), "1", {}, ()),
    ]
    rows.append(Row(2, RowKind.INVALID, Source(0, "", 4), "x", {}, ()))
    orders = Orders((OrderFile(Path("o.csv"), "", "", 3),), (), rows, (problem(),))
    told = orders_json(orders)
    assert {name: told[name] for name in ("valid", "rows", "numbers", "duplicates")} == {
        "valid": False, "rows": 3, "numbers": 2, "duplicates": 1,
    }  # fmt: skip
    assert counted(orders) == "3 rows → 2 numbers (1 of them a second time)"


def test_an_unreadable_file_for_programs():
    error = OrdersError("it is torn", remedy="Get it again.")
    [told] = unreadable_json(error, [Path("a.xlsx")])["problems"]
    assert (told["code"], told["file"], told["problem"]) == ("file-unreadable", "a.xlsx", "it is torn")
    assert unreadable_json(error, [Path("a"), Path("b")])["problems"][0]["file"] == ""
