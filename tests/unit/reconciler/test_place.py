"""Where results go: never over orders, nor over what is not this run's, unless told to."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from batch.errors import UsageError
from batch.ledger.records import Environment, LedgerKey
from batch.provider.multitel.codes import CODES
from batch.reconciler.place import Owner, fallback_path, owner_of, results_path, source_of
from batch.reconciler.report import write_report


@pytest.fixture
def place(tmp_path, make):
    """Asks for the path of a run's results beside orders.xlsx."""
    orders = tmp_path / "orders.xlsx"
    orders.write_bytes(b"orders")

    def ask(given=None, *, run=None, environment=Environment.LIVE, order_files=(orders,), force=False):
        return results_path(
            orders, given=given, run=run or make.run(), environment=environment, order_files=order_files, force=force
        )

    return ask


@pytest.fixture
def results(make):
    """Writes a run's results to a path."""

    def write(path, environment=Environment.LIVE, **changes):
        run = make.run(**changes)
        reader = make.reader([make.row()], run=run, key=LedgerKey("multitel", environment, "acme"))
        write_report(path, reader, run, CODES, make.options())
        return path

    return write


def test_results_stand_beside_the_orders(place, tmp_path):
    assert place() == tmp_path / "orders-results.xlsx"
    assert place(environment=Environment.REHEARSAL) == tmp_path / "orders-rehearsal.xlsx"
    assert place(tmp_path / "here.xlsx") == tmp_path / "here.xlsx"


def test_the_same_run_replaces_its_results(place, results, tmp_path):
    path = results(tmp_path / "orders-results.xlsx")
    assert owner_of(path) == Owner("7f3a" * 16, "live")
    assert place() == path


def test_another_runs_results_stay(place, results, tmp_path):
    results(tmp_path / "orders-results.xlsx", key="other", name="3c9e")
    other = tmp_path / "orders-results-7f3a.xlsx"
    assert place() == other
    assert place(force=True) == other
    results(other)
    assert place() == other
    results(other, key="a third")
    with pytest.raises(UsageError, match="another run"):
        place()


def test_a_rehearsals_results_are_not_the_runs(place, results, tmp_path):
    path = results(tmp_path / "orders-results.xlsx", Environment.REHEARSAL)
    assert place() == path.with_name("orders-results-7f3a.xlsx")


def test_orders_are_never_replaced(place, tmp_path):
    orders = tmp_path / "orders.xlsx"
    for force in (False, True):
        with pytest.raises(UsageError, match="order file"):
            place(orders, force=force)
    (tmp_path / "linked.xlsx").hardlink_to(orders)
    with pytest.raises(UsageError, match="order file"):
        place(tmp_path / "linked.xlsx", force=True)
    with pytest.raises(UsageError, match="order file"):
        place(order_files=[tmp_path / "orders-results.xlsx"])
    second = tmp_path / "orders-results-7f3a.xlsx"
    assert place(order_files=[second]) == tmp_path / "orders-results.xlsx"


def test_what_is_no_result_workbook_is_replaced_by_force_alone(place, tmp_path):
    path = tmp_path / "orders-results.xlsx"
    path.write_bytes(b"somebody's")
    with pytest.raises(UsageError, match="no result workbook"):
        place()
    assert place(force=True) == path


def test_a_link_is_not_followed(place, results, tmp_path):
    path = tmp_path / "orders-results.xlsx"
    path.symlink_to(results(tmp_path / "elsewhere.xlsx"))
    with pytest.raises(UsageError, match="a link"):
        place()
    assert place(force=True) == path


def test_a_directory_is_no_file(place, tmp_path):
    (tmp_path / "orders-results.xlsx").mkdir()
    with pytest.raises(UsageError, match="is a directory"):
        place(force=True)


def test_a_working_directory_that_is_gone_holds_no_results(place, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="working directory is gone"):
        place(Path("here.xlsx"))
    assert place() == tmp_path / "orders-results.xlsx"


def test_what_may_not_be_read_is_not_called_another_thing(place, results, tmp_path, monkeypatch):
    results(tmp_path / "orders-results.xlsx").write_bytes(b"")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="may not be read"):
        place()


def test_names_that_cannot_be_are_refused(place, tmp_path):
    with pytest.raises(UsageError, match="not there"):
        place(tmp_path / "missing" / "r.xlsx")
    with pytest.raises(UsageError, match="no name for a workbook"):
        place(tmp_path / "r.csv")


@pytest.mark.parametrize(
    "marks",
    [
        b"\xff\xfe",
        b"<Properties/>",
        b'<property name="numbatch run key"><vt:lpwstr>7f3a</vt:lpwstr></property>',
        b" " * ((1 << 20) + 1),
    ],
)
def test_marks_that_are_not_whole_are_none(tmp_path, marks):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/custom.xml", marks)
    assert owner_of(path) is None
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"")
    assert owner_of(path) is None
    assert owner_of(tmp_path / "missing.xlsx") is None


def test_elsewhere_says_whose_it_is(make, results, tmp_path):
    run = make.run()
    asked = Path("in/orders-results.xlsx")
    first = fallback_path(asked, tmp_path, run)
    assert first == tmp_path / "orders-results-7f3a-elsewhere.xlsx"
    first.write_bytes(b"somebody's")
    second = fallback_path(asked, tmp_path, run)
    assert second == tmp_path / "orders-results-7f3a-elsewhere-2.xlsx"
    results(second)
    third = tmp_path / "orders-results-7f3a-elsewhere-3.xlsx"
    assert fallback_path(asked, tmp_path, run, Environment.LIVE) == second
    assert fallback_path(asked, tmp_path, run, Environment.REHEARSAL) == third
    assert fallback_path(asked, tmp_path, run) == third


def test_elsewhere_ends(make, tmp_path, monkeypatch):
    monkeypatch.setattr(os.path, "lexists", lambda _path: True)
    with pytest.raises(FileExistsError, match="no name left"):
        fallback_path(Path("r.xlsx"), tmp_path, make.run())


def test_asking_loads_nothing_heavy():
    heavy = "'xlsxwriter', 'pandas', 'openpyxl', 'apsw', 'aiohttp', 'phonenumbers'"
    code = f"import sys, batch.reconciler.place; sys.exit(', '.join({{{heavy}}} & set(sys.modules)) or 0)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_writing_loads_the_library_only_then():
    code = "import sys, batch.reconciler.report; sys.exit(', '.join({'xlsxwriter', 'pandas'} & set(sys.modules)) or 0)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_workbook_says_which_state_of_the_ledger_it_was_written_from(results, tmp_path, make):
    source = source_of(results(tmp_path / "r.xlsx"))
    assert source is not None
    assert source.head == make.reader([]).head()
    assert source.written.tzinfo is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"ledger entry": "many"},
        {"written": "yesterday"},
        {"written": "2026-01-02T03:04:05"},
        {"ledger head": None},
    ],
)
def test_a_workbook_that_does_not_say_it_whole_says_nothing(tmp_path, changed):
    said = {"ledger": "l", "ledger entry": "3", "ledger head": "ab", "written": "2026-01-02T03:04:05+00:00", **changed}
    marks = "".join(
        f'<property name="numbatch {name}"><vt:lpwstr>{value}</vt:lpwstr></property>'
        for name, value in said.items()
        if value is not None
    )
    path = tmp_path / "r.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("docProps/custom.xml", marks)
    assert source_of(path) is None
