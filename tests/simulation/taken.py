"""Which lines of the state table a seed took, how often, and which faults it met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator
from contextlib import contextmanager
from itertools import product

import batch.ledger.sqlite.verdicts
import batch.pool.pool
from batch.ledger.events import State
from batch.provider.protocol import NotOwned, Unclear
from batch.reconciler.verdicts import Verdicts

HORIZON = 60.0
Line = tuple[str, str, str]
"""A rule, the state before it, the state after it."""


def _lines(rule: str, before: str, after: str) -> list[Line]:
    return [(rule, one, other) for one, other in product(before.split(", "), after.split(", "))]


def _same(rule: str, states: str) -> list[Line]:
    return [(rule, one, one) for one in states.split(", ")]


TABLE: tuple[Line, ...] = (
    *_lines("P1", "free, refused", "buying"),
    *_same("P2", "buying"),
    *_same("P2, too old", "buying"),
    *_lines("P3", "buying, doubt", "free"),
    *_lines("P4", "buying, doubt, free, refused, held, bought", "bought"),
    *_same("P4", "releasing, release doubt"),
    ("P4'", "any", "any"),
    *_lines("P5", "buying, doubt", "free, doubt"),
    *_lines("P6", "buying, doubt", "free, refused, doubt"),
    *_lines("P7", "buying, doubt", "doubt"),
    *_lines("P8", "buying, doubt", "refused, doubt"),
    *_lines("P9", "buying, doubt", "doubt"),
    *_lines("P9a", "buying", "free"),
    *_lines("P9b", "buying, doubt", "doubt"),
    *_lines("P9'", "free, refused", "doubt"),
    *_same("P10", "free, buying, doubt, refused, bought, held, releasing, release doubt"),
    *_lines("P11", "buying", "doubt"),
    *_same("P12", "doubt, release doubt"),
    *_lines("A1", "doubt", "bought, held"),
    *_same("A2", "doubt"),
    *_lines("A3", "doubt", "free, refused"),
    *_lines("A4", "doubt", "free, refused"),
    *_same("A5", "doubt, release doubt"),
    ("A5, changed since", "any", "any"),
    *_lines("A6", "refused", "bought, held"),
    ("A6", "refused", "refused"),
    ("B1", "free", "held"),
    ("B1", "refused", "held"),
    ("O1", "ours", ""),
    ("O1", "gone", ""),
    ("O1", "not asked", ""),
    *_lines("O2", "bought, held", "free"),
    ("R1", "bought", "releasing"),
    ("R1'", "bought", "free"),
    *_same("R1''", "bought"),
    *_same("R2", "releasing"),
    ("R2", "releasing", "bought"),
    *_lines("R3", "releasing, release doubt, bought", "free"),
    *_lines("R4", "releasing, release doubt", "release doubt"),
    *_same("R5", "release doubt"),
    *_lines("R6", "release doubt", "bought, free"),
)
"""Every line of the state table, and each state that it may lead from and to, in the table's order: all must be taken.

One process at a time has the ledger, so no answer but one of an earlier process can meet a state that its own line does not
name; `episodes` brings these, as workers that share a ledger would. Guards that write nothing are lines, too.
"""


class Taken(Counter[Line]):
    """How often each line was taken."""

    def add(self, rule: str, before: str, after: str) -> None:
        self[rule, str(before), str(after)] += 1

    def read(self, connection, *, only: Container[str] = ()) -> None:
        """Count what a ledger's journal holds; of `only` these rules, where some are named."""
        for rule, before, after, reason in connection.execute("SELECT rule, before, after, reason FROM journal"):
            if only and rule not in only:
                continue
            if rule == "O1":
                self.add(rule, reason, "")
            elif "," in after:
                states = ("any", "any") if rule == "P4'" else (before, after.split(",", 1)[0])
                self.add(rule, *states)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count the guards that write nothing, as the program asks them."""

        verdicts, pool = batch.ledger.sqlite.verdicts, batch.pool.pool
        kept = verdicts.step, pool.may_send, Verdicts.judge

        def stepped(row, event, timing=None):
            led_to = kept[0](row, event, timing)
            if led_to.rule == "A5":
                self.add("A5, changed since", "any", "any")
            elif led_to.after == row:
                self.add(led_to.rule, row.state, row.state)
            return led_to

        def allowed(row, attempt, elapsed):
            leaves = kept[1](row, attempt, elapsed)
            self.add("P2" if leaves else "P2, too old", row.state, row.state)
            return leaves

        async def judged(verdicts, seen):
            doubt = seen.doubt
            if doubt is not None and seen.question.lost:
                if isinstance(seen.answer, NotOwned):
                    self.add("A6", "refused", "refused")
            elif doubt is not None and isinstance(seen.answer, Unclear):
                self.add("A5", doubt.row.state, doubt.row.state)
            elif doubt is not None and isinstance(seen.answer, NotOwned) and seen.age < HORIZON and doubt.row.open:
                self.add("A2" if doubt.row.state is State.DOUBT else "R5", doubt.row.state, doubt.row.state)
            await kept[2](verdicts, seen)

        verdicts.step, pool.may_send, Verdicts.judge = stepped, allowed, judged
        try:
            yield
        finally:
            verdicts.step, pool.may_send, Verdicts.judge = kept
