"""`report --month`: one workbook of what all runs of the account were charged in a period."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli.begin import Begun
from batch.cli.figures import plural
from batch.cli.masking import mask
from batch.cli.output import say
from batch.cli.place import ledger_directory, open_reader
from batch.ledger.records import Environment
from batch.money import format_money
from batch.reconciler.matching.model import Period
from batch.settings.model import Settings
from batch.settings.source import SettingsError

if TYPE_CHECKING:
    from batch.reconciler.monthly.model import BookRate

_NOT_WRITTEN = 1


def report_month(begun: Begun, period: Period, output: Path | None, *, force: bool) -> int:
    """Write the workbook, and say what it comes to; the exit code."""
    from batch.cli.pages import deliver_page  # noqa: PLC0415 - with what writes
    from batch.cli.results import report_options  # noqa: PLC0415
    from batch.cli.scene import facts  # noqa: PLC0415
    from batch.clock import SystemClock  # noqa: PLC0415
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415
    from batch.reconciler.monthly.model import Month  # noqa: PLC0415
    from batch.reconciler.monthly.sheet import MonthOf, write_month  # noqa: PLC0415
    from batch.reconciler.place import MONTH, place_for  # noqa: PLC0415

    label = period_label(period)
    month, options, who = (
        MonthOf(period, label, label, book_rate(begun.settings)),
        report_options(begun.settings),
        SystemClock().now(),
    )
    with open_reader(begun.settings, begun.environ) as reader:
        key = reader.key
        rehearsal = key.environment is Environment.REHEARSAL
        wanted = output or Path(f"numbatch-{label}{'-rehearsal' if rehearsal else ''}.xlsx")
        orders = [one.path for run in reader.runs() for one in run.files]
        path = place_for(wanted, kind=MONTH, owner=month.owner(key), name=label, others=orders, force=force)
        found: list[Month] = []
        written = deliver_page(
            path,
            lambda one: found.append(write_month(one, reader, month, CODES, facts(begun.settings, who), options, mask)),
            kind=MONTH,
            owner=month.owner(key),
            name="month",
            fallbacks=[ledger_directory(begun.settings, begun.environ)],
        )
    if written is None:
        return _NOT_WRITTEN
    if not begun.quiet:
        whole = found[-1].whole
        if rehearsal:
            say("Rehearsal: nothing of this was really bought")
        if whole.bought:
            paid = f"{format_money(whole.charged)} {options.currency}, of it {format_money(whole.estimated)} estimated"
            say(f"{label}: {plural(whole.bought, 'purchase')} in {plural(len(found[-1].runs), 'run')}, {paid}")
        else:
            say(f"{label}: nothing was bought in this period")
        say(str(written))
    return 0


def book_rate(settings: Settings) -> BookRate | None:
    """The rate at which totals are shown in the books' currency; None: none. Raises SettingsError where one of the two is missing."""
    from batch.reconciler.monthly.model import BookRate  # noqa: PLC0415 - with what writes

    currency, rate = settings.book_currency, settings.book_rate
    if currency is None and rate is None:
        return None
    if currency is None or rate is None:
        here, other = ("book_rate", "book_currency") if currency is None else ("book_currency", "book_rate")
        raise SettingsError(
            here, settings.where.get(here, here), f"says nothing without {other}", remedy=f"Set {other}."
        )
    return BookRate(currency, rate, settings.book_rate_date)


def period_label(period: Period) -> str:
    """A period's short name, which is good for a file too: 2026-11, or its days."""
    first, last = period.first, period.last
    if period.source.startswith("--month") and first is not None:
        return f"{first:%Y-%m}"
    return f"{_day(first, 'begin')}_{_day(last, 'now')}"


def _day(day: date | None, other: str) -> str:
    return other if day is None else day.isoformat()
