"""What a run came to, told at its end: for people, and as one line of JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from batch.cli.figures import amount, money_text, plural
from batch.cli.masking import mask
from batch.cli.output import Column, say, say_table
from batch.codes import Actor
from batch.ledger.records import LedgerKey, Run, Status, Why
from batch.reconciler.advice import WHY_ADVICE

if TYPE_CHECKING:
    from batch.reconciler.totals import RunTotals

_MOST_CAUSES = 10
_GOES_ON = frozenset(WHY_ADVICE[why].reason for why in (Why.UNTIL, Why.LIMIT))
"""Bounds of one invocation: the next goes on by itself."""
_CHARGED = frozenset({Status.PURCHASED, Status.RELEASED})


@dataclass(frozen=True, slots=True)
class Summary:
    """An invocation's end. `results` is the workbook's path, None where there is none.

    `planned`: it carried out a plan file; `used_up`: which has nothing left that it may do, and is not carried out again.
    """

    key: LedgerKey
    run: Run
    totals: RunTotals
    currency: str
    exit_code: int | None
    halt_reason: str
    results: str | None = None
    planned: bool = False
    used_up: bool = False

    @property
    def environment(self) -> str:
        """In words, so that nobody takes a rehearsal for more."""
        return "live" if self.key.environment == "live" else "rehearsal: nothing was bought"


def summary_json(summary: Summary) -> dict[str, object]:
    """The line of `run --json`. Money is text: a JSON number would become a float."""
    totals = summary.totals
    return {
        "run": summary.run.name,
        "environment": summary.key.environment.value,
        "account": summary.key.account,
        "counts": counts_json(totals.counts),
        "charged": money_text(totals.charged),
        "at_risk": money_text(totals.at_risk),
        "currency": summary.currency,
        "exit_code": summary.exit_code,
        "halt_reason": mask(summary.halt_reason) or None,
        "results": summary.results,
    }


def failure_json(exit_code: int, reason: str) -> dict[str, object]:
    """The same line where no run came about."""
    return {
        "run": None,
        "environment": None,
        "account": None,
        "counts": {},
        "charged": None,
        "at_risk": None,
        "currency": None,
        "exit_code": exit_code,
        "halt_reason": mask(reason),
        "results": None,
    }


def counts_json(counts: Mapping[Status, int]) -> dict[str, int]:
    """How many rows have each status, every status among them."""
    return {status.value: counts.get(status, 0) for status in Status}


def say_summary(summary: Summary) -> None:
    """The summary for people: what happened, what needs a person, what comes next."""
    totals = summary.totals
    say(f"Run {summary.run.name}, account {summary.key.account}, {summary.environment}")
    rows = [(status.value, f"{count:,}") for status, count in totals.counts.items() if count]
    say_table([Column("Status"), Column("Numbers", figures=True)], [*rows, ("rows in", f"{totals.rows:,}")])
    say(f"Charged: {_money(totals.charged, totals.unknown_charged, summary.currency)}{_estimated(totals, summary)}")
    if totals.counts.get(Status.DOUBT):
        say(f"At risk: {_money(totals.at_risk, totals.unknown_at_risk, summary.currency)}")
    if totals.giving_back:
        say(
            f"In doubt: {plural(totals.giving_back, 'purchase')} being given back, and nobody knows yet with what result; "
            f"`numbatch release {summary.run.name}` goes on"
        )
    for line in cause_lines(totals):
        say(line)
    if summary.halt_reason:
        say(f"Halted: {mask(summary.halt_reason)}")
    if summary.exit_code:
        say(f"Next: {_next(summary)}")


def cause_lines(totals: RunTotals) -> Sequence[str]:
    """What needs somebody, or another run, by reason, with what to do."""
    causes = [(cause, count) for cause, count in totals.causes.items() if cause.actor is not Actor.NOBODY]
    lines = []
    for cause, count in causes[:_MOST_CAUSES]:
        code = f" ({cause.code})" if cause.code is not None else ""
        lines.append(f"  {count:,} {cause.status}{code}: {mask(cause.reason)}. {mask(cause.todo)}")
    if len(causes) > _MOST_CAUSES:
        lines.append(f"  and {plural(len(causes) - _MOST_CAUSES, 'reason')} more: see the sheet By code")
    return ["What needs a look:", *lines] if lines else []


def _money(known: Decimal, unknown: int, currency: str) -> str:
    words = amount(known, currency)
    return f"{words}, and {plural(unknown, 'number')} of unknown price" if unknown else words


def _estimated(totals: RunTotals, summary: Summary) -> str:
    return f" ({amount(totals.estimated, summary.currency)} of it estimated)" if totals.estimated else ""


def _next(summary: Summary) -> str:
    run = summary.run.name
    if summary.used_up and summary.exit_code in {5, 8}:
        return (
            "this plan is used up, and not carried out again: for what is still wanted make another, `numbatch plan ORDERS -o "
            f"plan.json`; `numbatch audit {run}` holds what was bought against the account"
        )
    match summary.exit_code:
        case 4:
            return "the sheet Failures says for each row who acts and what to do; it can be run as it is"
        case 5:
            return "mend what is named above, then run the same command again: it goes on where it stopped"
        case 6:
            return f"`numbatch resolve {run}` asks about the numbers in doubt; until then they are not sent again"
        case 8 if _lacks_prices(summary.totals) and not summary.planned:
            return "a higher bound helps nobody here: give a price, by --price or in the Price column, then run again"
        case 8 if summary.planned:
            return (
                "run the same command again for what the plan still allows; a flag can only tighten it: for more, make another, "
                "`numbatch plan ORDERS -o plan.json`"
            )
        case 8 if set() < _unsent(summary.totals) <= _GOES_ON:
            return "run the same command again, for the next of them: it goes on where it stopped"
        case 8:
            return "run the same command again, with a higher bound if you mean it"
        case _:
            return "run the same command again: it goes on where it stopped"


def _lacks_prices(totals: RunTotals) -> bool:
    """Whether all that was not sent was not for want of a price."""
    return _unsent(totals) == {WHY_ADVICE[Why.PRICE_UNKNOWN].reason}


def _unsent(totals: RunTotals) -> set[str]:
    """Why rows were not sent."""
    return {cause.reason for cause in totals.causes if cause.status is Status.NOT_SENT}
