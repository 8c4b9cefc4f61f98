"""All files of a run, from their paths to its orders."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from batch.errors import OrdersError, UsageError
from batch.fields import FieldTable
from batch.loader import LoadOptions
from batch.loader.accounts import Accounts
from batch.loader.cells import as_text, is_blank
from batch.loader.collecting import Sheet
from batch.loader.extent import note_extent
from batch.loader.findings import Findings
from batch.loader.header import Layout, Names, find_layout
from batch.loader.judging import Assumed, Judging
from batch.loader.overlooked import mark_merged
from batch.loader.routing import judge
from batch.loader.rows import RowMaker
from batch.loader.source import read_sheet
from batch.money import parse_price
from batch.number import NumberError, check_country
from batch.order import Column, OrderFile, Orders, Row, RowKind, Source, content_key
from batch.problem import Problem


@contextmanager
def _no_collection() -> Iterator[None]:
    """No search for garbage meanwhile: what is made here is kept, and looking through it again and again costs a fifth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_no_collection()
def load_orders(paths: tuple[Path, ...], table: FieldTable, options: LoadOptions) -> Orders:
    """The orders in the files at `paths`; see `batch.loader.load`."""
    if not paths:
        raise OrdersError("no order workbook is given", remedy="Give the path of one.")
    names = Names(table, options.columns)
    assumed = _assumed(table, names, options)
    sheets = [read_sheet(path, options, names.heads) for path in paths]
    findings = [Findings(str(sheet.path), sheet.name) for sheet in sheets]
    layouts = [find_layout(sheet, names, options, found) for sheet, found in zip(sheets, findings, strict=True)]
    columns, places = _columns(layouts)
    maker = RowMaker(several=len(paths) > 1)
    files: list[OrderFile] = []
    used: set[str] = set()
    numbers = 0
    for number, (sheet, found, layout) in enumerate(zip(sheets, findings, layouts, strict=True)):
        _note_type(sheet, found)
        if layout is None and sheet.kind == "csv" and sheet.path.suffix.lower() not in _TEXT:
            raise OrdersError(f"{sheet.path.name}: it is no spreadsheet, whatever its name", remedy="Save it as .xlsx.")
        if layout is None:
            rows = _unread(sheet, number, len(columns), len(maker.rows), found.invalid.get(0, ""))
            maker.rows.extend(rows)
            count = len(rows)
        else:
            mark_merged(sheet, layout)
            judging = Judging(sheet, layout, table, found, assumed)
            part = judging.part(number, sheet.path.name, places[number], len(columns))
            numbers += note_extent(part.spans, numbers, found)
            maker.add(part)
            used.update(part.routes.used())
            count = len(part.rows)
            del judging, part
        if not count and not options.allow_empty and not _others(found):
            raise _empty(sheet, example=any(one.code == "example-skipped" for one in found.in_order()))
        files.append(OrderFile(sheet.path, sheet.sha256, sheet.name, count))
        sheet.columns.clear()
    if not maker.rows and not maker.wishes and not options.allow_empty:
        raise _empty(sheets[0], next(filter(None, map(_others, findings)), ""))
    _note_retired(table, used, findings[0])
    problems: list[Problem] = [problem for found in findings for problem in found.in_order()]
    wishes = tuple(maker.wishes)
    return Orders(
        tuple(files),
        columns,
        maker.rows,
        tuple(problems),
        key=content_key(columns, maker.rows, wishes),
        wishes=wishes,
    )


def _others(findings: Findings) -> str:
    """What is said of rows that are left out as another account's; empty where there are none."""
    return next((problem.problem for problem in findings.in_order() if problem.code == "rows-of-others"), "")


def _empty(sheet: Sheet, others: str = "", *, example: bool = False) -> OrdersError:
    where = f"{sheet.path.name}: there are no orders{f' in the sheet {sheet.name!r}' if sheet.name else ''}"
    if others:
        return OrdersError(f"{where} for this account ({others})", remedy="Choose whose rows you mean: --account NAME.")
    if example:
        remedy = "The template's example row is never bought: fill in rows below it."
        return OrdersError(f"{where} but the example", remedy=remedy)
    return OrdersError(where, remedy="Name the sheet that has them: --sheet NAME; or allow it: --allow-empty.")


def _assumed(table: FieldTable, names: Names, options: LoadOptions) -> Assumed:
    """What settings say of rows that say nothing; UsageError where a setting is wrong."""
    _check_reading(options)
    defaults: dict[str, str] = {}
    country = options.default_country
    price: Decimal | None = None
    for name, raw in options.defaults.items():
        field, value = names.named(name), as_text(raw)
        if field == "Country":
            country = country or value
        elif field == "Price":
            price = parse_price(value)
            if price is None and value:
                raise UsageError(f"[defaults]: {value!r} is no price", remedy="Write digits and a point: 2.50.")
        elif field in table.names:
            defaults[str(field)] = value
            complaint = judge(table[str(field)], value).complaint if value and "{" not in value else None
            if complaint is not None and not complaint.warning:
                raise UsageError(f"[defaults] {field} = {value!r}: {complaint.problem}", remedy=complaint.remedy)
        else:
            known = ", ".join(("Country", "Price", *table.names))
            raise UsageError(f"[defaults]: no field called {name!r} has a default", remedy=known)
    try:
        country = check_country(country) if country else None
    except NumberError as error:
        raise UsageError(f"default_country: {error.problem}", remedy=error.remedy) from None
    accounts = Accounts(options.accounts, options.account)
    return Assumed(defaults, country, price, options.max_block, accounts, options.sheet is not None)


def _check_reading(options: LoadOptions) -> None:
    """UsageError where the options say what no file can be read by."""
    if options.encoding is not None:
        try:
            "".encode(options.encoding)
        except (LookupError, UnicodeError):
            raise UsageError(f"there is no encoding {options.encoding!r}", remedy="Name one: utf-8, cp1252.") from None
    if options.delimiter is not None and (len(options.delimiter) != 1 or options.delimiter in '"\r\n'):
        raise UsageError(f"{options.delimiter!r} delimits nothing", remedy="Give one character: ';', or ',', or a tab.")
    if options.header_row is not None and options.header_row < 1:
        raise UsageError(f"there is no row {options.header_row}", remedy="Rows count from 1, as in Excel.")


def _columns(layouts: list[Layout | None]) -> tuple[tuple[Column, ...], list[dict[int, int]]]:
    """The run's columns, and for each file which of its places is which of them.

    A field is the same column in every file; so is a header of the user's, whatever its case.
    """
    columns: list[Column] = []
    known: dict[object, int] = {}
    places: list[dict[int, int]] = []
    for layout in layouts:
        times: Counter[object] = Counter()
        mine: dict[int, int] = {}
        for heading in layout.headings if layout else ():
            key: object = heading.field or ("", heading.header.casefold())
            times[key] += 1
            # Two columns of one name are two columns, the first and the second in every file.
            if (key, times[key]) not in known:
                known[key, times[key]] = len(columns)
                columns.append(Column(heading.header, heading.field))
            mine[heading.place] = known[key, times[key]]
        places.append(mine)
    return tuple(columns), places


_TEXT = {".csv", ".tsv"}


def _note_type(sheet: Sheet, findings: Findings) -> None:
    """Warn of a file whose name and content differ: it was read as what it is."""
    suffix = sheet.path.suffix.lower()
    right = {"csv": _TEXT, "xlsx": {".xlsx", ".xlsm"}}.get(sheet.kind, {f".{sheet.kind}"})
    if suffix not in right:
        problem = f"it is named {suffix}, and is {sheet.kind}: it was read as what it is"
        findings.add("file-type", 0, problem=problem, warning=True)


def _note_retired(table: FieldTable, used: set[str], findings: Findings) -> None:
    """Warn once a run of fields that the provider marks retired."""
    retired = [field.name for field in table.fields if field.retired and field.name in used]
    if retired:
        names = ", ".join(retired)
        problem = f"the provider marks as retired: {names}. They are sent, and may have no effect"
        findings.add("field-retired", 0, value=names, problem=problem, warning=True)


def _unread(sheet: Sheet, file: int, width: int, position: int, note: str) -> list[Row]:
    """The rows of a sheet without a usable header: invalid, all of them, so that nothing goes on without them."""
    filled = [
        row for row in range(1, sheet.height + 1) if any(not is_blank(column[row - 1]) for column in sheet.columns)
    ]
    blank = (None,) * width
    return [
        Row(position + count, RowKind.INVALID, Source(file, sheet.name, row), "", {}, blank, None, note)
        for count, row in enumerate(filled)
    ]
