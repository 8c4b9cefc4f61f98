"""`numbatch plan`, from its orders to the plan: what the ledger says, what can be looked up, what is chosen where numbers are left open.

Nothing is bought, and nothing but the listings beside the ledger is written. What can't be found out is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli import masking
from batch.cli.begin import Begun
from batch.cli.interrupt import nothing_sent
from batch.cli.loop import new_runner
from batch.cli.options_of import plan_limits, plan_pace, pool_options
from batch.cli.place import PROVIDER, LedgerPlace, find_environment, ledger_directory, ledger_place
from batch.cli.planning import NOT_WANTED, Lookup, within_plan
from batch.cli.scene import Scene, new_provider
from batch.clock import Clock
from batch.errors import LedgerUnusable, NumbatchError
from batch.ledger.prospects import Prospect
from batch.ledger.records import Environment, LedgerKey
from batch.number import Number
from batch.order import Chosen, Orders, RowKind
from batch.plan import Known, Plan, empty_prospect, make_plan, rows_to_buy
from batch.plan.catalogue import Catalogue
from batch.plan.choosing import choose
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.fields import FIELDS
from batch.settings.credentials import Credentials, find_credentials
from batch.settings.model import Settings

if TYPE_CHECKING:
    from batch.ledger.sqlite import SqliteReader


@dataclass(frozen=True, slots=True)
class Outlook:
    """A plan, and all that it was made of: `orders` with the numbers that were `chosen` for their wishes."""

    plan: Plan
    orders: Orders
    chosen: Chosen
    catalogue: Catalogue
    options: PoolOptions
    prospect: Prospect
    key: LedgerKey
    directory: Path
    now: datetime
    unanswered: str = ""
    """Why neither stock nor balance could be told, where all of that was asked for; empty: something was told."""


def look_ahead(begun: Begun, orders: Orders, clock: Clock, *, retry_refused: bool, rebuy: bool = False) -> Outlook:
    """The plan of `orders`, and what it was made of."""
    with nothing_sent(), new_runner() as runner:
        environment, place = runner.run(find_environment(begun.settings))
        ahead = _Ahead.begin(begun, environment, place, clock, retry_refused=retry_refused, rebuy=rebuy)
        try:
            return runner.run(ahead.look(orders))
        finally:
            ahead.close()


@dataclass(frozen=True, slots=True)
class _Ahead:
    """Looks ahead: `reader` is None where there is no ledger, `refusals` say why it could not be bought with."""

    settings: Settings
    clock: Clock
    ledger: LedgerPlace
    place: str
    credentials: Credentials | None
    silent: str
    """Why nothing can be looked up; empty: it can."""
    reader: SqliteReader | None
    refusals: tuple[str, ...]
    retry_refused: bool
    rebuy: bool

    @classmethod
    def begin(
        cls, begun: Begun, environment: Environment, place: str, clock: Clock, *, retry_refused: bool, rebuy: bool
    ) -> _Ahead:
        settings = begun.settings
        credentials, silent = _credentials(begun)
        account = settings.account.id or (credentials.username if credentials else "")
        key = LedgerKey(PROVIDER, environment, account, place)
        where = ledger_place(ledger_directory(settings, begun.environ), key)
        reader, refusals = _open_reader(where)
        return cls(settings, clock, where, place, credentials, silent, reader, refusals, retry_refused, rebuy)

    def close(self) -> None:
        """Let go of the ledger."""
        if self.reader is not None:
            self.reader.close()

    async def look(self, orders: Orders) -> Outlook:
        """Choose, look up, and plan."""
        from batch.ledger.sqlite import ledger_path  # noqa: PLC0415 - with the ledger

        options = pool_options(self.settings, self.clock.now(), retry_refused=self.retry_refused, rebuy=self.rebuy)
        prospect = self._prospect(orders)
        chosen = Chosen(())
        known = Known(unknown=(self.silent,) if self.silent and (orders.wishes or prospect.open) else ())
        if self.credentials is not None and not self.silent:
            scene = Scene(self.settings, self.ledger.key.environment, self.place, self.ledger, self.credentials)
            pacer = Pacer(options.rate, self.clock)
            pacer.start()
            try:
                async with new_provider(scene, self.clock) as provider:
                    path = ledger_path(self.ledger.directory, self.ledger.key)
                    lookup = Lookup(provider, pacer, self.clock, self.settings, path, within_plan(self.settings))
                    if orders.wishes:
                        orders, chosen = await self._choose(orders, lookup)
                        prospect = self._prospect(orders)
                    known = await lookup.known(rows_to_buy(orders, prospect, plan_limits(options)))
            finally:
                await pacer.close()
        now = self.clock.now()
        plan = make_plan(
            orders,
            prospect,
            pace=plan_pace(options),
            limits=plan_limits(options),
            now=now,
            known=known,
            group_by=self.settings.group_by,
            fields=FIELDS,
        )
        unanswered = "" if self.silent else _unanswered(known)
        silence = [f"{self.place or self.settings.base_url} tells nothing: {unanswered}"] if unanswered else []
        plan = replace(plan, reasons=(*plan.reasons, *_lacking(orders, chosen), *silence, *self.refusals))
        where, catalogue = self.ledger, known.catalogue
        return Outlook(plan, orders, chosen, catalogue, options, prospect, where.key, where.directory, now, unanswered)

    async def _choose(self, orders: Orders, lookup: Lookup) -> tuple[Orders, Chosen]:
        """Plain orders: numbers chosen for each wish from what is in stock, never one that the ledger knows."""
        from batch.loader import with_chosen  # noqa: PLC0415 - only for wishes

        prefixes = dict.fromkeys(wish.prefix for wish in orders.wishes)
        listings = (await lookup.listed(list(prefixes))).listings
        offers = {prefix: listing.offers for prefix, listing in listings.items()}
        taken = {
            Number(number)
            for row in orders.rows
            if row.kind is not RowKind.INVALID
            for number in (row.number, *row.alternatives)
        }
        if self.reader is not None:
            taken |= {one.number for listed in offers.values() for one in listed if self.reader.knows(one.number)}
        chosen = choose(orders.wishes, offers, taken)
        return with_chosen(orders, chosen), chosen

    def _prospect(self, orders: Orders) -> Prospect:
        if self.reader is None:
            return empty_prospect(orders)
        return self.reader.prospect(orders, retry_refused=self.retry_refused, rebuy=self.rebuy, gone=CODES.gone)


def _credentials(begun: Begun) -> tuple[Credentials | None, str]:
    """The login, or why there is none: a plan needs none."""
    if not begun.settings.look_up:
        return None, NOT_WANTED
    try:
        credentials = find_credentials(begun.settings, begun.environ)
    except NumbatchError as error:
        return None, f"stock, prices and balance could not be looked up: {error.problem}"
    masking.remember(credentials.password.reveal())
    return credentials, ""


def _open_reader(where: LedgerPlace) -> tuple[SqliteReader | None, tuple[str, ...]]:
    """The ledger, or None; and why a run could not use it."""
    from batch.ledger.sqlite import SqliteReader, ledger_path, refuse_lost  # noqa: PLC0415 - orders first

    key, directory = where.key, where.directory
    if not key.account or not ledger_path(directory, key).exists():
        try:
            refuse_lost(directory, key, where.heads)
        except LedgerUnusable as error:
            return None, (f"{error.problem} numbatch resolve --rebuild ORDERS",)
        live = key.environment is Environment.LIVE
        return None, (f"there is no ledger in {directory}: numbatch init",) if live else ()
    try:
        reader = SqliteReader.open(directory, key)
    except LedgerUnusable as error:
        return None, (error.problem,)
    try:
        reader.refuse_older(where.heads)
    except LedgerUnusable as error:
        return reader, (error.problem,)
    return reader, ()


def _unanswered(known: Known) -> str:
    """Why nothing was told of what was asked for; empty where something was, or nothing was asked for."""
    if known.catalogue.listings or known.balance is not None:
        return ""
    return known.catalogue.trouble or "; ".join(known.unknown)


def _lacking(orders: Orders, chosen: Chosen) -> Sequence[str]:
    """Why the wishes of some orders can't be bought."""
    if chosen.choices:
        return [one.complaint for one in chosen.choices if one.lacking]
    lacking = sum(wish.count for wish in orders.wishes)
    return [f"{lacking:,} numbers are left open, and there is nothing to choose them from"] if lacking else []
