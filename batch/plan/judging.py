"""What would stop a run, and what stops nothing and is worth knowing: a plan's reasons and remarks, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath

from batch.fields import FieldTable
from batch.ledger.prospects import Prospect
from batch.money import format_money
from batch.number import Number
from batch.number.wording import first_of, plural
from batch.order import Orders
from batch.plan.catalogue import Catalogue
from batch.plan.model import Limits, Pace, Plan, PricedBy
from batch.plan.pricing import Priced
from batch.problem import Level

_SAID = frozenset({"rows-hidden", "rows-of-others", "sheets-unread", "column-hidden", "account-ignored"})
"""Warnings of the order sheet that bear on what is bought: whoever agrees to a plan must have read them."""
_OLD = timedelta(minutes=5)
"""Prices that were looked up longer ago than this are said to be."""


@dataclass(frozen=True, slots=True)
class About:
    """What a plan is of, for those who judge it: `rows` are those to buy, with their prices."""

    orders: Orders
    prospect: Prospect
    rows: Sequence[Priced]
    pace: Pace
    limits: Limits
    catalogue: Catalogue
    fields: FieldTable | None = None
    """The provider's; None: nobody can tell which fields send calls somewhere."""
    unknown: tuple[str, ...] = ()
    """What could not be found out, in words."""

    def cheaper_than_listed(self) -> int:
        """Rows whose order expects less than what the number is listed at: its purchase halts the run."""
        count = 0
        for one in self.rows:
            quote = self.catalogue.quote(Number(one.row.number)) if one.by is PricedBy.ORDER else None
            count += quote is not None and one.first_charge is not None and quote.first_charge > one.first_charge
        return count

    def without_calls(self) -> list[Number]:
        """Numbers that take no calls, and whose order says where calls go."""
        fields = self.fields
        if fields is None:
            return []
        offered = ((one, self.catalogue.offer(Number(one.row.number))) for one in self.rows)
        return [
            offer.number
            for one, offer in offered
            if offer is not None and offer.voice is False and fields.rings(one.row.fields)
        ]

    def gone(self) -> list[Number]:
        """Numbers that the account no longer holds, as far as is known."""
        positions = set(self.prospect.gone)
        return [Number(row.number) for row in self.orders.rows if row.position in positions] if positions else []

    def out(self, plan: Plan) -> list[Number]:
        """Numbers that are not in stock, and whose row names no other."""
        missing = set(plan.not_in_stock)
        return [Number(one.row.number) for one in self.rows if one.row.number in missing and not one.row.alternatives]


def reasons_of(plan: Plan, about: About) -> tuple[str, ...]:
    """What would stop the run, as far as is known now."""
    return (*_of_orders(about), *_of_money(plan, about.limits), *_of_stock(plan, about), *bounds_of(plan, about))


def bounds_of(plan: Plan, about: About) -> tuple[str, ...]:
    """Of those, the user's own bounds: a run buys what is within them, and stops. That of time is the last."""
    return (*_of_spend(plan, about.limits), *_of_numbers(plan, about), *_of_time(plan, about))


def remarks_of(plan: Plan, about: About, now: datetime) -> tuple[str, ...]:
    """What is worth knowing, and stops nothing."""
    return (*_of_sheets(about), *about.unknown, *_of_prices(plan, about, now), *_of_rows(plan, about))


def _of_sheets(about: About) -> Iterator[str]:
    """What may be overlooked in the order sheets, so that a plan says it too."""
    several = len(about.orders.files) > 1
    for one in about.orders.problems:
        if one.code in _SAID:
            where = f"{PurePath(one.file).name}: " if several else ""
            column = f"column {one.column}: " if one.column else ""
            yield f"{where}{column}{one.problem[:1].lower()}{one.problem[1:]}"


def _of_orders(about: About) -> Iterator[str]:
    errors = sum(1 for problem in about.orders.problems if problem.level is Level.ERROR)
    if errors:
        yield f"{plural(errors, 'problem')} in the order sheet: numbatch check lists them"


def _of_money(plan: Plan, limits: Limits) -> Iterator[str]:
    most = limits.max_spend
    if most is not None and plan.unpriced:
        yield (
            f"a spending limit is set, and {plural(plan.unpriced, 'number')} have no price: give the Price column, or --price"
        )
    if plan.balance is not None and plan.priced > plan.balance:
        least = "" if plan.cost is not None else "at least "
        yield (
            f"the balance of {format_money(plan.balance)} is less than the cost: {least}{format_money(plan.priced)}. "
            f"Top up {format_money(plan.priced - plan.balance)}, or set --max-spend"
        )


def _of_spend(plan: Plan, limits: Limits) -> Iterator[str]:
    most = limits.max_spend
    if most is not None and plan.worst + plan.spent > most:
        before = f" beside the {format_money(plan.spent)} of before" if plan.spent else ""
        yield f"it may cost up to {format_money(plan.worst)}{before}, more than --max-spend {format_money(most)}"


def _of_stock(plan: Plan, about: About) -> Iterator[str]:
    out = about.out(plan)
    if out:
        yield f"{plural(len(out), 'number')} not in stock: {first_of(out)}"
    silent = about.without_calls()
    if silent:
        yield f"{plural(len(silent), 'number')} for texts only, and the order says where calls go: {first_of(silent)}"


def _of_numbers(plan: Plan, about: About) -> Iterator[str]:
    limits, prospect = about.limits, about.prospect
    if limits.max_numbers is not None and plan.open_numbers + prospect.bought > limits.max_numbers:
        before = f", beside {prospect.bought:,} of before" if prospect.bought else ""
        yield (
            f"{plural(plan.open_numbers, 'number')} to be bought{before}, more than --max-numbers {limits.max_numbers:,}"
        )


def _of_time(plan: Plan, about: About) -> Iterator[str]:
    if about.limits.until is not None and plan.fits < plan.to_buy:
        yield (
            f"{plan.fits:,} of {plan.to_buy:,} numbers can be sent until --until at {about.pace.rate.normalize():f} requests a second"
        )


def _of_prices(plan: Plan, about: About, now: datetime) -> Iterator[str]:
    assumed = sum(one.count for one in plan.by_price if one.priced_by is PricedBy.ASSUMED)
    if assumed:
        yield f"the price of {plural(assumed, 'number')} is assumed, by --price or the setting `price`"
    if plan.unpriced:
        yield f"nothing tells the price of {plural(plan.unpriced, 'number')}: the cost is more than what is known"
    if plan.unpriced_alternatives and about.limits.max_spend is not None:
        count = plural(plan.unpriced_alternatives, "alternative")
        yield f"nothing tells the price of {count}: under a spending limit they are not taken"
    cheaper = about.cheaper_than_listed()
    if cheaper:
        yield f"{plural(cheaper, 'number')} listed at more than the order's Price: a run halts at the first such purchase"
    if plan.looked_up_at is not None and now - plan.looked_up_at > _OLD:
        minutes = round((now - plan.looked_up_at).total_seconds() / 60)
        yield f"stock and prices were looked up {minutes} minutes ago"
    if about.catalogue.trouble:
        yield f"not all of stock, prices and balance could be looked up: {about.catalogue.trouble}"
    elif plan.unlisted and about.catalogue.listings:
        yield f"nothing tells whether {plural(plan.unlisted, 'number')} can be bought: the provider lists nothing there"


def _of_rows(plan: Plan, about: About) -> Iterator[str]:
    spare = len(plan.not_in_stock) - len(about.out(plan))
    if spare:
        yield f"{plural(spare, 'number')} not in stock, and an alternative is taken"
    if plan.differing:
        yield (
            f"{plural(plan.differing, 'number')} owned already, and ordered with other routing: they stay as they are, exit code 4"
        )
    if about.prospect.refused_before:
        yield f"{plural(about.prospect.refused_before, 'number')} to buy that the provider refused before"
    yield from _of_gone(about)


def _of_gone(about: About) -> Iterator[str]:
    """What the account no longer holds: known from the ledger, or to be found out."""
    prospect, gone = about.prospect, about.gone()
    if gone and prospect.rebuy:
        yield f"{plural(len(gone), 'number')} bought again that the account no longer holds (--rebuy): {first_of(gone)}"
    elif gone:
        yield (
            f"{plural(len(gone), 'number')} counted as owned that the account no longer holds: {first_of(gone)}; "
            "not bought again without --rebuy, exit code 4"
        )
    if prospect.rebuy and prospect.unasked:
        yield (
            f"{plural(prospect.unasked, 'owned number')} asked about first: those that the account no longer holds are bought "
            "again too (--rebuy), beside what is counted here"
        )
