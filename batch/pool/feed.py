"""Which row is next: the ledger's open rows in the order of the sheets, a chunk at a time, and those to try again later.

A row that was taken is *outstanding* until somebody says that it is done, or gives it back; the feed is finished when the
ledger has no more and nothing is outstanding. Alternatives come last, each when it is known that what it stands in for is gone.
A worker never waits with a row in its hands: what has to wait (reserved, a pause, in doubt) waits here or with the resolver.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Collection, Container, Mapping, Sequence

from batch.clock import Clock
from batch.ledger.attempts import OpenRow
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun
from batch.number import Number
from batch.plan.quote import Quote
from batch.pool.quoted import NO_QUOTES, with_quote

_CHUNK = 1000
_SOON = 5.0
"""Seconds: what comes back so soon still belongs to the rows that lead."""


class Feed:
    """Hands out a run's open rows, each with its price at worst by `quotes`. `close` ends it early: whoever waits gets None."""

    def __init__(
        self,
        ledger: Ledger,
        begun: Begun,
        clock: Clock,
        *,
        retry_refused: bool = False,
        rebuy: bool = False,
        quotes: Mapping[Number, Quote] = NO_QUOTES,
        gone: Collection[int] = (),
    ) -> None:
        self._ledger = ledger
        self._begun = begun
        self._clock = clock
        self._retry_refused = retry_refused
        self._rebuy = rebuy
        self._quotes = quotes
        self._gone = gone
        self._alternatives: set[int] = set()  # those that were handed out
        self._done = 0
        self._looked_at = -1  # as many rows were done with when alternatives were looked for
        self._ready: deque[OpenRow] = deque()
        self._later: list[tuple[float, int, OpenRow]] = []
        self._expected: set[int] = set()
        self._after = -1
        self._exhausted = False
        self._leading = False
        self.priced = True
        """Every row that it handed out so far has a price of its own or of a quote."""
        self._outstanding = 0
        self._closed = False
        self._reading = asyncio.Lock()
        self._changed = asyncio.Event()
        self._timer: asyncio.Task[None] | None = None

    async def take(self) -> OpenRow | None:
        """The next row, once there is one to be had; None: there will be none any more, or none until `follow`."""
        while not self._closed:
            self._move_due()
            if self._ready:
                self._outstanding += 1
                row = with_quote(self._ready.popleft(), self._quotes)
                self.priced = self.priced and row.price is not None
                return row
            if not (self._exhausted or self._leading):
                await self._read()
                continue
            if self._must_look:
                await self._look()
                continue
            if self.finished or self._led:
                break
            self._changed.clear()
            self._set_timer()
            await self._changed.wait()
        return None

    @property
    def finished(self) -> bool:
        """Whether nothing is left and nothing can come back."""
        return self._exhausted and not (self._is_stale or self._outstanding or self._ready or self._later)

    @property
    def _must_look(self) -> bool:
        """Whether alternatives may have come up: looked for when all rows were handed out, and once more when all are done with."""
        quiet = not (self._outstanding or self._ready or self._later)
        return self._exhausted and not self._leading and self._is_stale and (quiet or self._looked_at < 0)

    @property
    def _is_stale(self) -> bool:
        """Whether rows were done with since alternatives were looked for; where no code says that a number is gone, there are none."""
        return bool(self._gone) and self._looked_at < self._done

    @property
    def idle(self) -> bool:
        """Whether nothing can be sent now: what is left waits for its time, or for an answer; or nothing will be any more."""
        return self._closed or ((self._exhausted or self._leading) and not self._ready)

    @property
    def upcoming(self) -> OpenRow | None:
        """The next row that is to be bought, as far as the feed has read; it stays where it is."""
        row = next((row for row in self._ready if not (row.owned or row.elsewhere)), None)
        return None if row is None else with_quote(row, self._quotes)

    def lead(self, rows: Sequence[OpenRow]) -> None:
        """Hand out these, and no others until `follow`; `take` answers None when they are done with, or wait for long."""
        self._leading = True
        self._expected.update(row.position for row in rows)
        self._ready.extend(rows)
        self._changed.set()

    def follow(self) -> None:
        """Hand out all others, too."""
        self._leading = False
        self._changed.set()

    @property
    def _led(self) -> bool:
        soon = self._later and self._later[0][0] <= self._clock.elapsed() + _SOON
        return self._leading and not (self._outstanding or soon)

    def expect(self, row: OpenRow) -> None:
        """A row that the feed has not handed out is in somebody's hands (found in doubt): it comes back, if at all, by `again`.

        Where the ledger has it open before it is read, it is not handed out a second time.
        """
        self._expected.add(row.position)
        self._outstanding += 1

    def done(self) -> None:
        """A row that was taken is finished with."""
        self._outstanding -= 1
        self._done += 1
        self._changed.set()

    def again(self, row: OpenRow, seconds: float) -> None:
        """A row that was taken may be taken again in `seconds`."""
        self._outstanding -= 1
        heapq.heappush(self._later, (self._clock.elapsed() + seconds, row.position, row))
        self._changed.set()

    def keep_only(self, positions: Container[int]) -> None:
        """Hand out no row that was not handed out before, but for those at `positions`."""
        self._exhausted = True
        self._ready = deque(row for row in self._ready if row.position in positions)
        self._changed.set()

    def close(self) -> None:
        """Hand out nothing any more."""
        self._closed = True
        self._changed.set()
        if self._timer is not None:
            self._timer.cancel()

    async def _read(self) -> None:
        async with self._reading:
            if self._ready or self._exhausted:
                return
            rows = await self._ledger.open_rows(
                self._begun, self._after, _CHUNK, retry_refused=self._retry_refused, rebuy=self._rebuy
            )
            if rows and not self._exhausted:
                self._after = rows[-1].position
                self._ready.extend(row for row in rows if row.position not in self._expected)
            else:
                self._exhausted = True
            self._changed.set()

    async def _look(self) -> None:
        """Read the alternatives whose turn it is, each once."""
        async with self._reading:
            if self._ready or not self._must_look:
                return
            done = self._done
            rows = await self._ledger.open_alternatives(self._begun, self._gone, retry_refused=self._retry_refused)
            new = [row for row in rows if row.position not in self._alternatives | self._expected]
            self._alternatives.update(row.position for row in new)
            self._ready.extend(new)
            self._looked_at = done
            self._changed.set()

    def _move_due(self) -> None:
        """What was to wait and is due goes before the others: it stands before them in the sheets."""
        now = self._clock.elapsed()
        due = []
        while self._later and self._later[0][0] <= now:
            due.append(heapq.heappop(self._later)[2])
        self._ready.extendleft(sorted(due, key=lambda row: row.position, reverse=True))

    def _set_timer(self) -> None:
        if self._later and (self._timer is None or self._timer.done()):
            self._timer = asyncio.create_task(self._ring_at(self._later[0][0]), name="feed")

    async def _ring_at(self, at: float) -> None:
        # a sooner row that comes meanwhile is only late by what this sleeps too long: sleep in short pieces
        while (wait := at - self._clock.elapsed()) > 0 and not self._closed:
            await self._clock.sleep(min(wait, 1.0))
            if self._later:
                at = self._later[0][0]
        self._timer = None
        self._changed.set()
