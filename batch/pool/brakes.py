"""What stops a run or holds it back: halts, the user's bounds, too many refusals, a provider that does not answer.

A *halt* and a *stop* end all new purchases for good; what is in flight is still recorded. The *gate* holds new purchases
back for a while: only one may be under way until the first definite answer of an invocation, and none while as many in a
row as there are workers went without an answer, until an inquiry has answered; and none while the price of a planned run's first purchase is being asked for.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal

from batch.ledger.records import Why
from batch.number import Number
from batch.pool.notices import Halted, Tell
from batch.pool.options import PoolOptions

_UNKNOWN_IN_A_ROW = 3
_UNKNOWN_IN_ALL = 5


class Brakes:
    """One invocation's brakes. `stopped` is an event that everything which waits should also wait for."""

    def __init__(self, options: PoolOptions, tell: Tell) -> None:
        self._options = options
        self._tell = tell
        self.halt_reason = ""
        self.stop = Why.PENDING
        self.account_refused = False
        """The account itself was refused: no inquiry is worth sending either."""
        self.stopped = asyncio.Event()
        self.interruption = asyncio.Event()
        """Somebody wants the program to end: nothing is waited for any more."""
        self.blind: Number | None = None
        """The number to ask about until the provider answers again; None: it answers."""
        self.full = False
        """At a bound: no purchase can begin until what is under way or in doubt turns out not to be one."""
        self._alone = True
        self._weighing = False
        self._under_way = 0
        self._door = asyncio.Lock()
        self._changed = asyncio.Event()
        self._silent_in_a_row = 0
        self._unknown_numbers: list[Number] = []
        self._unknown_in_all = 0
        self._refused = 0
        self._outcomes = 0

    # Ending a run ----------------------------------------------------------------------------------------------------

    @property
    def interrupted(self) -> bool:
        """Whether `interruption` is set."""
        return self.interruption.is_set()

    @property
    def ending(self) -> bool:
        """Whether no new purchase may begin any more."""
        return self.stopped.is_set()

    @property
    def calls_back(self) -> bool:
        """Whether not even what is claimed already may leave. A bound on money or numbers lets it: it was counted."""
        return bool(self.halt_reason) or self.stop in {Why.INTERRUPTED, Why.UNTIL}

    def halt(self, reason: str) -> None:
        """Send nothing new any more: something is wrong. The first reason stands."""
        if not self.halt_reason:
            self.halt_reason = reason
            self._tell(Halted(reason))
        if self.stop is Why.PENDING:
            self.stop = Why.HALTED
        self._end()

    def refuse_account(self, code: int) -> None:
        """An inquiry was answered that the account itself is refused: nothing more is worth asking either."""
        self.account_refused = True
        self.halt(f"the account was refused ({code})")

    def stop_at(self, why: Why) -> None:
        """Send nothing new any more: a bound of the user's, or an interruption. The first reason stands, but for that one."""
        if self.stop is Why.PENDING or why is Why.INTERRUPTED:
            self.stop = why
        if why is Why.INTERRUPTED:
            self.interruption.set()
        self._end()

    def _end(self) -> None:
        self.stopped.set()
        self._changed.set()

    # The gate --------------------------------------------------------------------------------------------------------

    async def enter(self) -> bool:
        """Wait until one more purchase may be under way; False: none may begin any more. Then `leave` must follow."""
        async with self._door:  # in the order in which they came: that of the sheets
            while not self.ending:
                if self.blind is None and not self._weighing and not (self._alone and self._under_way):
                    self._under_way += 1
                    return True
                self._changed.clear()
                await self._changed.wait()
        return False

    def leave(self) -> None:
        """The purchase that entered has ended, or did not begin after all."""
        self._under_way -= 1
        if self._alone:
            self._changed.set()

    def weigh(self) -> None:
        """A purchase's price is being asked for, and what it was decides whether others follow: until `weighed`."""
        self._weighing = True

    def weighed(self) -> None:
        """The price was told, or can't be."""
        self._weighing = False
        self._changed.set()

    def sees(self) -> None:
        """An inquiry has answered: the provider is there."""
        self._silent_in_a_row = 0
        self.blind = None
        self._changed.set()

    # What the answers say ----------------------------------------------------------------------------------------------

    def answered(self) -> None:
        """A definite answer of whatever kind: the provider is there, and the login is right or plainly not."""
        self._silent_in_a_row = 0
        self._unknown_numbers.clear()
        if self._alone:
            self._alone = False
            self._changed.set()

    def outcome(self, number: Number, *, refused: int | None = None) -> None:
        """It is known what became of a number; `refused` is the code where it was refused for good."""
        self._outcomes += 1
        if refused is not None and refused not in self._options.expected_codes:
            self._refused += 1
            self._judge_refusals(number)

    def silent(self, number: Number) -> None:
        """A purchase went without an answer, or could not leave."""
        self._silent_in_a_row += 1
        if self._silent_in_a_row >= (1 if self._alone else self._options.workers) and self.blind is None:
            self.blind = number

    def unknown(self, number: Number, code: int) -> None:
        """A code that is in no table: halt when it repeats."""
        self._unknown_in_all += 1
        if number not in self._unknown_numbers:
            self._unknown_numbers.append(number)
        if len(self._unknown_numbers) >= _UNKNOWN_IN_A_ROW or self._unknown_in_all >= _UNKNOWN_IN_ALL:
            self.halt(f"the provider repeatedly answers with codes that are not in its table (the last: {code})")

    def _judge_refusals(self, number: Number) -> None:
        brake = self._options.brake
        if brake is None:
            return
        if brake.count is not None and self._refused > brake.count:
            self.halt(
                f"more than {brake.count} numbers were refused (the last: {number}); --max-failures sets the limit"
            )
        elif brake.percent is not None and self._outcomes >= brake.after:
            share = Decimal(100 * self._refused) / self._outcomes
            if share > brake.percent:
                words = f"{self._refused} of {self._outcomes} numbers were refused, more than {brake.percent}%"
                self.halt(f"{words}; --max-failures sets the limit")
