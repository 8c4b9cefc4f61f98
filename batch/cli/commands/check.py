"""`numbatch check`: every problem of order workbooks at once; nothing is sent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.begin import Begun, begin_with_settings
from batch.cli.marking import Marking
from batch.cli.options import COMMON, PACE, READING, WHERE, Common, Json, Orders, Pace, Reading, Where
from batch.cli.orders import load_orders
from batch.cli.output import is_terminal, say, say_json
from batch.cli.problems import MOST, counted, has_errors, orders_json, problem_lines, unreadable_json
from batch.errors import OrdersError, UsageError
from batch.order import Orders as Loaded

_INVALID = 3
_LACKING = 4
_STOCK = Annotated[bool, Parameter(show_default=False, help="Ask the provider what is in stock: chooses numbers, too.")]
_EXACT = Annotated[
    Path | None,
    Parameter(
        name=("--output", "-o"),
        metavar="EXACT.xlsx",
        show_default=False,
        help="With --stock: write the orders with the exact number of each row.",
    ),
]
_ANNOTATE = Annotated[
    Path | None,
    Parameter(
        metavar="PATH",
        show_default=False,
        help="Write your own workbook with each bad cell coloured and explained, and a sheet Problems; a folder for several.",
    ),
]
_FORCE = Annotated[bool, Parameter(show_default=False, help="Replace what is there.")]


def check(
    orders: Orders,
    /,
    *,
    stock: _STOCK = False,
    output: _EXACT = None,
    annotate: _ANNOTATE = None,
    force: _FORCE = False,
    json: Json = False,
    reading: Reading = READING,
    pace: Pace = PACE,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Validate every row of order workbooks, and report every problem at once. Nothing is bought.

    Exit code 0 where all rows are valid (warnings are allowed), 3 where a run would refuse them; with --stock 4 where a number is
    not there.

    --annotate writes PATH whatever is found, with nothing marked where nothing is wrong; ORDERS stay as they are. An .xlsx or .xlsm
    keeps all that is in it, another format becomes a new .xlsx. Mend it, and it is an order workbook as before.

    For example:
        numbatch check orders.xlsx
        numbatch check orders.xlsx --annotate mend.xlsx
        numbatch check orders.csv --default-country FR --json
        numbatch check orders.xlsx --stock -o exact.xlsx
    """
    if output is not None and not stock:
        raise UsageError("-o writes what is in stock", remedy="Add --stock.")
    begun = begin_with_settings(common, where, reading, pace, needs_account=stock)
    if output is not None:
        from batch.loader.order_workbook import require_target  # noqa: PLC0415 - only where one is written

        require_target(output, force=force)
        if annotate is not None and annotate.resolve() == output.resolve():
            raise UsageError("-o and --annotate name the same file", remedy="Name two.")
    marking = Marking(orders, annotate, force=force)
    try:
        loaded = load_orders(orders, begun.settings, reading)
    except OrdersError as error:
        if json:
            say_json(unreadable_json(error, orders))
            return error.exit_code
        raise
    invalid = has_errors(loaded)
    if stock and not invalid:
        return _check_stock(begun, loaded, output, marking, reading, force=force, json=json)
    marking.write(begun, reading, loaded)
    if json:
        say_json({**orders_json(loaded), **marking.as_json()})
    elif invalid or not begun.quiet:
        _say(loaded)
        marking.say()
    return marking.end(_INVALID if invalid else 0)


def _say(loaded: Loaded) -> None:
    for line in problem_lines(loaded.problems, most=MOST if is_terminal(sys.stdout) else None):
        say(line)
    say(f"{counted(loaded)}: {'invalid, nothing of it would be sent' if has_errors(loaded) else 'valid'}")


def _check_stock(
    begun: Begun, loaded: Loaded, output: Path | None, marking: Marking, reading: Reading, *, force: bool, json: bool
) -> int:
    from batch.cli.stocked import lacks, look, say_stock, stock_json, write_exact  # noqa: PLC0415 - only where it asks

    ahead = look(begun, loaded)
    invalid = has_errors(ahead.orders)
    code = _INVALID if invalid else _LACKING if lacks(ahead) else 0
    if output is not None and not invalid:
        write_exact(output, ahead.orders, force=force)
    shown = ahead.orders if invalid else loaded
    marking.write(begun, reading, shown)
    if json:
        say_json({**orders_json(shown), **stock_json(ahead), **marking.as_json()})
    elif code or not begun.quiet:
        _say(shown)
        say_stock(ahead)
        marking.say()
        if output is not None and not invalid:
            say(str(output))
    return marking.end(code)
