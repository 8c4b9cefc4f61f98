"""The loader: order workbooks into orders, or into problems.

Promise: every problem of every row is found and reported at once, by name and with its remedy; what is wrong never becomes
an order, and no file, whatever it holds, ends in a traceback or in a part of it silently read. Files are parsed in a child
process under limits.

May import pandas, python-calamine and XlsxWriter (the template, order workbooks), and the shared nouns (order, number, money,
problem, fields, errors). Knows nothing of HTTP, of the ledger or of the clock, and no field by name: the table of fields is
the provider's, and handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from batch.fields import FieldTable
    from batch.order import Chosen, Orders

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv")
"""The kinds of file that orders are read from."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How order workbooks are read.

    `sheet`: its name; None: the first visible one. `header_row` counts as Excel does; None: found. `default_country`: ISO
    alpha-2, for rows that name none. `columns`: a user's header → the field it is, or False: none, though named like one.
    `defaults`: a value for any field that a row leaves blank. `max_block`: numbers in one row at most. `encoding` and
    `delimiter` of text files; None: found. `allow_empty`: a file without orders is no error. `accounts`: those that the settings
    name → what else each is called; `account` is the one whose rows are taken, where a column `Account` parts them; empty: all.
    """

    sheet: str | None = None
    header_row: int | None = None
    default_country: str | None = None
    columns: Mapping[str, str | Literal[False]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    max_block: int = 10_000
    encoding: str | None = None
    delimiter: str | None = None
    allow_empty: bool = False
    accounts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    account: str = ""


def load(paths: Sequence[Path], table: FieldTable, options: LoadOptions | None = None) -> Orders:
    """The orders in the files at `paths`, in their order, with every problem found in them.

    Rows with an error become `RowKind.INVALID` rows; an error of a file's header makes all its rows invalid.

    Raises OrdersError where a file is missing, unreadable or without orders, UsageError where `options` name a field, a
    country or an encoding that there isn't, or a default that its field does not take.
    """
    from batch.loader.loading import load_orders  # noqa: PLC0415 - reads with pandas, which `--help` does not wait for

    return load_orders(tuple(paths), table, options or LoadOptions())


def with_chosen(orders: Orders, chosen: Chosen) -> Orders:
    """Plain orders: those that a sheet with the chosen numbers in the places of the wishes would be bought as.

    What a choice lacks stays a wish. Raises OrdersError where the choices are not those of these orders.
    """
    from batch.loader import chosen as choosing  # noqa: PLC0415 - with the numbering plans

    return choosing.with_chosen(orders, chosen)


__all__ = ["SUFFIXES", "LoadOptions", "load", "with_chosen"]
