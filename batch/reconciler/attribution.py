"""Who bought a number that turns out ours: one of our attempts, or somebody before.

Where attempts were sent with a mark, the number's own text tells it exactly. Else its date must.
Attempts without a definite answer can have: the open one, and those that were believed lost; and one that was told "sold", for
its request may have arrived twice. The account says when the
number was bought, in a time zone that nobody documents; it is learnt from a number whose purchase we saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from batch.codes import CodeKind
from batch.ledger.records import Attempt, Doubt

_QUARTER = timedelta(minutes=15)
_SECOND = timedelta(seconds=1)
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Zone:
    """What is known of the account's clock: its `offset` from UTC, and how far a time may be off."""

    offset: timedelta = timedelta(0)
    tolerance: timedelta = timedelta(days=1)

    def utc(self, created: datetime) -> datetime:
        """The moment that the account's `created` means."""
        return created.replace(tzinfo=UTC) - self.offset


EXACT = timedelta(seconds=5)
"""How far a time may be off where the zone was learnt in this invocation."""
SUMMER_TIME = timedelta(hours=1)
"""How far where it was learnt from an older purchase: summer time may have begun or ended since."""


def learn_zone(created: datetime, intent_at: datetime, confirmed_at: datetime, tolerance: timedelta) -> Zone | None:
    """The zone in which `created` falls between intent and confirmation (zones lie on quarters of an hour).

    None where no such zone fits within a few seconds: that clock is not to be relied on.
    """
    seen = created.replace(tzinfo=UTC)
    offset = round((seen - confirmed_at) / _QUARTER) * _QUARTER
    if not intent_at - EXACT <= seen - offset <= confirmed_at + EXACT:
        return None
    return Zone(offset, tolerance)


@dataclass(frozen=True, slots=True)
class Attribution:
    """`run` bought it (empty: none of ours), as is known `by` an inquiry, or only presumed."""

    run: str
    by: str


def shows(description: str, mark: str) -> bool:
    """Whether a number's own text holds the mark that an attempt was sent with."""
    return mark in description.casefold()


def marked_by(doubt: Doubt, description: str) -> Attempt | None:
    """The attempt whose mark the number's own text holds: that one bought it, whatever it was answered."""
    return next((one for one in doubt.attempts if one.mark and shows(description, one.mark)), None)


def attribute(
    doubt: Doubt,
    created: datetime | None,
    zone: Zone,
    *,
    description: str = "",
    marks_seen: int = 0,
    ahead: timedelta = _NO_TIME,
) -> Attribution:
    """The run whose attempt bought the number that the account now shows, `created` being its own word for when.

    `description` is the number's own text. `marks_seen` is the length of the longest text that showed its mark in this
    invocation: an account that shows so much cuts no shorter text, and one without a mark is of none of the attempts that had one.
    `ahead` is how far this machine's clock was seen to be ahead when something was bought: intents may be as much too late.
    """
    bought = marked_by(doubt, description)
    if bought is not None:
        return Attribution(bought.run, "inquiry")
    unmarked = 0 < len(description.strip()) < marks_seen
    could = [one for one in unanswered(doubt) if not (unmarked and one.mark)]
    if created is None:
        return Attribution(could[-1].run, "inquiry, presumed") if could else Attribution("", "inquiry")
    bought_at = zone.utc(created)
    after = [one for one in could if one.intent_at - zone.tolerance <= bought_at]
    if not after and zone.tolerance <= EXACT:
        after = [one for one in _sold(doubt) if _was_under_way(one, bought_at) and not (unmarked and one.mark)]
    if zone.tolerance > EXACT and len({one.run for one in after}) > 1:
        # Each of them may have, by a clock that is known so roughly; as a rule summer time has not changed since it was learnt.
        likely = [one for one in after if zone.tolerance <= SUMMER_TIME and one.intent_at - EXACT <= bought_at]
        return Attribution((likely or after)[-1].run, "inquiry, presumed")
    if not after:
        perhaps = [one for one in could if one.intent_at - zone.tolerance - ahead <= bought_at]
        return Attribution(perhaps[-1].run, "inquiry, presumed") if perhaps else Attribution("", "inquiry")
    return Attribution(after[-1].run, "inquiry")


def _sold(doubt: Doubt) -> list[Attempt]:
    """The attempts that were told that the number is sold, perhaps to us: a request that arrives twice is told so itself."""
    row = doubt.row
    if row.kind is not CodeKind.SOLD:
        return []
    return [one for one in doubt.attempts if one.code == row.code and one.generation == row.generation]


def _was_under_way(attempt: Attempt, bought_at: datetime) -> bool:
    """Whether the number was bought while the attempt was under way, to the second that the account's dates have."""
    ended_at = attempt.ended_at if attempt.ended_at is not None else attempt.intent_at
    return attempt.intent_at - _SECOND <= bought_at <= ended_at + _SECOND


def unanswered(doubt: Doubt) -> list[Attempt]:
    """The attempts that can have bought the number, oldest first: the open one, and those that were believed lost."""
    row = doubt.row
    without = {row.open, *row.lost}
    return [
        one
        for one in doubt.attempts
        if one.attempt in without and one.kind == "buy" and one.generation == row.generation
    ]
