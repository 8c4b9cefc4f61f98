"""What every run works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from batch.clock import Clock
from batch.ledger.protocol import Ledger
from batch.ledger.records import InvocationFacts
from batch.ledger.wishes import Control
from batch.number import Number
from batch.plan.quote import Quote
from batch.pool.notices import Tell
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer
from batch.provider.protocol import Provider
from batch.session.stop import Stop


@dataclass(frozen=True, slots=True)
class Session:
    """What every run works with: opened by the caller, and closed by it afterwards.

    `quotes` are the prices that look-ups told, by number. `pacer` is one that was started already, so that what was looked up
    before counts against the same rate; None: a new one. `planned`: the quotes are those of a plan that somebody agreed to, and a
    price that differs from them halts. `canary`: buy a small set first, and go on only when all of it matches. `control` is how
    a person reaches the run from another process; None: nobody can.
    """

    provider: Provider
    ledger: Ledger
    options: PoolOptions
    facts: InvocationFacts
    clock: Clock
    tell: Tell
    stop: Stop
    quotes: Mapping[Number, Quote] = field(default_factory=dict)
    pacer: Pacer | None = None
    planned: bool = False
    canary: bool = False
    control: Control | None = None
