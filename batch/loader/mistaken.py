"""Our own results, taken for an order: they tell what became of one, and only their sheet Failures is one again."""

from __future__ import annotations

from collections.abc import Collection

from batch.loader.collecting import Sheet

_RESULTS = frozenset({"Source row", "Number", "Status", "Return code", "Charged now", "At risk", "Confirmed by"})
_CHARGES = frozenset({"Charge no", "Number", "Charge", "Amount", "Source row"})
_SHEETS = frozenset({"Results", "Failures", "Charges"})


def tells_results(headers: Collection[str]) -> bool:
    """Whether a row of `headers` is that of our sheet Results, or Charges."""
    return _RESULTS.issubset(headers) or _CHARGES.issubset(headers)


def beside_results(sheet: Sheet) -> bool:
    """Whether `sheet` is one of our results' that holds no rows."""
    return len(_SHEETS.intersection(sheet.others)) > 1
