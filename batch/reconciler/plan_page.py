"""A plan as a workbook: one portrait page for the person who decides, and a sheet with all that the page cuts short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batch.files import replacing
from batch.order import Cell
from batch.plan.model import Group, Plan
from batch.reconciler.labels import Label, Words
from batch.reconciler.page_labels import PlanLabel
from batch.reconciler.place import PLAN, marks_of
from batch.reconciler.plan_facts import PlanFacts
from batch.reconciler.workbook.archive import assemble
from batch.reconciler.workbook.context import Imprint, ReportOptions
from batch.reconciler.workbook.deflate import Deflater
from batch.reconciler.workbook.engine import Book
from batch.reconciler.workbook.grid import lines
from batch.reconciler.workbook.long import Bodies, Frame, frame_sheet
from batch.reconciler.workbook.plan_summary import write_plan_summary
from batch.reconciler.workbook.plan_tables import PRICED_BY, cost_of
from batch.reconciler.workbook.stream import Kind, LongColumn, LongSheet
from batch.reconciler.workbook.styles import Styles

__all__ = ["PlanFacts", "write_plan_page"]

_NAME_WIDTH = 62.0
_COLUMNS = (
    LongColumn("What", width=16),
    LongColumn("Name", Kind.WRAPPED, _NAME_WIDTH),
    LongColumn("Numbers", Kind.INTEGER, 11),
    LongColumn("Cost now", Kind.MONEY, 15),
    LongColumn("Monthly", Kind.MONEY, 15),
    LongColumn("Each now", Kind.MONEY, 12),
    LongColumn("Each monthly", Kind.MONEY, 15),
    LongColumn("Currency", width=11),
)


def write_plan_page(path: Path, plan: Plan, facts: PlanFacts, options: ReportOptions) -> None:
    """Write the plan's page to `path`, whole or not at all, readable by its owner alone.

    Raises OSError where the file can't be written or the old one not replaced: it is intact then.
    """
    words = Words(options.language)
    banner = words(PlanLabel.REHEARSAL) if facts.rehearsal else ""
    imprint = Imprint(
        options,
        words,
        file=facts.file_names[0] if facts.files else "",
        banner=banner,
        left=_left(facts, options, words),
        version=f"numbatch {facts.version}",
    )
    properties = {
        "title": words(PlanLabel.TITLE),
        "author": facts.user,
        "company": options.brand.company,
        "comments": banner,
    }
    book = Book(options.brand.font, facts.made, properties, marks_of(PLAN, facts.owner))
    styles = Styles(book, options.brand)
    with Deflater() as deflater:
        details = LongSheet("Details", _COLUMNS, styles.long(), deflater)
        for values in _details(plan, facts, options.currency):
            needed = lines(str(values[1]), _NAME_WIDTH - 2)
            details.add(values, None if needed == 1 else 3.0 + 13.0 * needed)
        details.finish()
        deflater.finish()
        bodies: Bodies = {}
        write_plan_summary(book, styles, imprint, plan, facts, options, words)
        frame_sheet(styles, details, Frame(2, len(_COLUMNS) - 1, 0, {}), imprint, bodies)
        with replacing(path) as file:
            assemble(file, book.close(), bodies)


def _left(facts: PlanFacts, options: ReportOptions, words: Words) -> str:
    account = words(Label.ACCOUNT, name=facts.account_words(options))
    return f"{account} · {words(Label.REHEARSED if facts.rehearsal else Label.LIVE)}"


def _details(plan: Plan, facts: PlanFacts, currency: str) -> Iterator[tuple[Cell, ...]]:
    """Every row of the sheet. `What` is English, for programs: like all data of our workbooks."""
    for one, name in zip(facts.files, facts.file_names, strict=True):
        yield ("file", f"{name}, SHA-256 {one.sha256}", one.source_rows)
    for reason in plan.reasons:
        yield ("reason", reason)
    for remark in plan.remarks:
        yield ("remark", remark)
    yield from _groups("country", plan.by_country, currency)
    yield from _groups(facts.group or "group", plan.by_group, currency)
    for price in plan.by_price:
        monthly = None if price.monthly is None else price.monthly * price.count
        source = PRICED_BY[price.priced_by].value[0]
        yield ("price", source, price.count, cost_of(price), monthly, price.first_charge, price.monthly, currency)
    for number in plan.not_in_stock:
        yield ("not in stock", number, 1)


def _groups(what: str, groups: tuple[Group, ...], currency: str) -> Iterator[tuple[Cell, ...]]:
    for one in groups:
        yield (what, one.name or "(none)", one.numbers, one.first_charge, one.monthly, None, None, currency)
