"""The invariants of the purchase protocol, held against the provider's own record and the ledger's journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from simulation.provider import Provider
from support.world import COST

from batch.ledger.records import RunRow, Status
from batch.number import Number
from batch.provider.simulator.world import SOLD


class Broken(AssertionError):
    """An invariant does not hold."""


def hold(number: int | str, words: str, *, if_: bool = False) -> None:
    """Raise `Broken` where `if_` is false."""
    if not if_:
        raise Broken(f"invariant {number}: {words}")


def rows_agree(provider: Provider, rows: Iterable[RunRow], label: str, *, set_clock: bool, last: bool) -> None:
    """1. Each status agrees with the provider's charges and holdings.

    `set_clock`: somebody set this machine's clock. `last`: a healthy run has ended all doubt, also about what was given back.
    """
    held = provider.held()
    for row in rows:
        number = Number(row.number)
        charged = provider.charged(number, label)
        what = f"{number} of {label} says {row.status} ({row.why or row.confirmed_by}), charged {charged}, held {number in held}"
        lenient = _cannot_be_told(provider, row, set_clock=set_clock)
        match row.status:
            case Status.PURCHASED:
                hold(1, what, if_=charged == 1 or (lenient and number in held | provider.given_back))
                hold(1, f"{what}, and was given back", if_=not (last and number in provider.released) or number in held)
            case Status.RELEASED:
                hold(1, what, if_=charged == 1 or lenient)
            case Status.OWNED:
                hold(1, what, if_=not charged or lenient)
                ours = number in held or number in provider.given_back or row.confirmed_by.startswith("ledger")
                hold(1, what, if_=ours)
            case Status.DOUBT:
                pass
            case Status.REFUSED if row.code == SOLD and number in held and not provider.is_bought(number):
                hold(1, f"{what}: it is ours, and refused as sold")
            case Status.REFUSED if provider.came_too_late(number) and not last:
                pass  # not promised before a later run asks: executed when its absence had been believed
            case Status.NOT_SENT if provider.in_the_dark(number, label):
                pass  # not promised before it is sent again: answered 429, and executed all the same
            case _:
                hold(1, what, if_=not charged)


def _cannot_be_told(provider: Provider, row: RunRow, *, set_clock: bool) -> bool:
    """Whether nobody could say who bought it: one of our attempts whose answer was not heard, or somebody else.

    What an answer said is never in question. Else four circumstances excuse a wrong name: the only evidence is a date, and
    this machine's clock was set; a run said itself that it only presumes; a person bought it by hand no longer before our
    attempt than the account's time zone may be off; two runs sent it within the seconds that a date may be off, or the
    attempt of one was executed later than is promised.
    """
    number = Number(row.number)
    if row.confirmed_by == "answer" or not provider.may_be_taken_for_another(number):
        return False
    return (
        set_clock
        or number in provider.presumed
        or provider.was_bought_by_hand_near(number)
        or provider.was_sent_by_two(number)
    )


def note_presumed(provider: Provider, rows: Iterable[RunRow]) -> None:
    """Remember which numbers a run only presumes to have bought: another run may have."""
    provider.presumed.update(Number(row.number) for row in rows if row.confirmed_by == "inquiry, presumed")


def charges_are_single(provider: Provider) -> None:
    """2. At most one charge a generation; none for a closed one."""
    for charge in provider.charges:
        hold(2, f"{charge} was charged twice", if_=provider.charges.count(charge) == 1)
        others = [one for one in provider.charges if (one.number, one.generation) == (charge.number, charge.generation)]
        hold(2, f"one generation was charged twice: {others}", if_=len(others) == 1)
    latest: dict[Number, int] = {}
    for charge in provider.charges:
        hold(2, f"{charge}: a closed generation", if_=charge.generation >= latest.get(charge.number, 0))
        latest[charge.number] = charge.generation


_ENDS = frozenset({"P3", "P4", "P5", "P6", "P7", "P8", "P9a", "P10"})


def no_claim_while_open(journal: Iterable[tuple], provider: Provider) -> None:
    """3. No claim while an attempt is open: by the journal's events, whatever the states say; and at the provider."""
    still_open: dict[str, set[int]] = {}
    for number, rule, attempt, after in journal:
        of_number = still_open.setdefault(number, set())
        match rule:
            case "P1" | "R1":
                hold(3, f"{number} was claimed while {sorted(of_number)} was open", if_=not of_number or rule == "R1")
                of_number.add(attempt)
            case "P4":
                of_number.discard(attempt)
                generation = provider.intents[number, attempt].claimed.generation
                hold(
                    2,
                    f"{number}: bought by an attempt of generation {generation}",
                    if_=after.split(",")[1] == str(generation),
                )
            case "A1" | "A3":
                hold(3, f"{number}: {rule} leaves an attempt open", if_=after.split(",")[4] == "None")
                of_number.clear()
            case "P9'":
                of_number.add(attempt)
            case "O2" | "R1'" | "R3" | "R6":
                of_number.clear()
            case "P10" if provider.intents[number, attempt].is_silent:
                pass  # without a verdict: known to be silent before
            case _ if rule in _ENDS or rule == "R2":
                of_number.discard(attempt)
            case _:
                pass
    again = provider.blind_sends
    hold(3, f"{again} was sent again while an earlier request could still be executed", if_=not again or provider.late)
    hold("3 (P2)", f"{provider.stale} was sent long after its intent", if_=not provider.stale)


def within_bounds(provider: Provider, bounds: Mapping[str, Mapping[str, Decimal | int]], *, set_clock: bool) -> None:
    """4. The provider's charges are within what each run may spend and buy.

    Not counted: what a run only presumes to have bought, and where the clock was set, what can't be told from another's.
    """
    told = [
        one
        for one in provider.charges
        if one.number not in provider.presumed and not (set_clock and provider.may_be_taken_for_another(one.number))
    ]
    for label, bound in bounds.items():
        charged = sum(charge.label == label for charge in told)
        spend, count = bound.get("max_spend"), bound.get("max_numbers")
        hold(
            4, f"{label} was charged {charged * COST}, more than {spend}", if_=spend is None or charged * COST <= spend
        )
        hold(4, f"{label} was charged for {charged}, more than {count}", if_=count is None or charged <= count)


def sends_are_few(provider: Provider, *, max_attempts: int, invocations: int) -> None:
    """5. Unanswered sends of a number are bounded by the attempts of all invocations."""
    for number, unanswered in provider.unanswered.items():
        words = f"{number} was sent {unanswered} times without an answer, in {invocations} invocations"
        hold(5, words, if_=unanswered <= max_attempts * invocations)


def blind_sends_once(provider: Provider) -> None:
    """5. While nothing can be asked, a number goes without an answer once."""
    for number, unanswered in provider.silent_in_this_life.items():
        hold(5, f"{number} was sent {unanswered} times while nobody could ask about it", if_=unanswered <= 1)


def releases_hit_their_purchase(provider: Provider, *, set_clock: bool) -> None:
    """6. A release executes only on its own run's purchase of its generation; it was asked about before, and never sent blindly.

    Excused are the circumstances in which nobody could say who bought it, and what was bought anew by hand within the minute.
    """
    for number, whose in provider.released_wrongly:
        excused = (
            set_clock
            or number in provider.presumed
            or provider.was_bought_anew_near(number)
            or (not provider.was_told(number) and provider.was_bought_by_hand_near(number))
            or (not provider.was_told(number) and provider.was_sent_by_two(number))
        )
        hold(6, f"{number} was given back, and not bought by that: {whose}", if_=excused)
    hold("6 (asked)", str(provider.unasked), if_=not provider.unasked)
    again = provider.blind_releases
    hold("6 (blind)", f"{again} was given back again, blindly", if_=not again or provider.late or bool(provider.stuck))


def nothing_trespassed(provider: Provider) -> None:
    """5. The first purchase of a process goes alone; none goes after the account was refused."""
    hold("5 (alone, halt)", str(provider.trespasses), if_=not provider.trespasses)
