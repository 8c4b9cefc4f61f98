"""Failures, written and read again, is exactly the failed orders; and again after that."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.anyorders import FIRST, sheets
from support.desk import Desk, at_desk
from support.sheets import WRITERS, adapted, carried
from support.world import Fault, code, lost, truth

from batch.ledger.records import Run, RunRow
from batch.loader import LoadOptions, load, with_chosen
from batch.number import Number
from batch.order import Choice, Chosen, Orders, RowKind
from batch.problem import Level
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.fields import FIELDS
from batch.provider.protocol import Unclear
from batch.reconciler.report import ReportOptions, write_report
from batch.reconciler.results import FAILED

PATIENT = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
FATES: dict[str, Callable[[], Fault]] = {
    "bought": truth,
    "refused": lambda: code(-1210),
    "gone": lambda: code(-275),
    "reserved": lambda: code(-220),
    "doubt": lost,
}
fates = st.lists(st.sampled_from(sorted(FATES)), min_size=1, max_size=5)
settings_of_the_user = st.builds(
    LoadOptions,
    default_country=st.sampled_from([None, "DE", "US", "FR"]),
    defaults=st.fixed_dictionaries({}, optional={
        "Channels": st.just("3"), "Description": st.just("a {number} {{x} {row}"), "Record": st.just("yes"), "URI": st.just("sip:{last4}@b.example"),
    }),
)  # fmt: skip


@dataclass
class Generations:
    """Runs at one desk, where each number meets the same fate every time."""

    desk: Desk
    options: LoadOptions
    folder: Path

    async def again(self, orders: Orders, **bounds: object) -> tuple[Run, list[RunRow], Orders]:
        """Buy `orders`: the run, its rows, and what its Failures order."""
        await self.desk.buy(orders, **bounds)
        run = self.desk.runs[orders.key]
        path = self.folder / f"{run.name}.xlsx"
        with self.desk.reading() as reader:
            rows = list(reader.rows(run))
            write_report(path, reader, run, CODES, ReportOptions(currency="USD", timezone=UTC))
        return run, rows, load([path], FIELDS, replace(self.options, sheet="Failures", allow_empty=True))


def meet(desk: Desk, told: Sequence[str]) -> None:
    """Each number's fate is one of `told`, whenever it is sent or asked about."""

    def fate(number: str) -> str:
        return told[int(number) % len(told)]

    desk.provider.fault = lambda number: FATES[fate(number)]()
    desk.provider.answers = lambda number, true: Unclear("no answer") if fate(number) == "doubt" else true


def assert_exactly_the_failed(run: Run, rows: Sequence[RunRow], again: Orders) -> None:
    """What `again` orders is what failed of the run's rows: numbers, routing as it was resolved, prices, the user's columns."""
    failed = [row for row in rows if row.status in FAILED]
    assert [problem for problem in again.problems if problem.level is Level.ERROR] == []
    assert {row.kind for row in again.rows} <= {RowKind.ORDER}
    assert not again.wishes
    assert [(row.number, dict(row.fields), row.price) for row in again.rows] == [
        (row.number, dict(row.fields), row.price) for row in failed
    ]
    others = next((place for place, column in enumerate(run.columns) if column.field == "Alternative"), None)
    assert [row.alternatives for row in again.rows] == [
        () if others is None else tuple(re.findall("[0-9]+", str(row.cells[others] or ""))) for row in failed
    ]
    headers = [column.header for column in again.columns if column.field is None]
    assert not [header for header in headers if header.startswith("numbatch")]
    if not failed:
        return
    own = [place for place, column in enumerate(run.columns) if column.field is None]
    kept = [place for place, column in enumerate(again.columns) if column.field is None]
    for place, held in zip(own, kept, strict=True):
        expected = [carried("openpyxl", row.cells[place]) for row in failed]
        assert [(type(row.cells[held]), row.cells[held]) for row in again.rows] == [
            (type(one), one) for one in expected
        ]


@PATIENT
@given(
    sheets(), st.sampled_from(["openpyxl", "csv", "ods"]), settings_of_the_user, fates, st.none() | st.integers(1, 9)
)
def test_failures_are_the_failed_orders_for_generations(sheet, kind, options, told, limit):
    adapt = partial(adapted, kind)
    with tempfile.TemporaryDirectory() as folder:
        headers = [str(adapt(header)) for header in sheet.headers]
        orders = load(
            [WRITERS[kind](Path(folder), headers, sheet.rows(adapt))], FIELDS, replace(options, default_country=None)
        )
        assert [problem for problem in orders.problems if problem.level is Level.ERROR] == []

        async def scenario(desk):
            meet(desk, told)
            line = Generations(desk, options, Path(folder))
            run, rows, first = await line.again(orders, limit=limit)
            assert_exactly_the_failed(run, rows, first)
            run, rows, second = await line.again(first)
            assert_exactly_the_failed(run, rows, second)
            run, rows, third = await line.again(second)
            assert_exactly_the_failed(run, rows, third)
            if third.rows:
                assert third.columns == second.columns

        at_desk(scenario)


@PATIENT
@given(
    st.lists(st.integers(1, 3) | st.none(), min_size=1, max_size=5),
    st.sampled_from(["{number}@b.c", "{{{last4}@b.c", "a@b.c", ""]),
    settings_of_the_user,
    fates,
)
def test_failures_of_chosen_numbers_and_their_alternatives_are_orders_without_a_choice(counts, uri, options, told):
    lines = ["Number;Prefix;AnyOf;Alternative;Type;URI;Mine"]
    chosen = iter(range(FIRST, FIRST + 100))
    for place, count in enumerate(counts):
        fixed = FIRST + 1000 + place
        lines.append(f"{fixed};;;+{fixed + 100};1;{uri};{{" if count is None else f";3312345;{count};;1;{uri};}}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text("\n".join(lines))
        wished = load([path], FIELDS, replace(options, default_country=None))
        choices = [
            Choice(one.source, one.prefix, tuple(Number(str(next(chosen))) for _ in range(one.count)))
            for one in wished.wishes
        ]
        orders = with_chosen(wished, Chosen(tuple(choices)))

        async def scenario(desk):
            meet(desk, told)
            line = Generations(desk, options, Path(folder))
            run, rows, first = await line.again(orders)
            assert_exactly_the_failed(run, rows, first)
            run, rows, second = await line.again(first)
            assert_exactly_the_failed(run, rows, second)
            assert not {column.field for column in second.columns} & {"Prefix", "AnyOf", "NumberTo", "BlockSize"}

        at_desk(scenario)
