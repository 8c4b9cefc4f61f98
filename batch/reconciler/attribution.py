"""Who bought a number that turns out ours: one of our attempts, or somebody before.

Where an attempt was sent with a mark and the number's own text shows it, that tells it exactly. Else its date must. A text
without the mark may have been edited since, or never been taken: it speaks against an attempt only where something else that its
order asked for is not what the account has. Attempts without a definite answer can have bought it: the open one, and those that
were believed lost; and one that was told "sold", for its request may have arrived twice. The account says when the number was
bought, in a time zone that nobody documents; it is learnt from a number whose purchase we saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from batch.codes import CodeKind
from batch.ledger.attempts import Attempt, Doubt

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


def marked_by(doubt: Doubt, description: str) -> Attempt | None:
    """The attempt whose mark the number's own text holds: that one bought it, whatever it was answered."""
    text = description.casefold()
    return next((one for one in doubt.attempts if one.mark and one.mark in text), None)


def attribute(
    doubt: Doubt,
    created: datetime | None,
    zone: Zone,
    *,
    description: str = "",
    unlike: str = "",
    ahead: timedelta = _NO_TIME,
) -> Attribution:
    """The run whose attempt bought the number that the account now shows, `created` being its own word for when.

    `description` is the number's own text. `unlike` is the run whose order is known to have asked for something else than the
    account has: where there is a text and it shows none of its marks either, it did not buy the number; without marks it is presumed.
    `ahead` is how far this machine's clock was seen to be ahead when something was bought: intents may be as much too late.
    """
    marked = marked_by(doubt, description)
    if marked is not None:
        return Attribution(marked.run, "inquiry")
    described = bool(description.strip())  # where no text is shown at all, a mark could not be
    against = {one.attempt for one in doubt.attempts if described and one.mark and one.run == unlike}
    could = [one for one in unanswered(doubt) if one.attempt not in against]
    sold = [one for one in _sold(doubt) if one.attempt not in against]
    bought, sure = _by_date(could, sold, created, zone, ahead)
    if bought is None:
        return Attribution("", "inquiry")
    sure = sure and not bought.mark and bought.run != unlike
    return Attribution(bought.run, "inquiry" if sure else "inquiry, presumed")


def _by_date(
    could: Sequence[Attempt], sold: Sequence[Attempt], created: datetime | None, zone: Zone, ahead: timedelta
) -> tuple[Attempt | None, bool]:
    """The attempt that the date says bought it, of those that `could` have or were told `sold`; and whether that is sure."""
    if created is None:
        return _latest(could), False
    bought_at = zone.utc(created)
    after = [one for one in could if one.intent_at - zone.tolerance <= bought_at]
    if not after and zone.tolerance <= EXACT:
        after = [one for one in sold if _was_under_way(one, bought_at)]
    if zone.tolerance > EXACT and len({one.run for one in after}) > 1:
        # Each of them may have, by a clock that is known so roughly; as a rule summer time has not changed since it was learnt.
        likely = [one for one in after if zone.tolerance <= SUMMER_TIME and one.intent_at - EXACT <= bought_at]
        return _latest(likely or after), False
    if not after:
        return _latest([one for one in could if one.intent_at - zone.tolerance - ahead <= bought_at]), False
    return _latest(after), True


def _latest(attempts: Sequence[Attempt]) -> Attempt | None:
    return attempts[-1] if attempts else None


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
