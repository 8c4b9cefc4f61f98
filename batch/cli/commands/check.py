"""`numbatch check`: every problem of order workbooks at once; nothing is sent."""

from __future__ import annotations

import sys

from batch.cli.begin import begin_with_settings
from batch.cli.options import COMMON, CONFIG, READING, Common, Config, Json, Orders, Reading
from batch.cli.orders import load_orders
from batch.cli.output import is_terminal, say, say_json
from batch.cli.problems import MOST, counted, has_errors, orders_json, problem_lines, unreadable_json
from batch.errors import OrdersError

_INVALID = 3


def check(
    orders: Orders,
    /,
    *,
    json: Json = False,
    reading: Reading = READING,
    config: Config = CONFIG,
    common: Common = COMMON,
) -> int:
    """Validate every row of order workbooks, and report every problem at once. Nothing is sent.

    Exit code 0 where all rows are valid (warnings are allowed), 3 where a run would refuse them.

    For example:
        numbatch check orders.xlsx
        numbatch check orders.csv --default-country FR --json
    """
    begun = begin_with_settings(common, config, reading, needs_account=False)
    try:
        loaded = load_orders(orders, begun.settings, reading)
    except OrdersError as error:
        if json:
            say_json(unreadable_json(error, orders))
            return error.exit_code
        raise
    invalid = has_errors(loaded)
    if json:
        say_json(orders_json(loaded))
        return _INVALID if invalid else 0
    if invalid or not begun.quiet:
        for line in problem_lines(loaded.problems, most=MOST if is_terminal(sys.stdout) else None):
            say(line)
        say(f"{counted(loaded)}: {'invalid, nothing of it would be sent' if invalid else 'valid'}")
    return _INVALID if invalid else 0
