"""What giving a run back would do, and what it came to: for people and for programs."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from batch.cli.figures import amount, money_text, plural, rate_text, span
from batch.cli.masking import mask
from batch.cli.output import Column, say, say_table

if TYPE_CHECKING:
    from batch.ledger.records import LedgerKey, Run
    from batch.reconciler.release_plan import ReleasePlan
    from batch.session import ReleaseOutcome
    from batch.settings.model import Settings

_NOT_REFUNDED = (
    "Set-up and the month that is paid are not refunded. A number that was given back is free for others, and may be gone for "
    "good: ordered again it may be reserved for a while (-220) or no longer there (-275)."
)
_MOST = 5


def plan_lines(plan: ReleasePlan, run: Run, key: LedgerKey, settings: Settings) -> list[str]:
    """The plan for people."""
    where = "live" if key.environment == "live" else "a rehearsal"
    lines = [f"Run {run.name}, account {key.account}, {where}: {plural(plan.numbers, 'number')} to give back"]
    counts = [("asked about first: given back without an answer", plan.under_way), ("given back before", plan.released)]
    counts += [(f"kept: {reason}", count) for reason, count in plan.kept.items()]
    width = max([36, *(len(label) for label, count in counts if count)])
    lines += [f"  {label:<{width}}{count:>10,}" for label, count in counts if count]
    if plan.numbers:
        currency = settings.currency
        money = [
            ("they cost, set-up and first month", plan.charged, plan.unknown_price),
            ("saved from now on, a month", plan.monthly, plan.unknown_monthly),
        ]
        lines += [
            f"  {label:<{width}}{_known(sum_, unknown, plan.numbers, currency):>10}" for label, sum_, unknown in money
        ]
        took = span(plan.duration(settings.rate))
        lines += [
            f"  {'duration':<{width}}{took:>10} at {rate_text(settings.rate)} requests a second, at least",
            _NOT_REFUNDED,
        ]
    return lines


def _known(money: Decimal, unknown: int, numbers: int, currency: str) -> str:
    if unknown == numbers:
        return "not known"
    words = amount(money, currency)
    return f"{words}, and {plural(unknown, 'number')} of unknown price" if unknown else words


def plan_json(plan: ReleasePlan, run: Run, key: LedgerKey, settings: Settings) -> dict[str, object]:
    """The plan for programs. Money is text; None where no price is known."""
    return {
        "run": run.name,
        "environment": key.environment.value,
        "account": key.account,
        "numbers": plan.numbers,
        "under_way": plan.under_way,
        "released": plan.released,
        "kept": dict(plan.kept),
        "charged": money_text(plan.charged) if plan.unknown_price < plan.numbers else None,
        "unknown_price": plan.unknown_price,
        "monthly": money_text(plan.monthly) if plan.unknown_monthly < plan.numbers else None,
        "unknown_monthly": plan.unknown_monthly,
        "currency": settings.currency,
        "duration": int(plan.duration(settings.rate).total_seconds()),
    }


def outcome_json(outcome: ReleaseOutcome, key: LedgerKey, code: int, results: str | None) -> dict[str, object]:
    """The outcome for programs."""
    return {
        "run": outcome.run.name,
        "environment": key.environment.value,
        "account": key.account,
        "released": outcome.released,
        "gone": outcome.gone,
        "kept": {str(number): mask(reason) for number, reason in outcome.kept.items()},
        "in_doubt": [str(number) for number in outcome.in_doubt],
        "left": outcome.left,
        "exit_code": code,
        "halt_reason": mask(outcome.halt_reason) or None,
        "results": results,
    }


def outcome_lines(outcome: ReleaseOutcome, key: LedgerKey, code: int, results: str | None) -> None:
    """The outcome for people, on stdout: what was given back, what was kept and why, what comes next."""
    where = "live" if key.environment == "live" else "rehearsal: nothing was bought"
    say(f"Run {outcome.run.name}, account {key.account}, {where}")
    rows = [
        ("given back", outcome.released),
        ("  of these by others, before", outcome.gone),
        ("kept", len(outcome.kept)),
        ("in doubt", len(outcome.in_doubt)),
        ("not reached", outcome.left),
    ]
    say_table(
        [Column("Numbers"), Column("", figures=True)],
        [(label, f"{count:,}") for label, count in rows if count or label == "given back"],
    )
    for reason, count in Counter(outcome.kept.values()).most_common(_MOST):
        first = next(number for number, why in outcome.kept.items() if why == reason)
        more = f" and {plural(count - 1, 'other')}" if count > 1 else ""
        say(f"  kept: {first}{more}: {mask(reason)}")
    if outcome.in_doubt:
        more = f" and {plural(len(outcome.in_doubt) - 1, 'other')}" if len(outcome.in_doubt) > 1 else ""
        say(f"  in doubt: {outcome.in_doubt[0]}{more}: nobody knows yet whether it was given back")
    if outcome.halt_reason:
        say(f"Halted: {mask(outcome.halt_reason)}")
    if code:
        say(f"Next: {_next(outcome, code)}")
    if results is not None:
        say(results)


def _next(outcome: ReleaseOutcome, code: int) -> str:
    match code:
        case 4:
            return "what was kept needs a person: look at it in the provider's panel, and give it back there if it is yours"
        case 5:
            return "mend what is named above, then run the same command again: it goes on where it stopped"
        case 6:
            return f"run the same command again, or `numbatch resolve {outcome.run.name}`: both ask about the numbers in doubt"
        case _:
            return "run the same command again: it goes on where it stopped"
