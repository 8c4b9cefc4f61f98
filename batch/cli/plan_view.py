"""A plan, as people read it and as programs do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from batch.cli.figures import amount, money_text, plural, span
from batch.order import Choice, Chosen
from batch.plan.model import PricedBy

if TYPE_CHECKING:
    from batch.plan import Group, Plan, PriceClass

NOTHING_CHOSEN = Chosen(())
_SHOWN = 3
_MOST_LINES = 8
"""Countries, groups or prices that are listed; the rest is summed."""
_FROM = {
    PricedBy.ORDER: "by the order",
    PricedBy.CATALOGUE: "as listed",
    PricedBy.ASSUMED: "assumed",
    PricedBy.UNKNOWN: "not known",
}


def plan_lines(plan: Plan, *, rate: str, currency: str, zone: tzinfo) -> list[str]:
    """The plan for people."""
    preview = plan.preview
    counts = [
        ("to buy now", plan.to_buy, True),
        ("left for a later run", plan.open_numbers - plan.to_buy, False),
        ("bought by this run before", preview.purchased, False),
        ("already owned", preview.already_owned, False),
        ("in doubt, asked about first", preview.in_doubt, False),
        ("refused before, and left alone", preview.refused, False),
        ("duplicates", preview.duplicates, False),
        ("invalid", preview.invalid, False),
        ("not in stock", len(plan.not_in_stock), False),
    ]
    run = f" (goes on with run {preview.run.name})" if preview.run is not None else ""
    lines = [f"{plural(plan.source_rows, 'row')} → {plural(plan.numbers, 'number')}{run}"]
    lines += [f"  {label:<32}{count:>16,}" for label, count, always in counts if count or always]
    if plan.to_buy:
        lines += _money(plan, currency)
        lines += _countries(plan.by_country, currency)
        lines += _prices(plan.by_price, currency)
    ends = plan.ends.astimezone(zone)
    lines.append(f"  {'duration':<32}{span(plan.duration):>16} at {rate} requests a second, until {_local(ends)}")
    if plan.fits < plan.to_buy:
        lines.append(f"  {'sent until --until':<32}{plan.fits:>16,} of {plan.to_buy:,}")
    return lines


def _money(plan: Plan, currency: str) -> Iterator[str]:
    known = f" ({amount(plan.worst, currency)} and more)" if plan.cost is None and plan.worst else ""
    if plan.worst > plan.priced:
        yield f"  {'cost, as listed':<32}{amount(plan.priced if plan.cost is not None else None, currency):>16}"
    yield f"  {'cost, at most':<32}{amount(plan.cost, currency):>16}{known}"
    if plan.monthly is not None:
        yield f"  {'each month from then on':<32}{amount(plan.monthly, currency):>16}"
    yield f"  {'balance':<32}{amount(plan.balance, currency):>16}"
    if plan.balance is not None and plan.cost is not None:
        yield f"  {'balance afterwards, at least':<32}{amount(plan.balance - plan.cost, currency):>16}"


def _countries(groups: Sequence[Group], currency: str) -> Iterator[str]:
    if len(groups) < 2:
        return
    for group in groups[:_MOST_LINES]:
        yield f"    {group.name or 'no country':<14}{group.numbers:>16,}{amount(group.first_charge, currency):>16}"
    rest = sum(group.numbers for group in groups[_MOST_LINES:])
    if rest:
        yield f"    {'others':<14}{rest:>16,}"


def _prices(classes: Sequence[PriceClass], currency: str) -> Iterator[str]:
    for one in classes[:_MOST_LINES]:
        monthly = "" if one.monthly is None else f", {amount(one.monthly, currency)} a month"
        each = "price not known" if one.first_charge is None else f"{amount(one.first_charge, currency)}{monthly}"
        source = "" if one.first_charge is None else f" ({_FROM[one.priced_by]})"
        yield f"    {one.count:>10,} × {each}{source}"
    rest = sum(one.count for one in classes[_MOST_LINES:])
    if rest:
        yield f"    {rest:>10,} at other prices"


def verdict_lines(plan: Plan) -> list[str]:
    """GO, or NO-GO with the reasons; what is worth knowing comes before."""
    return [*remark_lines(plan), *(["GO"] if plan.go else ["NO-GO", *(f"  {reason}" for reason in plan.reasons)])]


def remark_lines(plan: Plan) -> list[str]:
    """What is worth knowing, and stops nothing."""
    return [f"  note: {remark}" for remark in plan.remarks]


def begin_lines(plan: Plan, *, until: datetime | None, zone: tzinfo) -> list[str]:
    """Before a run, which buys what it can: where its bounds stop it, and what else speaks against it."""
    lines, bounds = remark_lines(plan), list(plan.bounds)
    if until is not None and plan.fits < plan.to_buy:
        bounds.pop()
        lines.append(
            f"  {plan.fits:,} of {plan.to_buy:,} will be sent by {until.astimezone(zone):%H:%M}, then it stops"
        )
    lines += [f"  it stops at that bound: {reason}" for reason in bounds]
    others = [reason for reason in plan.reasons if reason not in plan.bounds]
    return [*lines, *(["Mind:", *(f"  {reason}" for reason in others)] if others else [])]


def since_lines(plan: Plan) -> list[str]:
    """What is worth knowing of a plan that is carried out as it was agreed to: what would speak against a new one stops nothing."""
    return [*remark_lines(plan), *(f"  note: now {reason}" for reason in plan.reasons)]


def chosen_lines(chosen: Chosen) -> list[str]:
    """What was chosen for rows that left their numbers open."""
    lines = []
    for one in chosen.choices:
        numbers = ", ".join(one.numbers[:_SHOWN]) + (" …" if len(one.numbers) > _SHOWN else "")
        lines.append(
            f"  chosen under {one.prefix} for row {one.source.row}: {len(one.numbers):,} ({numbers or 'none'})"
        )
    return lines


def plan_json(plan: Plan, *, currency: str, chosen: Chosen = NOTHING_CHOSEN) -> dict[str, object]:
    """The plan for programs. Money is text; null: not known."""
    preview = plan.preview
    return {
        "run": preview.run.name if preview.run is not None else None,
        "rows": plan.source_rows,
        "numbers": plan.numbers,
        "to_buy": plan.to_buy,
        "open": plan.open_numbers,
        "purchased": preview.purchased,
        "already_owned": preview.already_owned,
        "in_doubt": preview.in_doubt,
        "refused": preview.refused,
        "deferred": preview.deferred,
        "duplicates": preview.duplicates,
        "invalid": preview.invalid,
        "no_longer_held": plan.no_longer_held,
        "cost": money_text(plan.cost),
        "currency": currency,
        "balance": money_text(plan.balance),
        "duration": int(plan.duration.total_seconds()),
        "ends": plan.ends.isoformat(),
        "verdict": "GO" if plan.go else "NO-GO",
        "reasons": list(plan.reasons),
        "remarks": list(plan.remarks),
        "known_cost": money_text(plan.priced),
        "spent": money_text(plan.spent),
        "monthly": money_text(plan.monthly),
        "unpriced": plan.unpriced,
        "not_in_stock": list(plan.not_in_stock),
        "differing": plan.differing,
        "fits": plan.fits,
        "looked_up": None if plan.looked_up_at is None else plan.looked_up_at.isoformat(),
        "by_country": [_group_json(group) for group in plan.by_country],
        "by_group": [_group_json(group) for group in plan.by_group],
        "by_price": [_price_json(one) for one in plan.by_price],
        "chosen": [_choice_json(one) for one in chosen.choices],
    }


def _price_json(one: PriceClass) -> dict[str, object]:
    first, monthly = money_text(one.first_charge), money_text(one.monthly)
    return {"count": one.count, "first_charge": first, "monthly": monthly, "price_from": one.priced_by.value}


def _choice_json(one: Choice) -> dict[str, object]:
    lacking = one.lacking if one.told else None
    return {"row": one.source.row, "prefix": one.prefix, "numbers": list(one.numbers), "lacking": lacking}


def _group_json(group: Group) -> dict[str, object]:
    first, monthly = money_text(group.first_charge), money_text(group.monthly)
    return {"name": group.name, "numbers": group.numbers, "first_charge": first, "monthly": monthly}


def _local(moment: datetime) -> str:
    return f"{moment:%H:%M}" if moment.utcoffset() is None else f"{moment:%Y-%m-%d %H:%M}"
