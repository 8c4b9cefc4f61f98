"""Order workbooks into orders, by the settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from batch.cli.limits import require_memory
from batch.cli.options import Reading
from batch.settings.model import Settings

if TYPE_CHECKING:
    from batch.loader import LoadOptions
    from batch.order import Orders


def load_orders(paths: Sequence[Path], settings: Settings, reading: Reading) -> Orders:
    """The orders in `paths`. Raises OrdersError and UsageError as the loader does, UsageError where there is no memory."""
    require_memory()
    from batch.loader import load  # noqa: PLC0415 - with its readers
    from batch.provider.multitel.fields import FIELDS  # noqa: PLC0415

    return load(paths, FIELDS, options_of(settings, reading))


def options_of(settings: Settings, reading: Reading) -> LoadOptions:
    """How orders are read, by the settings."""
    from batch.loader import LoadOptions  # noqa: PLC0415 - as above

    return LoadOptions(
        sheet=settings.sheet,
        header_row=reading.header_row,
        default_country=settings.default_country,
        # The conversion lets no other switch pass than false.
        columns={header: cast("str | Literal[False]", field) for header, field in settings.columns.items()},
        defaults=settings.defaults,
        max_block=settings.max_block,
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        allow_empty=reading.allow_empty,
        accounts=settings.accounts,
        account=settings.account.name,
    )
