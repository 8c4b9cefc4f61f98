"""Labels, brand, templates and the balance statement."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import batch
from batch.codes import Actor
from batch.errors import NumbatchError, UsageError
from batch.ledger.records import Status
from batch.provider.multitel.codes import CODES
from batch.reconciler.brand import Brand, load_brand
from batch.reconciler.labels import Label, Words
from batch.reconciler.page_labels import AuditLabel, PlanLabel
from batch.reconciler.results import Judge
from batch.reconciler.totals import tally
from batch.reconciler.workbook.cells import MAX_TEXT
from batch.reconciler.workbook.engine import printed_text
from batch.reconciler.workbook.grid import lines
from batch.reconciler.workbook.trust import Verdict, balance_statement
from batch.templates import template_path


@pytest.mark.parametrize("label", [*Label, *AuditLabel, *PlanLabel])
def test_both_languages_fill_in_the_same(label):
    english, german = ({name for _, name, _, _ in string.Formatter().parse(words) if name} for words in label.value)
    assert english == german
    assert all(label.value)


@pytest.mark.parametrize("language", ["en", "de"])
def test_everybody_and_every_status_has_a_word(language):
    words = Words(language)
    assert all(words.actor(actor) for actor in Actor)
    assert all(status.value in words.status(status) for status in Status)


def test_figures_and_moments_are_written_as_the_language_does():
    moment = datetime(2026, 11, 1, 9, 5, tzinfo=UTC)
    english, german = Words("en"), Words("de")
    assert (english.money(Decimal("1234567.5")), german.money(Decimal("1234567.5"))) == ("1,234,567.50", "1.234.567,50")
    assert (english.count(1000), german.count(1000)) == ("1,000", "1.000")
    assert (english.span(moment, None), german.span(moment, moment)) == ("1 Nov 2026 09:05 –", "01.11.2026 09:05")
    assert english.span(moment, moment.replace(hour=10)) == "1 Nov 2026 09:05 – 10:05"


def test_what_is_filled_in_may_hold_braces():
    assert Words("en")(Label.HALTED, reason="{x} {") == "Halted: {x} {"


def test_a_printed_text_is_no_code_and_not_too_long():
    assert printed_text("R&D\x07") == "R&&D "
    assert len(printed_text("x" * MAX_TEXT)) == 59


def test_lines_are_counted_on_the_safe_side():
    assert lines("", 10) == 1
    assert lines("short", 10) == 1
    assert lines("two words", 5) == 2
    assert lines("x" * 100, 10) == 8


def test_the_template_is_the_default_brand():
    assert load_brand() == Brand()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('ink = "blue"', "no colour"),
        ('logo = "x.png"', "unknown key 'logo'"),
        ("font = 3", "must be a text"),
        ("font =", "can't be read"),
    ],
)
def test_a_brand_that_is_none_is_named(tmp_path, text, complaint):
    path = tmp_path / "brand.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=complaint):
        load_brand(path)


def test_a_brand_is_read(tmp_path):
    path = tmp_path / "brand.toml"
    path.write_text('company = "Muster"\naccent = "#123456"')
    assert load_brand(path) == Brand(company="Muster", accent="#123456")
    with pytest.raises(UsageError, match="can't be read"):
        load_brand(tmp_path / "missing.toml")


def test_templates_are_found_in_a_checkout_and_in_a_wheel(tmp_path):
    assert template_path("brand.toml").is_file()
    package = tmp_path / "site" / "batch"
    for folder in (tmp_path / "site" / "templates", package / "templates"):
        folder.mkdir(parents=True)
        (folder / "brand.toml").touch()
        assert template_path("brand.toml", package=package) == folder / "brand.toml"
    with pytest.raises(NumbatchError, match=r"logo\.png is missing"):
        template_path("logo.png")
    assert Path(batch.__file__).parent.name == "batch"


class TestBalance:
    def verdict(self, make, rows, opening, closing, **changes):
        reader = make.reader(rows, balances=(opening, closing), **changes)
        totals = tally(Judge(CODES, "7f3a").results(rows))
        return balance_statement(reader.report(reader.run), totals)

    def test_nothing_left_is_reconciled(self, make):
        found = self.verdict(make, [make.row()], Decimal(10), Decimal("7.50"))
        assert (found.other, found.verdict) == (0, Verdict.RECONCILED)

    def test_something_left_of_confirmed_charges_was_somebody_elses(self, make):
        found = self.verdict(make, [make.row()], Decimal(10), Decimal(5))
        assert (found.other, found.verdict) == (Decimal("2.50"), Verdict.OTHER_ACTIVITY)

    @pytest.mark.parametrize(
        "changes", [{"setup": None}, {"setup": None, "price": None}, {"status": Status.DOUBT}], ids=str
    )
    def test_something_left_that_may_be_ours_is_to_be_checked(self, make, changes):
        assert self.verdict(make, [make.row(**changes)], Decimal(10), Decimal(5)).verdict is Verdict.CHECK

    @pytest.mark.parametrize("balances", [(None, None), (Decimal(1), None), (None, Decimal(1))])
    def test_what_was_not_measured_is_said(self, make, balances):
        assert self.verdict(make, [], *balances).verdict is Verdict.NOT_MEASURED

    def test_an_invocation_without_end_measured_nothing(self, make):
        base = make.reader([]).invocations[0]
        open_ = replace(base, end=None)
        assert self.verdict(make, [], None, None, invocations=(open_,)).verdict is Verdict.NOT_MEASURED
