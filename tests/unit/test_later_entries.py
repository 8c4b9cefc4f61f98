"""A workbook that is older than its ledger: what later entries explain, and what they do not."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from support.desk import at_desk, orders
from support.world import code, lost, number

from batch.errors import LedgerError
from batch.loader.book import read_book
from batch.provider.multitel.codes import CODES
from batch.provider.protocol import Unclear
from batch.reconciler.report import ReportOptions, write_report
from batch.reconciler.verifying.origin import origin_of
from batch.reconciler.verifying.verifying import run_of, verify

NUMBERS = [number(n) for n in range(8)]
OPTIONS = ReportOptions("USD", ZoneInfo("UTC"))


class Workbooks:
    """Writes a run's workbook, changes it and compares it with the ledger as it is by then."""

    def __init__(self, desk) -> None:
        self.desk = desk
        self.path = desk.root / "results.xlsx"

    def write(self, label="a"):
        with self.desk.reading() as reader:
            write_report(self.path, reader, self.desk.runs[label], CODES, OPTIONS)

    def change(self, status, header, value, sheet="Results"):
        """Put `value` under `header` in the first row of that status."""
        book = openpyxl.load_workbook(self.path)
        rows = book[sheet]
        titles = [cell.value for cell in rows[1]]
        place = next(row for row in range(2, rows.max_row + 1) if status in [cell.value for cell in rows[row]])
        rows.cell(place, titles.index(header) + 1).value = value
        book.save(self.path)

    def change_tile(self, value):
        """Put `value` where Summary tells what was paid."""
        book = openpyxl.load_workbook(self.path)
        sheet = book["Summary"]
        place = next(row for row in range(1, 30) if sheet.cell(row, 2).value == "Would have been paid")
        sheet.cell(place + 1, 2).value = value
        book.save(self.path)

    def verify(self):
        book = read_book(self.path)
        origin = origin_of(book)
        with self.desk.reading() as reader:
            return verify(book, origin, reader, run_of(reader, origin), CODES, OPTIONS, str)

    def unexplained(self):
        return [(one.sheet, one.column, one.says, one.ledger) for one in self.verify().unexplained]


async def written_amid(desk):
    """A run of eight, written: one refused, two in doubt (one of them was bought), one not sent; then all is found out.

    The prices of what was bought are read back, the last is bought, and of the bought one is given back.
    """
    desk.provider.script[NUMBERS[1]] = [code(-1265)]
    desk.provider.script[NUMBERS[2]] = [lost(0.5)]
    desk.provider.script[NUMBERS[3]] = [lost()]
    desk.provider.answers = lambda _, true: Unclear("timed out")
    await desk.buy(orders("a", NUMBERS), limit=7, price=Decimal(9))
    books = Workbooks(desk)
    books.write()
    counted = {status.value: count for status, count in desk.counted("a").items()}
    assert counted == {"purchased": 4, "refused": 1, "in doubt": 2, "not sent": 1}
    desk.provider.answers = lambda _, true: true
    await desk.buy(orders("a", NUMBERS), prices=True)
    await desk.release(desk.runs["a"], only=[NUMBERS[0]])
    counted = {status.value: count for status, count in desk.counted("a").items()}
    assert counted == {"purchased": 6, "refused": 1, "released": 1}
    return books


def test_what_the_ledger_has_learnt_since_is_told_apart_and_differs():
    async def scenario(desk):
        books = await written_amid(desk)
        verified = books.verify()
        assert verified.exit_code == 4
        assert verified.unexplained == []
        sheets = {one.sheet for one in verified.differences}
        assert sheets == {"Summary", "Results", "Failures", "By code", "Charges"}
        assert verified.since.entries > 10
        books.write()
        assert books.verify().exit_code == 0

    at_desk(scenario)


CHANGES = [
    ("purchased", "Charged now", 1, "Results"),
    ("purchased", "Setup fee", 7, "Results"),
    ("purchased", "Status", "refused", "Results"),
    ("purchased", "Charged", "no", "Results"),
    ("purchased", "Attempts", 7, "Results"),
    ("purchased", "Account", "other", "Results"),
    ("in doubt", "Status", "not sent", "Results"),
    ("in doubt", "Charged", "no", "Results"),
    ("in doubt", "At risk", 1, "Results"),
    ("refused", "Return code", -275, "Results"),
    ("not sent", "Status", "in doubt", "Results"),
    ("not sent", "Charged now", 12, "Results"),
    ("estimated", "Currency", "EUR", "Charges"),
    ("estimated", "Confirmed", "sure", "Charges"),
    ("", "Would have been paid", 0, "Summary"),
]


def test_what_contradicts_the_chain_up_to_the_workbooks_entry_is_explained_by_nothing():
    """Whatever the ledger has learnt since: what money hangs on was so, or was not, when the workbook was written."""

    async def scenario(desk):
        books = await written_amid(desk)
        pristine = books.path.read_bytes()
        for status, header, value, sheet in CHANGES:
            books.path.write_bytes(pristine)
            if sheet == "Summary":
                books.change_tile(value)
            else:
                books.change(status, header, value, sheet)
            # Summary and By code may be found not to fit the rows any more, besides.
            pages = {"Summary", "By code"} - {sheet}
            found = [(one[0], str(one[2])) for one in books.unexplained() if one[0] not in pages]
            assert found == [(sheet, str(value))], (status, header)

    at_desk(scenario)


def test_rows_that_are_taken_out_or_added_are_explained_by_nothing():
    async def scenario(desk):
        books = await written_amid(desk)
        book = openpyxl.load_workbook(books.path)
        book["Results"].delete_rows(2)
        charges = book["Charges"]
        charges.append(["a-99-1", *[cell.value for cell in charges[2]][1:]])
        book.save(books.path)
        found = [(one.kind.value, one.sheet) for one in books.verify().unexplained if one.sheet != "Summary"]
        assert found[0] == ("row missing", "Results")
        assert {sheet for _, sheet in found[1:]} == {"Charges"}

    at_desk(scenario)


def test_a_run_that_only_went_on_explains_why_rows_were_not_sent_and_no_money():
    async def scenario(desk):
        await desk.buy(orders("a", NUMBERS), limit=2)
        books = Workbooks(desk)
        books.write()
        await desk.buy(orders("a", NUMBERS), max_spend=Decimal(1))
        verified = books.verify()
        assert verified.exit_code == 4
        assert verified.unexplained == []
        assert {one.column for one in verified.differences if one.sheet == "Results"} == {"Reason", "What to do"}
        books.change("not sent", "Charged now", 3)
        books.change("not sent", "Number", "12025559999")
        columns = {one[1] for one in books.unexplained() if one[0] == "Results"}
        assert columns == {"Charged now", "Number"}

    at_desk(scenario)


def test_another_run_does_not_explain_what_it_did_not_touch():
    async def scenario(desk):
        await desk.buy(orders("a", NUMBERS[:2]))
        books = Workbooks(desk)
        books.write()
        await desk.buy(orders("b", NUMBERS[2:]))
        assert books.verify().differences == []
        books.change("purchased", "Reason", "because")
        assert [one[1] for one in books.unexplained()] == ["Reason"]
        assert books.verify().since.of_run is False

    at_desk(scenario)


def test_a_refusal_that_was_tried_again_is_known_as_it_was():
    async def scenario(desk):
        desk.provider.script[NUMBERS[1]] = [code(-1265)]
        await desk.buy(orders("a", NUMBERS[:2]))
        books = Workbooks(desk)
        books.write()
        await desk.buy(orders("a", NUMBERS[:2]), retry_refused=True)
        verified = books.verify()
        assert (verified.exit_code, verified.unexplained) == (4, [])
        standing = verified.since.numbers[NUMBERS[1]]
        assert (standing.status, standing.code, standing.attempts) == ("refused", -1265, 1)
        books.change("refused", "Return code", -275)
        assert [one[1:3] for one in books.unexplained()] == [("Return code", "-275")]

    at_desk(scenario)


def test_another_runs_purchases_do_not_excuse_this_ones_figures():
    async def scenario(desk):
        await desk.buy(orders("a", NUMBERS[:2]))
        books = Workbooks(desk)
        books.write()
        await desk.buy(orders("b", NUMBERS[2:]))
        books.change_tile(1)
        assert [one[:3] for one in books.unexplained()] == [("Summary", "Would have been paid", "1")]

    at_desk(scenario)


def test_a_number_that_another_run_bought_since_explains_the_row_that_was_not_sent():
    async def scenario(desk):
        await desk.buy(orders("a", NUMBERS), limit=7)
        books = Workbooks(desk)
        books.write()
        await desk.buy(orders("b", NUMBERS[7:]))
        verified = books.verify()
        assert verified.exit_code == 4
        assert verified.unexplained == []
        assert verified.since.of_run is False
        statuses = [(one.says, one.ledger) for one in verified.differences if one.column == "Status"]
        assert statuses == [("not sent", "already owned")]

    at_desk(scenario)


def test_a_chain_that_is_broken_is_no_witness():
    async def scenario(desk):
        await desk.buy(orders("a", NUMBERS[:2]))
        books = Workbooks(desk)
        books.write()
        await desk.buy(orders("b", NUMBERS[2:]))
        [ledger] = (desk.home / "l").glob("*.ledger")
        import apsw  # noqa: PLC0415 - only here

        connection = apsw.Connection(str(ledger))
        connection.execute("UPDATE journal SET reason = 'other' WHERE entry = (SELECT max(entry) - 1 FROM journal)")
        connection.close()
        with pytest.raises(LedgerError, match="was changed"):
            books.verify()

    at_desk(scenario)
