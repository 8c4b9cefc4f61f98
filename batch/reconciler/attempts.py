"""Every request of a run that spends or gives back, as auditors read it: a sheet of the workbook, a file of a bundle.

What was ordered with a number is not told here, and a reason without what could be secret in it.
"""

from __future__ import annotations

from batch.ledger.attempts import Attempt
from batch.ledger.records import InvocationFacts, RunReport
from batch.order import Cell

HEADERS = (
    "Request",
    "Sent at (UTC)",
    "Answered at (UTC)",
    "Number",
    "Kind",
    "Attempt",
    "Outcome",
    "Return code",
    "Reason",
    "Seconds",
    "Mark",
    "Invocation",
    "By",
    "Host",
    "Run",
)
"""The columns: `Kind` is `buy` or `release`, `Attempt` counts the number's own, `Outcome` is blank while nobody knows."""


class AttemptValues:
    """Turns attempts into rows of `HEADERS`, numbered as they come; `invocations` says who sent them."""

    def __init__(self, report: RunReport) -> None:
        self._who = {one.id: (index, one.facts) for index, one in enumerate(report.invocations, 1)}
        self._count = 0

    def __call__(self, attempt: Attempt) -> tuple[Cell, ...]:
        """The row of the next attempt."""
        self._count += 1
        invocation, facts = self._invocation(attempt)
        return (
            self._count,
            attempt.intent_at,
            attempt.ended_at,
            str(attempt.number),
            attempt.kind,
            attempt.attempt,
            attempt.outcome,
            attempt.code,
            attempt.reason,
            round(attempt.seconds, 3) if attempt.ended_at is not None else None,
            attempt.mark,
            invocation,
            "" if facts is None else facts.user,
            "" if facts is None else facts.host,
            attempt.run,
        )

    def _invocation(self, attempt: Attempt) -> tuple[int | None, InvocationFacts | None]:
        return self._who.get(attempt.invocation, (None, None))
