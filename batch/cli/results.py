"""The result workbook of a run: where it goes, and that it is written."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from batch.cli.masking import mask
from batch.cli.options_of import time_zone
from batch.cli.output import tell
from batch.errors import UsageError
from batch.ledger.records import Environment, Run
from batch.settings.model import Settings
from batch.settings.source import SettingsError

if TYPE_CHECKING:
    from batch.ledger.reading import LedgerReader
    from batch.order import Column, Orders
    from batch.reconciler.labels import Language
    from batch.reconciler.report import ReportOptions

_NOT_YET = "new"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where results are to go: `given` with -o, else beside the first of `order_files`."""

    order_files: Sequence[Path]
    given: Path | None
    force: bool
    environment: Environment

    def path(self, run: Run) -> Path:
        """The path for this run's results. Raises UsageError where something stands there that is never replaced."""
        from batch.reconciler.place import results_path  # noqa: PLC0415 - light, and only for what writes

        return results_path(
            self.order_files[0],
            given=self.given,
            run=run,
            environment=self.environment,
            order_files=self.order_files,
            force=self.force,
        )

    def path_after(self, run: Run, keep: Path) -> Path:
        """As `path`, when the run is over and must not fail any more: what came in between is told, and passed by."""
        from batch.reconciler.place import fallback_path  # noqa: PLC0415 - as above

        try:
            return self.path(run)
        except UsageError as error:
            other = fallback_path(self.order_files[0], keep, run)
            tell(mask(f"numbatch: {error.problem}; the result workbook goes elsewhere: {other}"))
            return other

    def expected(self, orders: Orders, key: str, now: datetime) -> Path:
        """As `path`, of the run with that `key`, which the ledger need not know."""
        return self.path(Run(_NOT_YET, key, orders.files, orders.columns, len(orders.rows), now))

    def check(self, orders: Orders, known: Run | None, now: datetime) -> None:
        """Raise UsageError before anything is bought where the results could not go; `known` is the run if it is there."""
        self.path(known or Run(_NOT_YET, "", orders.files, orders.columns, len(orders.rows), now))


def require_group(columns: Sequence[Column], settings: Settings) -> None:
    """Raise UsageError, before anything is bought, where charges are to be summed by a column that there is not."""
    wanted = settings.group_by
    if wanted is None or any(one.header.strip().casefold() == wanted.strip().casefold() for one in columns):
        return
    raise SettingsError(
        "group_by",
        settings.where.get("group_by", "--group-by"),
        f"names {wanted!r}, and the order sheet has no such column",
        remedy=f"It has {', '.join(one.header for one in columns)}.",
    )


def deliver(
    path: Path, reader: LedgerReader, run: Run, options: ReportOptions, *, keep: Path, lasting: bool = True
) -> Path | None:
    """Write the workbook to `path`, else elsewhere (first into `keep`), and say so; None where it could not be written.

    Where the ledger is `lasting`, how to write it again is said too.
    """
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415 - with the writer
    from batch.reconciler.report import deliver_report  # noqa: PLC0415

    try:
        delivered = deliver_report(path, reader, run, CODES, options, fallbacks=[keep, *temporary_directory()])
    except OSError as error:
        tell(mask(f"numbatch: the result workbook could not be written: {path}: {error.strerror or error}"))
        if lasting:
            tell(mask(f"  Nothing is lost: when that is mended, `{_again(run, path)}` writes it from the ledger."))
        return None
    if delivered.trouble:
        old = " What stands there is older." if os.path.lexists(path) else ""
        tell(mask(f"numbatch: {delivered.trouble}; the result workbook went elsewhere: {delivered.path}"))
        if lasting:
            tell(mask(f" {old} When that is mended, `{_again(run, path)}` writes it where it belongs."))
    return delivered.path


def temporary_directory() -> list[Path]:
    """The system's directory for temporary files; none where no directory takes any."""
    try:
        return [Path(tempfile.gettempdir())]
    except OSError:
        return []


def _again(run: Run, path: Path) -> str:
    return f"numbatch report {run.name} -o {shlex.quote(str(path))}"


def report_options(settings: Settings) -> ReportOptions:
    """How workbooks are written, by the settings."""
    from batch.reconciler.brand import load_brand  # noqa: PLC0415 - with the writer
    from batch.reconciler.report import ReportOptions  # noqa: PLC0415

    return ReportOptions(
        currency=settings.currency,
        timezone=time_zone(settings),
        account=settings.account.name,
        language=cast("Language", settings.language),
        group_by=settings.group_by,
        brand=load_brand(),
    )
