"""What the provider's answers mean for a run: findings, and what became of the program's assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from batch.cli.doctoring.findings import Assumption, Finding, Matter, Verdict, ok, problem, warning
from batch.cli.doctoring.questions import Seen
from batch.cli.figures import plural
from batch.codes import CodeTable
from batch.provider.protocol import NotOwned, Owned, Unclear
from batch.reconciler.calibration import Trust

_PROVIDER = Matter.PROVIDER
_SHAPES = "Send us the report (-o report.txt): it holds no secrets."
_NOT_ASKED = (
    "RETURN of a release is the number itself, and its other codes are its own",
    "a purchase of a number that is already ours answers -165 and charges nothing",
    "a purchase takes set-up and first month of each channel at most (`numbatch run --canary` measures it)",
    "a request is executed no later than resolve_horizon after its answer was given up",
    "an account query notices a purchase within resolve_delay",
)


def answer_findings(seen: Seen, codes: CodeTable, host: str) -> Iterator[Finding]:
    """What a person must know of the answers, the worst first where nothing else was asked."""
    if seen.blocked is not None:
        entry = codes.get(seen.blocked)
        meaning = f" ({entry.meaning})" if entry else ""
        yield problem(
            "login",
            f"{host} refuses user name or password: {seen.blocked}{meaning}",
            "Mend them (`numbatch init` tries them), then again.",
            _PROVIDER,
        )
        return
    if seen.silent:
        yield problem("login", f"{host} gave no answer: {seen.silent}", "Try again in a while.", _PROVIDER)
        return
    yield _balance(seen)
    yield from _lists(seen)
    yield _inquiry(seen)
    if seen.own_number is not None:
        yield from _own(seen)


def _balance(seen: Seen) -> Finding:
    match seen.balance:
        case Decimal() as amount if amount <= 0:
            return warning("balance", "it is not above zero: nothing can be bought", "Top up the account.", _PROVIDER)
        case Decimal():
            return ok("balance", "it is told, and above zero")
        case _:
            reason = seen.balance.reason if isinstance(seen.balance, Unclear) else "not asked"
            return warning(
                "balance", f"it can't be told: {reason}", "Plans can't say whether the money is enough.", _PROVIDER
            )


def _lists(seen: Seen) -> Iterator[Finding]:
    for topic, found, what in (
        ("countries", seen.countries, "countries are listed"),
        ("areas", seen.areas, f"areas of {seen.country.name if seen.country else 'one country'} are listed"),
        ("stock", seen.offers, f"numbers are listed under {seen.prefix}"),
    ):
        if isinstance(found, Unclear):
            yield warning(topic, f"no usable answer: {found.reason}", _SHAPES, _PROVIDER)
        elif found is not None and not found:
            yield warning(topic, f"none: no {what}", "Look at another with `numbatch search PREFIX`.", _PROVIDER)
        elif found is not None:
            yield ok(topic, f"{len(found):,} {what}")
    if not isinstance(seen.offers, Unclear) and seen.offers:
        priceless = sum(one.first_charge is None for one in seen.offers)
        if priceless:
            text = f"{priceless:,} of {len(seen.offers):,} numbers under {seen.prefix} have no price that can be read"
            yield warning("prices", text, "Give a Price column, or --price.", _PROVIDER)
        else:
            yield ok("prices", "each number in stock has one")


def _inquiry(seen: Seen) -> Finding:
    """Whether a number that is nobody's is answered as one."""
    topic = "account query"
    ours = [number for number, answer in seen.foreign if isinstance(answer, Owned)]
    unclear = [answer.reason for _, answer in seen.foreign if isinstance(answer, Unclear)]
    if seen.presences is Trust.BROKEN or seen.absences is Trust.BROKEN or (ours and len(ours) == len(seen.foreign)):
        text = seen.complaint or f"it says that {ours[0]} is ours, as of any number"
        return problem(topic, text, "Doubt can't be ended by asking: clear it with the provider first.", _PROVIDER)
    if not seen.foreign:
        return warning(topic, "no number is known that is surely not ours", "Look again after a purchase.", _PROVIDER)
    if len(unclear) == len(seen.foreign):
        return problem(
            topic,
            f"a number that is not ours gets no usable answer: {unclear[0]}",
            f"Without it a number in doubt stays in doubt. {_SHAPES}",
            _PROVIDER,
        )
    if seen.own_number is None:
        return warning(
            topic,
            "a number that is not ours is answered as such; one that is was not asked about",
            "Name one with --number, or look again after the first purchase.",
            _PROVIDER,
        )
    return ok(topic, "a number that is not ours is answered as such")


def _own(seen: Seen) -> Iterator[Finding]:
    topic = "number of ours"
    match seen.own:
        case NotOwned():
            why = (
                "is it this account's?"
                if seen.own_from == "--number"
                else "it was bought by this ledger: given back since, or is this another account?"
            )
            yield warning(
                topic, f"{seen.own_number} (from {seen.own_from}) is not shown as ours", f"See: {why}", _PROVIDER
            )
        case Unclear(reason=reason):
            yield problem(topic, f"it gets no usable answer: {reason}", _SHAPES, _PROVIDER)
        case Owned() as owned:
            yield ok(
                topic, f"{seen.own_number} (from {seen.own_from}) is shown as ours, with {len(owned.holding)} fields"
            )
            if owned.created is None:
                text = "its answer has no DateCreated that can be read: who bought a number in doubt is presumed"
                yield warning("date", text, "Set `mark`, where Description comes back.", _PROVIDER)
            if not owned.description:
                yield warning("description", "it shows none: the setting `mark` would prove nothing", "", _PROVIDER)
        case None:
            pass
    if isinstance(seen.ring_to, Unclear):
        yield warning("ringto", f"no usable answer: {seen.ring_to.reason}", _SHAPES, _PROVIDER)


# Assumptions ----------------------------------------------------------------------------------------------------------


def assumptions(seen: Seen) -> Iterator[Assumption]:
    """Each assumption about an answer, and what was seen of it."""
    shape = seen.shapes.get("getbalance")
    yield _told("getbalance answers with RETURN, the balance", seen.balance, shape.words() if shape else "")
    yield _told("getcountries lists countries with code, letters and id", seen.countries, _letters(seen))
    yield _areas(seen)
    yield _told("getdids takes an area's prefix", seen.offers, f"asked for {seen.prefix}")
    yield _longer(seen)
    yield _nothing(seen)
    yield _absence(seen)
    yield _apart(seen)
    yield from _holding(seen)
    for text in _NOT_ASKED:
        yield Assumption(text, Verdict.OPEN)


def _told(text: str, found: object, seen: str) -> Assumption:
    if found is None:
        return Assumption(text, Verdict.OPEN)
    if isinstance(found, Unclear):
        return Assumption(text, Verdict.FAILS, found.reason)
    if isinstance(found, Sequence) and not found:
        return Assumption(text, Verdict.OPEN, "an empty list")
    return Assumption(text, Verdict.HOLDS, seen)


def _letters(seen: Seen) -> str:
    if isinstance(seen.countries, Unclear) or not seen.countries:
        return ""
    lengths = sorted({len(one.iso) for one in seen.countries})
    return f"ISOCODE of {' or '.join(map(str, lengths))} letters"


def _areas(seen: Seen) -> Assumption:
    text = "getareas takes ISOCODE of two letters"
    if seen.areas is None:
        return Assumption(text, Verdict.OPEN)
    if seen.areas_way == "two letters":
        return Assumption(text, Verdict.HOLDS)
    if seen.areas_way:
        return Assumption(text, Verdict.FAILS, f"it answers to {seen.areas_way}")
    why = seen.areas.reason if isinstance(seen.areas, Unclear) else "no areas in any way of asking"
    return Assumption(text, Verdict.FAILS if isinstance(seen.areas, Unclear) else Verdict.OPEN, why)


def _longer(seen: Seen) -> Assumption:
    text = "getdids takes a longer prefix than an area's"
    if seen.near_offers is None or isinstance(seen.offers, Unclear) or not seen.offers:
        return Assumption(text, Verdict.OPEN)
    if isinstance(seen.near_offers, Unclear):
        return Assumption(text, Verdict.FAILS, seen.near_offers.reason)
    if any(one.number == seen.offers[0].number for one in seen.near_offers):
        return Assumption(text, Verdict.HOLDS, f"{plural(len(seen.near_offers), 'number')} under {seen.near}")
    return Assumption(text, Verdict.FAILS, f"{seen.offers[0].number} is in stock, and not listed under {seen.near}")


def _nothing(seen: Seen) -> Assumption:
    text = "nothing in stock is one row whose Number is -100"
    shape = seen.shapes.get("getdids of a prefix that nobody has")
    if seen.nothing is None or shape is None:
        return Assumption(text, Verdict.OPEN)
    if isinstance(seen.nothing, Unclear):
        return Assumption(text, Verdict.FAILS, seen.nothing.reason)
    if seen.nothing:
        return Assumption(text, Verdict.OPEN, "a prefix that nobody has is in stock")
    fits = shape.rows == 1 and shape.fields is not None and "Number" in shape.fields
    return Assumption(text, Verdict.HOLDS if fits else Verdict.FAILS, shape.words())


def _absence(seen: Seen) -> Assumption:
    text = "numbers that are not ours are answered alike"
    shapes = {answer.shape for _, answer in seen.foreign if isinstance(answer, NotOwned)}
    if len(seen.foreign) < 2:
        return Assumption(text, Verdict.OPEN)
    every = all(isinstance(answer, NotOwned) for _, answer in seen.foreign)
    return Assumption(text, Verdict.HOLDS if every and len(shapes) == 1 else Verdict.FAILS, "; ".join(sorted(shapes)))


def _apart(seen: Seen) -> Assumption:
    text = "a number that is ours and one that is not can be told apart"
    if seen.own_number is None or seen.presences is None:
        return Assumption(text, Verdict.OPEN, "no number is known that is ours")
    good = isinstance(seen.own, Owned) and seen.presences is Trust.GOOD and seen.absences in {None, Trust.GOOD}
    if good:
        return Assumption(text, Verdict.HOLDS)
    broken = Trust.BROKEN in {seen.presences, seen.absences}
    return Assumption(text, Verdict.FAILS if broken else Verdict.OPEN, seen.complaint)


def _holding(seen: Seen) -> Iterator[Assumption]:
    owned = seen.own if isinstance(seen.own, Owned) else None
    zone = seen.zone or "its zone is not known"
    for text, holds, what in (
        ("DateCreated tells when a number was bought", owned and owned.created, zone),
        ("Description comes back", owned and owned.description, ""),
        ("SetupCost and MonthlyCharges come back", owned and None not in (owned.setup, owned.monthly), ""),
    ):
        yield Assumption(
            text, Verdict.OPEN if owned is None else Verdict.HOLDS if holds else Verdict.FAILS, what if holds else ""
        )
    ringing = seen.ring_to if isinstance(seen.ring_to, Unclear) or owned is not None else None
    yield _told("getringto names a number's destinations", ringing, "")
