"""The problems of one sheet: which are listed, and what is said of the rest."""

from __future__ import annotations

from batch.loader import findings as module
from batch.loader.findings import Findings
from batch.problem import Level


def test_beyond_a_bound_problems_of_one_code_are_counted_and_every_row_stays_invalid(monkeypatch):
    monkeypatch.setattr(module, "LISTED", 3)
    found = Findings("orders.xlsx", "Orders", {0: "Number"})
    for row in range(2, 7):
        found.add("number-malformed", row, 0, value="x")
    found.add("number-invalid", 7, 0, value="y", warning=True)
    problems = found.in_order()
    assert [(one.code, one.row, one.cell) for one in problems] == [
        ("number-malformed", 2, "A2"),
        ("number-malformed", 3, "A3"),
        ("number-malformed", 4, "A4"),
        ("number-invalid", 7, "A7"),
        ("number-malformed", 0, ""),
    ]
    assert (problems[-1].level, problems[-1].problem) == (
        Level.ERROR,
        "2 more cells of this sheet have this problem, too",
    )
    assert set(found.invalid) == {2, 3, 4, 5, 6}
