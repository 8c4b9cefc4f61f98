"""A plan, as people read it and as programs do."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from batch.cli.figures import amount, money_text, plural, span
from batch.ledger.records import Preview
from batch.order import Orders, RowKind

if TYPE_CHECKING:
    from batch.plan import Plan


def empty_preview(orders: Orders) -> Preview:
    """What a run would find where there is no ledger yet."""
    kinds = [row.kind for row in orders.rows]
    return Preview(
        run=None,
        purchased=0,
        already_owned=0,
        in_doubt=0,
        refused=0,
        deferred=0,
        duplicates=kinds.count(RowKind.DUPLICATE),
        invalid=kinds.count(RowKind.INVALID),
        to_buy=kinds.count(RowKind.ORDER),
    )


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
    ]
    run = f" (goes on with run {preview.run.name})" if preview.run is not None else ""
    lines = [f"{plural(plan.source_rows, 'row')} → {plural(plan.numbers, 'number')}{run}"]
    lines += [f"  {label:<32}{count:>10,}" for label, count, always in counts if count or always]
    if plan.to_buy:
        lines.append(f"  {'cost, at most':<32}{amount(plan.cost, currency):>10}")
    ends = plan.ends.astimezone(zone)
    lines.append(f"  {'duration':<32}{span(plan.duration):>10} at {rate} requests a second, until {_local(ends)}")
    return lines


def verdict_lines(plan: Plan) -> list[str]:
    """GO, or NO-GO with the reasons."""
    return ["GO"] if plan.go else ["NO-GO", *(f"  {reason}" for reason in plan.reasons)]


def plan_json(plan: Plan, *, currency: str) -> dict[str, object]:
    """The plan for programs. The balance is not asked for, nor is a price looked up."""
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
        "cost": money_text(plan.cost),
        "currency": currency,
        "balance": None,
        "duration": int(plan.duration.total_seconds()),
        "ends": plan.ends.isoformat(),
        "verdict": "GO" if plan.go else "NO-GO",
        "reasons": list(plan.reasons),
    }


def _local(moment: datetime) -> str:
    return f"{moment:%H:%M}" if moment.utcoffset() is None else f"{moment:%Y-%m-%d %H:%M}"
