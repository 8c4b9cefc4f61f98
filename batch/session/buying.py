"""Buying what is open: the canary first, where one is wished, then all of it, with an eye on the balance."""

from __future__ import annotations

from batch.ledger.records import Begun, Why
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.notices import Phase
from batch.pool.pacer import Pacer
from batch.pool.pool import Pool
from batch.pool.resolving import Resolving
from batch.reconciler.prices import Quotes
from batch.session.aside import begin_aside, end_aside
from batch.session.balance import Balance
from batch.session.canary import Canary, Heard
from batch.session.opened import Session
from batch.session.readback import Reader


async def buy_open_rows(
    begun: Begun,
    session: Session,
    *,
    quotes: Quotes,
    balance: Balance,
    heard: Heard,
    feed: Feed,
    pacer: Pacer,
    brakes: Brakes,
    resolving: Resolving,
) -> None:
    """Buy until the feed is finished or the run is ending. `heard` must be told what `session.tell` is, where there is a canary."""
    provider, options, clock = session.provider, session.options, session.clock
    pool = Pool(
        begun,
        provider=provider,
        ledger=session.ledger,
        feed=feed,
        pacer=pacer,
        brakes=brakes,
        resolving=resolving,
        options=options,
        clock=clock,
        tell=session.tell,
    )
    if session.canary:
        canary = Canary(
            begun,
            quotes,
            balance,
            heard,
            provider=provider,
            ledger=session.ledger,
            feed=feed,
            brakes=brakes,
            reader=Reader(quotes, provider=provider, pacer=pacer, brakes=brakes, options=options, clock=clock),
            resolving=resolving,
            options=options,
            clock=clock,
        )
        if not await canary.passes(pool.run):
            return
    session.tell(Phase("buying", begun.run.rows))
    watch = begin_aside(balance.watch(), "balance", brakes)
    try:
        await pool.run()
    finally:
        await end_aside(watch)


async def note_alternatives(begun: Begun, session: Session, *, quotes: Quotes, stop: Why) -> None:
    """Alternatives whose turn had come when `stop` ended the purchases say why they were not sent: their row is not refused.

    Raises `LedgerError` where that can't be noted.
    """
    if stop is Why.PENDING:
        return
    bounded = session.options.max_spend is not None
    for row in await session.ledger.open_alternatives(begun, session.provider.codes.gone, retry_refused=False):
        unknown = bounded and quotes.expected(row) is None
        await session.ledger.not_sent(begun, row, Why.PRICE_UNKNOWN if unknown else stop)
