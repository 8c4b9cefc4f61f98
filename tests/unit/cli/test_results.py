"""Where the result workbook goes, and that its trouble is told and never ends a run."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batch.cli.results import Wanted, deliver, report_options, require_group
from batch.ledger.records import Environment, Run
from batch.order import Column
from batch.reconciler import report as report_module
from batch.reconciler.report import Delivered
from batch.settings.model import Settings
from batch.settings.source import SettingsError

RUN = Run("7f3a", "key", (), (), 3, datetime(2026, 1, 1, tzinfo=UTC))


def told(monkeypatch, outcome, *, at="r.xlsx", lasting=True):
    def deliver_report(*_, **__):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(report_module, "deliver_report", deliver_report)
    return deliver(Path(at), None, RUN, report_options(Settings()), keep=Path(), lasting=lasting)


def test_what_can_not_be_written_is_told(monkeypatch, capsys):
    assert told(monkeypatch, OSError(28, "No space left on device")) is None
    shown = capsys.readouterr().err
    assert "r.xlsx: No space left on device" in shown
    assert "numbatch report 7f3a" in shown


def test_where_else_it_went_is_told(monkeypatch, capsys):
    assert told(monkeypatch, Delivered(Path("else.xlsx"), "r.xlsx could not be written")) == Path("else.xlsx")
    assert "went elsewhere: else.xlsx" in capsys.readouterr().err
    assert told(monkeypatch, Delivered(Path("r.xlsx"))) == Path("r.xlsx")
    assert capsys.readouterr().err == ""


def test_where_it_belongs_and_what_stands_there_is_told(monkeypatch, capsys, tmp_path):
    old = tmp_path / "old results.xlsx"
    elsewhere = Delivered(Path("else.xlsx"), "it could not be written")
    told(monkeypatch, elsewhere, at=old)
    shown = capsys.readouterr().err
    assert f"`numbatch report 7f3a -o '{old}'`" in shown
    assert "older" not in shown
    old.touch()
    told(monkeypatch, elsewhere, at=old)
    assert "What stands there is older." in capsys.readouterr().err


def test_a_ledger_that_does_not_last_is_not_asked_to_write_it_again(monkeypatch, capsys):
    told(monkeypatch, Delivered(Path("else.xlsx"), "it could not be written"), lasting=False)
    told(monkeypatch, OSError(28, "No space left on device"), lasting=False)
    assert "numbatch report" not in capsys.readouterr().err


def test_a_machine_without_a_directory_for_temporary_files_has_one_place_less(monkeypatch):
    tried = []

    def nowhere():
        raise FileNotFoundError(2, "No usable temporary directory found")

    def deliver_report(path, *_, fallbacks):
        tried.extend(fallbacks)
        return Delivered(path)

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    monkeypatch.setattr(report_module, "deliver_report", deliver_report)
    assert deliver(Path("r.xlsx"), None, RUN, report_options(Settings()), keep=Path("keep")) == Path("r.xlsx")
    assert tried == [Path("keep")]


def test_after_the_run_nothing_in_the_way_is_an_error(tmp_path, capsys):
    orders = tmp_path / "o.csv"
    orders.touch()
    (tmp_path / "o-results.xlsx").write_text("somebody else's")
    wanted = Wanted([orders], None, force=False, environment=Environment.LIVE)
    path = wanted.path_after(RUN, tmp_path)
    assert path.name == "o-7f3a-elsewhere.xlsx"
    assert "goes elsewhere" in capsys.readouterr().err


def test_the_group_is_a_column():
    columns = [Column("Number", "Number"), Column(" Cost centre ")]
    require_group(columns, Settings())
    require_group(columns, Settings(group_by="cost CENTRE"))
    with pytest.raises(SettingsError, match="no such column"):
        require_group(columns, Settings(group_by="Team", where={"group_by": "NUMBATCH_GROUP_BY"}))
