"""What becomes of each number that is to be given back: given back, kept, in doubt, or to be tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from batch.ledger.records import Status
from batch.number import Number
from batch.pool.notices import Moved, Tell
from batch.reconciler.giving_back import Doubted


class Returns:
    """One process's numbers: those still `todo` (with their rows' positions), in `doubts`, `kept` (and why), and counted as `released`."""

    def __init__(self, most: int, tell: Tell) -> None:
        """`most`: how often a number is tried."""
        self._most = most
        self._tell = tell
        self.todo: dict[Number, int] = {}
        self.doubts: dict[Number, Doubted] = {}
        self.kept: dict[Number, str] = {}
        self.released = 0
        self.gone = 0
        """Those of `released` that others had given back before."""
        self.again: list[int] = []
        """The positions of those that are to be tried again."""
        self._unanswered: Counter[int] = Counter()
        self._unsent: Counter[int] = Counter()

    def take_again(self) -> Sequence[int]:
        """Those that are to be tried again, in the order of the sheets; they are no longer listed."""
        taken, self.again = sorted(self.again), []
        return taken

    def done(self, number: Number, reason: str = "") -> None:
        """It is given back."""
        self.released += 1
        self.todo.pop(number, None)
        self._tell(Moved(number, Status.RELEASED, reason=reason))

    def vanished(self, number: Number) -> None:
        """Others had given it back before."""
        self.gone += 1
        self.done(number, "others had given it back")

    def keep(self, number: Number, reason: str) -> None:
        """It stays."""
        self.kept[number] = reason
        self.todo.pop(number, None)
        self._tell(Moved(number, Status.PURCHASED, reason=reason))

    def doubt(self, number: Number, position: int, since: float) -> None:
        """It was sent, and had no answer."""
        self._unanswered[position] += 1
        self.doubts[number] = Doubted(number, position, since)

    def unsent(self, number: Number, position: int) -> None:
        """Its request never left."""
        self._unsent[position] += 1
        self._try_again(number, position, self._unsent, "the request never left")

    def still_held(self, number: Number, position: int) -> None:
        """Its doubt ended so: the account holds it, and it is wanted back."""
        self.todo[number] = position
        self._try_again(number, position, self._unanswered, "the account holds it still after a request")

    def _try_again(self, number: Number, position: int, tries: Counter[int], reason: str) -> None:
        if tries[position] < self._most:
            self.again.append(position)
        else:
            self.keep(number, f"{reason}, {tries[position]} times")
