"""`check --annotate`: the user's own workbooks with their problems marked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from batch.cli.begin import Begun
from batch.cli.masking import mask
from batch.cli.options import Reading
from batch.cli.orders import options_of
from batch.cli.output import printable, say, tell
from batch.errors import NumbatchError
from batch.order import Orders


class Marking:
    """What `--annotate` asked for: nothing, or a marked workbook of each order workbook.

    Raises UsageError where none may be written to `asked`.
    """

    def __init__(self, orders: Sequence[Path], asked: Path | None, *, force: bool) -> None:
        self._targets: list[Path] | None = None
        self._several = len(orders) > 1
        self._failure: NumbatchError | None = None
        self._written: list[str] = []
        self._told: list[str] = []
        if asked is not None:
            from batch.loader.annotating.asking import targets  # noqa: PLC0415 - only where one is written

            self._targets = targets(orders, asked, force=force)

    def write(self, begun: Begun, reading: Reading, orders: Orders) -> None:
        """Write the marked workbooks; one that can't be is no reason to say nothing of the check."""
        if self._targets is None:
            return
        from batch.loader.annotating.asking import annotate  # noqa: PLC0415 - as above
        from batch.provider.multitel.fields import FIELDS  # noqa: PLC0415

        options = options_of(begun.settings, reading)
        for file, target in zip(orders.files, self._targets, strict=True):
            try:
                done = annotate(file, orders.problems, target, FIELDS, options)
            except NumbatchError as error:
                self._failure = self._failure or error
                continue
            self._written.append(str(target))
            cells = f"{done.marked:,} cell{'s' * (done.marked != 1)} marked, see its sheet {done.sheet}"
            found = any(one.file == str(file.path) for one in orders.problems)
            self._told += [f"{target}: {cells if found else 'nothing to mark'}", *(f"  {one}" for one in done.remarks)]

    def say(self) -> None:
        """What was written."""
        for line in self._told:
            say(printable(line))

    def as_json(self) -> dict[str, object]:
        """What `check --json` says of it: nothing where it was not asked for."""
        if self._targets is None:
            return {}
        if self._several:
            return {"annotated": self._written}
        return {"annotated": self._written[0] if self._written else None}

    def end(self, code: int) -> int:
        """The exit code of a check that came to `code`; why a workbook could not be marked is told on stderr."""
        if self._failure is None:
            return code
        tell(mask(f"numbatch: {self._failure}"))
        return code or self._failure.exit_code
