"""What a run may do, and how fast: the settings that the pool and the resolver work by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from batch.ledger.records import Bounds
from batch.ledger.states import Timing


@dataclass(frozen=True, slots=True)
class Brake:
    """How many refusals in one invocation stop it: a `count`, or a `percent` of those that have an outcome."""

    count: int | None = None
    percent: Decimal | None = Decimal(20)
    after: int = 50
    """Outcomes before a percentage is judged; a plain count is judged from the first."""


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """One invocation's bounds and pace. Durations are seconds; `None` for a bound means that there is none.

    `rate` is requests a second, of every kind together; `workers` how many are in flight at most. `until` is the moment
    after which nothing is sent (aware). `limit` counts numbers sent in this invocation. `price` is the first charge of a
    number at worst where its order names none. `brake` None: off; refusals with a code in `expected_codes` don't count.
    `prices`: read actual prices back afterwards. `ask_owned`: ask about numbers that another run bought. `mark`: send
    a random mark with each purchase, where the provider can. `rebuy`: buy again what another run bought, or the account held, and no
    longer does.
    """

    rate: Decimal = Decimal(5)
    workers: int = 8
    max_attempts: int = 3
    reserved_retry_every: float = 60.0
    reserved_give_up_after: float = 900.0
    resolve_delay: float = 10.0
    resolve_horizon: float = 60.0
    outage_give_up_after: float = 900.0
    max_spend: Decimal | None = None
    max_numbers: int | None = None
    limit: int | None = None
    until: datetime | None = None
    price: Decimal | None = None
    prices: bool = True
    ask_owned: bool = True
    mark: bool = False
    brake: Brake | None = Brake()
    expected_codes: frozenset[int] = frozenset()
    retry_refused: bool = False
    rebuy: bool = False

    @property
    def bounds(self) -> Bounds:
        """What the ledger checks at each claim."""
        return Bounds(
            max_spend=self.max_spend,
            max_numbers=self.max_numbers,
            max_attempts=self.max_attempts,
            assumed=self.price,
            retry_refused=self.retry_refused,
        )

    @property
    def timing(self) -> Timing:
        """S and H of the state table."""
        return Timing(delay=self.resolve_delay, horizon=self.resolve_horizon)
