"""Columns by their distinct values, so that each value is judged once, however many rows it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from batch.loader.cells import Read, is_blank

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1 << 16
"""Rows that are worked on at a time where every row needs something of its own: memory is for what is kept."""

_T = TypeVar("_T")


class _Truth(Enum):
    """TRUE and FALSE, which Python holds equal to 1 and 0."""

    YES = True
    NO = False


@dataclass(frozen=True, slots=True)
class Coded:
    """A column: each row's code, and the distinct values that the codes are places in."""

    codes: NDArray[np.int32]
    values: list[Read]

    def __getitem__(self, row: int) -> Read:
        return self.values[int(self.codes[row])]

    def blank(self) -> NDArray[np.bool_]:
        """Which rows are blank."""
        import numpy as np  # noqa: PLC0415 - as pandas

        return np.array([is_blank(value) for value in self.values], dtype=bool)[self.codes]

    def spread(self, by_value: Sequence[_T]) -> list[_T]:
        """A list with an entry a row, from one with an entry a distinct value."""
        import numpy as np  # noqa: PLC0415 - as pandas

        table = np.empty(len(by_value), dtype=object)
        table[:] = by_value
        spread: list[_T] = table[self.codes].tolist()
        return spread


def coded(cells: list[Read]) -> Coded:
    """The column `cells` by distinct values."""
    import numpy as np  # noqa: PLC0415 - as pandas
    import pandas as pd  # noqa: PLC0415 - imported while the file is read

    column = np.empty(len(cells), dtype=object)
    if bool in set(map(type, cells)):
        column[:] = [_Truth(cell) if isinstance(cell, bool) else cell for cell in cells]
    else:
        column[:] = cells
    codes, values = pd.factorize(column, use_na_sentinel=False)
    return Coded(codes.astype(np.int32), [value.value if isinstance(value, _Truth) else value for value in values])


def combine(columns: Sequence[Coded], rows: int) -> tuple[NDArray[np.intp], list[int]]:
    """Each row's code for all columns together, and for each such code the first row that has it."""
    import numpy as np  # noqa: PLC0415 - as pandas
    import pandas as pd  # noqa: PLC0415 - as above

    codes = np.zeros(rows, dtype=np.intp)
    for column in columns:
        if len(column.values) > 1:
            codes, _ = pd.factorize(codes * len(column.values) + column.codes)  # intp: the product may be large
    _, first = np.unique(codes, return_index=True)
    return codes, first.tolist()
