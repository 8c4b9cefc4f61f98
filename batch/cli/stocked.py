"""`check --stock`: which numbers by choice can be had and which ordered ones are in stock; as exact orders, where they are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli.begin import Begun
from batch.cli.output import say
from batch.errors import ProviderError, UsageError
from batch.number.wording import first_of
from batch.order import Orders, RowKind

if TYPE_CHECKING:
    from batch.cli.outlook import Outlook
    from batch.order import Cell

_SHOWN = 20
"""Numbers that are listed where they are not in stock."""


def look(begun: Begun, orders: Orders) -> Outlook:
    """Ask the provider. Raises UsageError where there is no login to ask with, ProviderError where it did not tell."""
    from batch.cli.outlook import look_ahead  # noqa: PLC0415 - only where it asks
    from batch.clock import SystemClock  # noqa: PLC0415
    from batch.settings.credentials import find_credentials  # noqa: PLC0415

    if not begun.settings.look_up:
        raise UsageError("stock is not looked up, by the settings", remedy="Leave out look_up = false, or --stock.")
    find_credentials(begun.settings, begun.environ)
    ahead = look_ahead(begun, orders, SystemClock(), retry_refused=True)
    silent = [one.prefix for one in ahead.chosen.choices if not one.told]
    why = ahead.catalogue.trouble or ahead.unanswered or (f"nothing tells what is under {silent[0]}" if silent else "")
    if why:
        raise ProviderError(f"stock could not be looked up: {why}", remedy="`numbatch doctor` tries it.")
    return ahead


def lacks(ahead: Outlook) -> bool:
    """Whether a number is known not to be there."""
    return bool(ahead.orders.wishes or ahead.plan.not_in_stock)


def say_stock(ahead: Outlook) -> None:
    """What is there, row by row where numbers were chosen, and what is not."""
    for choice in ahead.chosen.choices:
        numbers = choice.numbers
        block = len(numbers) > 1 and int(numbers[-1]) - int(numbers[0]) == len(numbers) - 1
        shown = f"{numbers[0]}-{numbers[-1]}" if block else first_of(numbers, _SHOWN)
        if numbers:
            say(f"row {choice.source.row}: {len(numbers):,} under {choice.prefix}: {shown}")
        if choice.lacking:
            say(choice.complaint)
    missing = ahead.plan.not_in_stock
    if missing:
        say(f"not in stock: {first_of(missing, _SHOWN)}")
    if ahead.plan.unlisted:
        say(f"{ahead.plan.unlisted:,} numbers: nothing tells whether they are in stock")


def stock_json(ahead: Outlook) -> dict[str, object]:
    """What `check --stock --json` says beside the orders."""
    return {
        "chosen": [
            {
                "row": choice.source.row,
                "prefix": choice.prefix,
                "numbers": list(choice.numbers),
                "lacking": choice.lacking if choice.told else None,
            }
            for choice in ahead.chosen.choices
        ],
        "not_in_stock": list(ahead.plan.not_in_stock),
        "not_known": ahead.plan.unlisted,
    }


def write_exact(path: Path, orders: Orders, *, force: bool) -> None:
    """Write the orders with the exact number of each row to `path`: an order workbook. Raises UsageError where it can't be."""
    from batch.loader.order_workbook import write_order_workbook  # noqa: PLC0415 - as above
    from batch.provider.multitel.fields import FIELDS  # noqa: PLC0415

    used = {name for row in orders.rows for name in row.fields}
    fields = [name for name in FIELDS.names if name in used]
    own = [(place, column.header) for place, column in enumerate(orders.columns) if column.field is None]
    ours = ["Number", *fields, "Price", "Alternative"]
    headers = [*ours, *(f"{header} (order)" if header in ours else header for _, header in own)]

    def lines() -> Iterator[list[Cell]]:
        for row in orders.rows:
            if row.kind is RowKind.ORDER:
                sent = [row.fields.get(name, "").replace("{", "{{") for name in fields]
                others = ", ".join(f"+{number}" for number in row.alternatives)
                yield [f"+{row.number}", *sent, row.price, others, *(row.cells[place] for place, _ in own)]

    write_order_workbook(path, headers, lines(), force=force, table=FIELDS)
