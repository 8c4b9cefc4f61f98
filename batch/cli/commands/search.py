"""`numbatch search`: numbers in stock, and order workbooks of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import Begun, begin_with_settings
from batch.cli.figures import plural
from batch.cli.looking import NOTHING_FOUND, Asking, look
from batch.cli.numbers import PrefixWords, read_prefix
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.output import is_terminal, say, say_json, say_table, tell
from batch.errors import UsageError

if TYPE_CHECKING:
    from batch.cli.finds import Find
    from batch.provider.lookups import Offer

_LIMIT = Annotated[int | None, Parameter(metavar="N", help="So many numbers at most.")]
_CONTIGUOUS = Annotated[
    bool,
    Parameter(
        show_default=False, help="Blocks of consecutive numbers, the longest first; with --limit as few as can be."
    ),
]
_AREA = Annotated[str | None, Parameter(metavar="WORDS", help="Only of areas with these words in their names.")]
_ORDERS = Annotated[
    Path | None,
    Parameter(name=("--orders", "-o"), metavar="ORDERS.xlsx", help="Write an order workbook of them, to fill in."),
]
_FORCE = Annotated[bool, Parameter(show_default=False, help="Replace what is there.")]
_MOST = 100
"""Lines that are listed at a terminal."""
_AREA_DIGITS = 3
"""Of an area's prefix behind the country's code: what is asked for where a longer prefix finds nothing."""


def search(
    *prefix: PrefixWords,
    limit: _LIMIT = None,
    contiguous: _CONTIGUOUS = False,
    area: _AREA = None,
    orders: _ORDERS = None,
    force: _FORCE = False,
    json: Json = False,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """List numbers in stock that begin with PREFIX, with their prices; -o writes an order workbook of them.

    Nothing is reserved: what is listed may be sold meanwhile. Exit code 4 where nothing is in stock, 5 where the provider can't
    be asked. --json: {"prefix", "currency", "in_stock", "numbers": […]}, with --contiguous "blocks" instead of "numbers".

    For example:
        numbatch search 1203
        numbatch search +1 203 --limit 200 --contiguous -o orders.xlsx
    """
    begun = begin_with_settings(common, where)
    wanted = read_prefix(" ".join(prefix))
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit} finds nothing", remedy="Give a count from 1, or leave it out.")
    if orders is not None:
        from batch.loader.order_workbook import require_target  # noqa: PLC0415 - only for what writes

        require_target(orders, force=force)
    from batch.cli.finds import choose  # noqa: PLC0415 - as above

    stock = _of_area(look(begun, lambda asking: _ask(asking, wanted)), area)
    finds = choose(stock, contiguous=contiguous, limit=limit)
    if finds and orders is not None:
        _write(orders, finds, begun, wanted, force=force)
    if json:
        say_json(_json(begun, wanted, stock, finds, contiguous=contiguous))
    elif not finds:
        say(f"nothing is in stock under {wanted}{f' in an area named {area!r}' if area else ''}")
    elif orders is None:
        _say(finds, contiguous=contiguous)
    if finds and not begun.quiet:
        _tell(begun, wanted, stock, finds, limit=limit, orders=orders)
    return 0 if finds else NOTHING_FOUND


async def _ask(asking: Asking, prefix: str) -> Sequence[Offer]:
    """What is in stock under `prefix`. Nothing documented says that one longer than an area's works, so its area is asked too."""
    from batch.number import Number, code_of  # noqa: PLC0415 - with the numbering plans

    found = await asking.get(lambda: asking.provider.stock(prefix))
    area = prefix[: len(code_of(Number(prefix))) + _AREA_DIGITS]
    if found or len(prefix) <= len(area):
        return found
    listed = await asking.get(lambda: asking.provider.stock(area))
    return [offer for offer in listed if offer.number.startswith(prefix)]


def _of_area(stock: Sequence[Offer], words: str | None) -> Sequence[Offer]:
    wanted = (words or "").casefold().split()
    return [offer for offer in stock if all(word in offer.area.casefold() for word in wanted)]


def _write(path: Path, finds: Sequence[Find], begun: Begun, prefix: str, *, force: bool) -> None:
    from batch.cli.finds import ORDER_HEADERS, order_rows  # noqa: PLC0415 - as above
    from batch.loader.order_workbook import write_order_workbook  # noqa: PLC0415
    from batch.provider.multitel.fields import FIELDS  # noqa: PLC0415

    rows = order_rows(finds, max_block=begun.settings.max_block)
    title = f"Numbers in stock under +{prefix}"
    write_order_workbook(path, ORDER_HEADERS, rows, force=force, title=title, table=FIELDS)


def _json(
    begun: Begun, prefix: str, stock: Sequence[Offer], finds: Sequence[Find], *, contiguous: bool
) -> dict[str, object]:
    from batch.cli.finds import block_json, offer_json  # noqa: PLC0415 - as above

    head = {"prefix": prefix, "currency": begun.settings.currency, "in_stock": len(stock)}
    if contiguous:
        return {**head, "blocks": [block_json(find) for find in finds]}
    return {**head, "numbers": [offer_json(offer) for find in finds for offer in find.offers]}


def _say(finds: Sequence[Find], *, contiguous: bool) -> None:
    from batch.cli.finds import BLOCK_COLUMNS, NUMBER_COLUMNS, block_row, number_row  # noqa: PLC0415 - as above

    most = _MOST if is_terminal(sys.stdout) else None
    if contiguous:
        say_table(BLOCK_COLUMNS, map(block_row, finds[:most]))
    else:
        say_table(NUMBER_COLUMNS, map(number_row, finds[:most]))
    if most is not None and len(finds) > most:
        say(f"and {len(finds) - most:,} more lines: --limit, -o ORDERS.xlsx or --json")


def _tell(
    begun: Begun, prefix: str, stock: Sequence[Offer], finds: Sequence[Find], *, limit: int | None, orders: Path | None
) -> None:
    """What it comes to, beside what was asked for."""
    from batch.cli.finds import summed  # noqa: PLC0415 - as above

    found = [offer for find in finds for offer in find.offers]
    if limit is not None and len(found) < limit:
        tell(f"numbatch: only {plural(len(found), 'number')} of the {limit:,} that were wanted")
    blocks = sum(find.block.size > 1 for find in finds)
    alone = f" and {len(finds) - blocks:,} alone" if len(finds) > blocks else ""
    parts = f", in {plural(blocks, 'block')}{alone}" if blocks else ""
    tell(
        f"{plural(len(found), 'number')} of {len(stock):,} in stock under {prefix}{parts}, "
        f"{summed(finds, begun.settings.currency)}"
    )
    if mute := sum(offer.voice is False for offer in found):
        tell(f"{plural(mute, 'number')} of them take no calls: order those without URI and Channels")
    if orders is not None:
        tell(f"Fill in routing in {orders}, then: numbatch check {orders}")
