"""Later months of the numbers that were bought: which of them lines bill, as far as dates tell, and which were billed already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from batch.loader.invoice import Line
from batch.reconciler.matching.model import Charge, Period


@dataclass
class Fees:
    """The lines of one number that were taken for monthly fees: each month of a purchase is billed once."""

    period: Period
    _taken: dict[Charge, list[Line]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether any line was taken for one."""
        return bool(self._taken)

    def take(self, line: Line, charge: Charge) -> None:
        """Keep that the line bills a later month of the charge."""
        self._taken.setdefault(charge, []).append(line)

    def taken(self, line: Line, charge: Charge) -> Line | None:
        """The line that has billed already the month that this one bills; None where none has, as far as can be told."""
        fees = self._taken.get(charge, [])
        if line.day is not None:
            month = _month(line.day)
            return next((one for one in fees if one.day is not None and _month(one.day) == month), None)
        return fees[-1] if fees and len(fees) >= self._months(charge) else None

    def is_later(self, line: Line, charge: Charge, billed: Line) -> bool:
        """Whether the line is of a later month than the charge, which `billed` has billed."""
        if charge.day is None:
            return False
        if line.day is not None:
            same_month = billed.day is not None and _month(billed.day) == _month(line.day)
            return _month(line.day) > _month(charge.day) and not same_month
        return self.period.last is not None and len(self._taken.get(charge, ())) < self._months(charge)

    def is_after(self, line: Line, day: date) -> bool:
        """Whether the line is for a time after that day."""
        moment = line.day or self.period.first
        return moment is not None and moment > day

    def _months(self, charge: Charge) -> int:
        """How many later months of a charge the period holds; one where nothing tells."""
        first, last = self.period.first, self.period.last
        if last is None or charge.day is None:
            return 1
        if self.period.holds(charge.day):
            return _month(last) - _month(charge.day)
        return 1 if first is None else _month(last) - _month(first) + 1


def _month(day: date) -> int:
    return day.year * 12 + day.month
