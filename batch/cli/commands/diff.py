"""`numbatch diff`: what changed between two order sheets, by number."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import Begun, begin_with_settings
from batch.cli.options import COMMON, CONFIG, READING, Common, Config, Json, Reading
from batch.cli.orders import load_orders
from batch.cli.output import is_terminal, say_json
from batch.cli.problems import MOST, has_errors, orders_json, tell_problems, unreadable_json
from batch.errors import OrdersError
from batch.problem import Level

if TYPE_CHECKING:
    from batch.order import Orders

_OLD = Annotated[Path, Parameter(name="OLD", help="The order sheet as it was.")]
_NEW = Annotated[Path, Parameter(name="NEW", help="As it is now.")]
_OLD_SHEET = Annotated[str | None, Parameter(metavar="NAME", help="The sheet of OLD, where it is another than NEW's.")]
_DIFFERS = 4


def diff(
    old: _OLD,
    new: _NEW,
    /,
    *,
    old_sheet: _OLD_SHEET = None,
    json: Json = False,
    reading: Reading = READING,
    config: Config = CONFIG,
    common: Common = COMMON,
) -> int:
    """Tell what changed between two order sheets, by number: added, gone, routing, price, your own columns. Sends nothing.

    Blocks and fill-ins are compared number by number; a row's place makes no difference; passwords are left out. Exit code 0 where
    both order the same, 4 where they don't, 3 where one can't be read or has invalid rows. --json: {"same", "added", "gone",
    "changed": [{"number", "order", "routing", "price", "columns"}], "columns_added", "columns_gone"}.

    For example:
        numbatch diff orders-monday.xlsx orders.xlsx
        numbatch diff orders.xlsx orders-results.xlsx --sheet Failures --old-sheet Orders
    """
    begun = begin_with_settings(common, config, reading, needs_account=False)
    before = _loaded(begun, old, reading, old_sheet, as_json=json)
    now = _loaded(begun, new, reading, None, as_json=json)
    from batch.cli.differing import difference_json, say_difference  # noqa: PLC0415 - when both were read
    from batch.plan.difference import find_difference  # noqa: PLC0415

    found = find_difference(before, now)
    if json:
        say_json(difference_json(found))
    elif not (found.is_none and begun.quiet):
        say_difference(found, most=MOST if is_terminal(sys.stdout) else None)
    return 0 if found.is_none else _DIFFERS


def _loaded(begun: Begun, path: Path, reading: Reading, sheet: str | None, *, as_json: bool) -> Orders:
    """The orders in `path`. Raises OrdersError where it can't be read or has invalid rows; what is wrong is said before."""
    settings = begun.settings if sheet is None else replace(begun.settings, sheet=sheet)
    try:
        orders = load_orders((path,), settings, reading)
    except OrdersError as error:
        if as_json:
            say_json({"file": str(path), **unreadable_json(error, (path,))})
        raise
    if has_errors(orders):
        if as_json:
            say_json({"file": str(path), **orders_json(orders)})
        else:
            tell_problems([one for one in orders.problems if one.level is Level.ERROR])
        raise OrdersError(f"{path} has invalid rows, so nothing is compared", remedy=f"numbatch check {path}")
    return orders
