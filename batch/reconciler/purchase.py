"""Whether what the account shows of a number is the very purchase that a run made: only that may be given back.

A mark in the number's own text tells it exactly. Else its date must lie within the time in which this run bought it, as well as
the account's clock is known. Where neither tells, it is kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from batch.ledger.attempts import Attempt, BoughtRow
from batch.provider.protocol import Owned
from batch.reconciler.attribution import SUMMER_TIME, Zone
from batch.reconciler.results import PRESUMED_BY

_QUARTER = timedelta(minutes=15)
_DRIFT = timedelta(minutes=1)
"""How far this machine's clock and the account's may have drifted apart between two purchases."""


def why_not_ours(bought: BoughtRow, owned: Owned, run: str, zone: Zone, *, went_back: bool = False) -> str:
    """Why it is not known that `run` bought what the account shows; empty where it is.

    `went_back`: this machine's clock was set back since, and no date tells anything.
    """
    text = owned.description.casefold()
    marked = next((one for one in bought.attempts if one.mark and one.mark in text), None)
    if marked is not None:
        return "" if marked.run == run else f"its Description has the mark of run {marked.run}"
    if bought.confirmed_by == PRESUMED_BY:
        return "it is only presumed to be this run's purchase"
    if owned.created is None:
        return "the account does not say when it was bought"
    attempts = [one for one in bought.attempts if one.run == run and one.kind == "buy"]
    if went_back or not attempts or bought.confirmed_at is None:
        return "this machine's clock was set back since, and no date tells who bought it"
    answered = [one for one in attempts if one.outcome == "success"]
    first, last = _span(answered[0]) if answered else (attempts[0].intent_at, bought.confirmed_at)
    at = zone.utc(owned.created)
    if _fits(at, first, last, zone):
        return ""
    if at < first:
        return f"the account has it since {owned.created}, and this run bought it later: it is somebody else's purchase"
    return f"the account has it since {owned.created}, and this run bought it earlier: somebody bought it anew"


def _fits(at: datetime, first: datetime, last: datetime, zone: Zone) -> bool:
    """Whether `at` lies between, as well as the zone is known; where summer time may have begun or ended since, an hour beside.

    Of a zone that is not known it is known all the same that it lies on a quarter of an hour.
    """
    if zone.tolerance > SUMMER_TIME:
        beyond = (at - (first - _DRIFT)) % _QUARTER
        return first - zone.tolerance <= at <= last + zone.tolerance and beyond <= last - first + 2 * _DRIFT
    beside = (timedelta(0), SUMMER_TIME, -SUMMER_TIME)
    return any(first - _DRIFT <= at - hour <= last + _DRIFT for hour in beside)


def _span(attempt: Attempt) -> tuple[datetime, datetime]:
    """From its intent to its answer."""
    return attempt.intent_at, attempt.ended_at or attempt.intent_at
