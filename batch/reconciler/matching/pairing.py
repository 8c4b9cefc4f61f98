"""One number's lines against its charges, by rules in this order; what is left over at the end is told as what it is.

1. A line that is a charge to the cent (set-up, month, or both in one) agrees; so do lines that are so together.
2. A line that is a charge as something tells it exactly: pro-rated, with tax, or both.
3. What was billed once more, later months, credits.
4. Then a line is set against the charge that it is nearest in kind to: the price differs.
5. Charges that no line bills; lines that no charge explains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from batch.loader.invoice import Kind, Line
from batch.money import ZERO, format_money
from batch.reconciler.matching.fees import Fees
from batch.reconciler.matching.model import Charge, Period, Piece, Reason
from batch.reconciler.matching.parts import Part, as_billed, parts_of, sum_of
from batch.reconciler.matching.rates import same, taxed


@dataclass(frozen=True)
class Tax:
    """The rate of tax that amounts may hold, None: none; `given`: the user says so."""

    rate: Decimal | None = None
    given: bool = False

    @property
    def reason(self) -> Reason:
        """Why an amount is higher by it."""
        return Reason.TOLD_TAX if self.given else Reason.TAX


@dataclass
class Pairing:
    """The lines and the charges of one number being paired: `pieces` grows, `lines` and `parts` shrink.

    `before` are its charges outside the period.
    """

    number: str
    lines: list[Line]
    charges: Sequence[Charge]
    before: Sequence[Charge]
    period: Period
    tax: Tax
    pieces: list[Piece] = field(default_factory=list)
    _parts: list[Part] = field(default_factory=list)
    _billed: list[tuple[Line, Charge, Kind]] = field(default_factory=list)
    """Lines that have billed a part, which one, and of which kind."""
    _fees: Fees = field(init=False)
    _net: Decimal = ZERO
    """What the lines come to without tax."""
    _left: int = 0
    """Lines that no rule has told yet."""

    def pair(self) -> list[Piece]:
        """Every piece of the number."""
        self._parts = [part for charge in self.charges for part in parts_of(charge)]
        self._fees = Fees(self.period)
        self._net = sum((line.amount for line in self.lines if line.kind is not Kind.TAX), ZERO)
        self._apply(self._exact)
        self._together()
        for rule in (self._explained, self._tax_lines, self._again, self._later, self._nearest):
            self._apply(rule)
        self._rest()
        return self.pieces

    def _apply(self, rule: Callable[[Line], list[Piece]]) -> None:
        kept = []
        self._left = len(self.lines)
        for line in self.lines:
            found = rule(line)
            if found:
                self.pieces += found
                self._left -= 1
            else:
                kept.append(line)
        self.lines = kept

    # 1 and 2: a line that is a charge ----------------------------------------------------------------------------------

    def _exact(self, line: Line) -> list[Piece]:
        for parts in self._candidates(line):
            if same(line.amount, sum_of(parts)):
                return [self._bill(line, parts, Reason.ONE_LINE if len(parts) > 1 else Reason.AGREES)]
        return []

    def _together(self) -> None:
        """All lines that are left, where together they are all charges that are left."""
        lines = [line for line in self.lines if line.kind is not Kind.TAX]
        if len(lines) < 2 or not self._parts:
            return
        left = sum_of(self._parts)
        if not same(sum((line.amount for line in lines), ZERO), left):
            return
        charge = self._parts[0].charge
        for line in lines:
            bought = left if line is lines[-1] else line.amount
            self.pieces.append(
                Piece(Reason.AGREES, self.number, line.amount, bought, line, charge, "with another line")
            )
            left -= bought
        self.lines = [line for line in self.lines if line.kind is Kind.TAX]
        self._billed += [(lines[-1], part.charge, kind) for part in self._parts for kind in part.kinds]
        self._parts.clear()

    def _explained(self, line: Line) -> list[Piece]:
        for parts in self._candidates(line):
            whole = sum_of(parts)
            for billed, why in as_billed(parts):
                if why is not None and same(line.amount, billed):
                    return [self._bill(line, parts, why, _prorated_note(parts))]
                if self.tax.rate is None or not same(line.amount, taxed(billed, self.tax.rate)):
                    continue
                tax = Piece(self.tax.reason, self.number, line.amount - billed, ZERO, line, parts[0].charge)
                if why is None:
                    return [self._bill(line, parts, self.tax.reason, f"{format_money(whole)} and tax")]
                first = self._bill(line, parts, why, _prorated_note(parts), billed=billed)
                return [first, tax]
        return []

    def _candidates(self, line: Line) -> Iterator[list[Part]]:
        """The parts that a line may be: one of its kind first, then both of a charge, then any one."""
        if line.kind is Kind.TAX:
            return
        parts = self._in_order(line)
        if line.kind is not Kind.ANY:
            yield from ([part] for part in parts if line.kind in part.kinds)
        for charge in dict.fromkeys(part.charge for part in parts):
            together = [part for part in parts if part.charge is charge]
            if len(together) > 1:
                yield together
        if line.kind is Kind.ANY:
            yield from ([part] for part in parts)

    def _in_order(self, line: Line) -> list[Part]:
        """The open parts, those of purchases nearest to the line's date first."""
        if line.day is None:
            return list(self._parts)
        day = line.day
        return sorted(self._parts, key=lambda part: abs((part.charge.day - day).days) if part.charge.day else 0)

    def _bill(
        self, line: Line, parts: Sequence[Part], reason: Reason, note: str = "", *, billed: Decimal | None = None
    ) -> Piece:
        """The piece of a line that bills these parts: they are closed."""
        charge = parts[0].charge
        for part in parts:
            self._parts.remove(part)
            self._billed += [(line, charge, kind) for kind in part.kinds]
        amount = line.amount if billed is None else billed
        if reason in {Reason.AGREES, Reason.ONE_LINE} and amount != sum_of(parts):
            note = f"to the cent: {format_money(sum_of(parts))} here"
        return Piece(reason, self.number, amount, sum_of(parts), line, charge, note)

    # 3: lines beyond the charges ---------------------------------------------------------------------------------------

    def _tax_lines(self, line: Line) -> list[Piece]:
        if line.kind is not Kind.TAX:
            return []
        rate = self.tax.rate
        right = self.tax.given and rate is not None and same(line.amount, self._net * rate)
        reason = Reason.TOLD_TAX if right else Reason.TAX
        return [Piece(reason, self.number, line.amount, ZERO, line, None, "a line of its own")]

    def _again(self, line: Line) -> list[Piece]:
        """A line that repeats one which has billed a charge, or that is a credit."""
        if line.amount < 0:
            return [Piece(Reason.CREDIT, self.number, line.amount, ZERO, line, self._any_charge())]
        for other, charge, kind in self._billed:
            if other.amount != line.amount or (line.kind is not other.kind and Kind.ANY not in {line.kind, other.kind}):
                continue
            if (kind is Kind.MONTHLY or charge.monthly is None) and self._fees.is_later(line, charge, other):
                continue
            return [self._twice(line, charge, other)]
        return []

    def _twice(self, line: Line, charge: Charge, other: Line) -> Piece:
        where = f"as in row {other.row}"
        if other.file != line.file or other.document != line.document:
            where = f"as in {other.document or f'file {other.file + 1}'}, row {other.row}"
        return Piece(Reason.TWICE, self.number, line.amount, ZERO, line, charge, where)

    def _later(self, line: Line) -> list[Piece]:
        """The monthly fee of a number that was bought before: expected, where it is the fee that is known."""
        charge = self._bought_before(line)
        if charge is None or line.kind is Kind.SETUP or not line.amount:
            return []
        if charge.released is not None and self._fees.is_after(line, charge.released):
            note = f"given back on {charge.released}, run {charge.run}"
            return [Piece(Reason.RELEASED, self.number, line.amount, ZERO, line, charge, note)]
        note = f"bought on {charge.day}, run {charge.run}"
        monthly = charge.monthly
        if monthly is None:
            words = f"{note}: its monthly fee is not known"
            return [Piece(Reason.NO_PRICE, self.number, line.amount, ZERO, line, charge, words)]
        if _is_first(line, charge):
            return []
        if (other := self._fees.taken(line, charge)) is not None:
            return [self._twice(line, charge, other)] if other.amount == line.amount else []
        self._fees.take(line, charge)
        return self._fee(line, charge, monthly, note)

    def _fee(self, line: Line, charge: Charge, monthly: Decimal, note: str) -> list[Piece]:
        """A line that bills a later month, held against the fee that is known."""
        if same(line.amount, monthly):
            return [Piece(Reason.RECURRING, self.number, line.amount, ZERO, line, charge, note)]
        fee = Piece(Reason.RECURRING, self.number, monthly, ZERO, line, charge, note)
        if self.tax.rate is not None and same(line.amount, taxed(monthly, self.tax.rate)):
            return [fee, Piece(self.tax.reason, self.number, line.amount - monthly, ZERO, line, charge)]
        words = f"{format_money(monthly)} a month is known, {format_money(line.amount)} is billed"
        return [fee, Piece(Reason.PRICE, self.number, line.amount - monthly, ZERO, line, charge, words)]

    def _bought_before(self, line: Line) -> Charge | None:
        """The charge whose later month the line may bill."""
        for charge in reversed(self.charges):
            billed = next((one for one, of, kind in self._billed if of is charge and kind is Kind.MONTHLY), None)
            if billed is not None and self._fees.is_later(line, charge, billed):
                return charge
        first = self.period.first or line.day
        earlier = [one for one in self.before if one.day is not None and first is not None and one.day < first]
        return earlier[-1] if earlier else None

    # 4 and 5: what is left ---------------------------------------------------------------------------------------------

    def _nearest(self, line: Line) -> list[Piece]:
        if again := self._again(line):
            return again
        candidates = list(self._candidates(line))
        if not candidates or (not line.amount and self._left > 1):
            return []
        parts = (
            min(candidates, key=lambda some: abs(sum_of(some) - line.amount))
            if line.kind is Kind.ANY
            else candidates[0]
        )
        note = f"{format_money(sum_of(parts))} here, {format_money(line.amount)} billed"
        [first, *others] = parts
        if not others and len(first.kinds) > 1 and line.amount < first.amount and self._left > 1:
            # Set-up and month are one amount here, and two lines there: what is left of it is the other line's.
            first.amount -= line.amount
            return [Piece(Reason.PRICE, self.number, line.amount, line.amount, line, first.charge, note)]
        return [self._bill(line, parts, Reason.PRICE, note)]

    def _rest(self) -> None:
        for line in self.lines:
            reason, charge, note = self._left_over(line)
            self.pieces.append(Piece(reason, self.number, line.amount, ZERO, line, charge, note))
        for charge in dict.fromkeys(part.charge for part in self._parts):
            parts = [part for part in self._parts if part.charge is charge]
            alone = len(parts) == 1 and len(parts[0].kinds) == 1
            words = f"its {_NAMES[parts[0].kinds[0]]} alone" if alone and charge.setup else ""
            self.pieces.append(Piece(Reason.NOT_BILLED, self.number, ZERO, sum_of(parts), None, charge, words))
        named = {id(piece.charge) for piece in self.pieces}
        for charge in self.charges:
            if charge.amount is None and id(charge) not in named:
                words = "no price is known here"
                self.pieces.append(Piece(Reason.NOT_BILLED, self.number, ZERO, ZERO, None, charge, words))

    def _left_over(self, line: Line) -> tuple[Reason, Charge | None, str]:
        unpriced = next((one for one in self.charges if one.amount is None), None)
        if unpriced is not None:
            return Reason.NO_PRICE, unpriced, f"bought on {unpriced.day}, run {unpriced.run}"
        if not line.amount:
            return Reason.AGREES, self._any_charge(), ""
        charge = self._any_charge()
        if charge is None or self.charges or (self._fees.any and not _is_first(line, charge)):
            return Reason.EXTRA, charge, ""
        return Reason.OTHER_PERIOD, charge, f"bought on {charge.day}, run {charge.run}"

    def _any_charge(self) -> Charge | None:
        return next(iter((*self.charges, *reversed(self.before))), None)


_NAMES = {Kind.SETUP: "set-up", Kind.MONTHLY: "month"}


def _is_first(line: Line, charge: Charge) -> bool:
    """Whether the line is the first charge of a purchase, or its set-up, and no monthly fee."""
    setup, monthly = charge.setup, charge.monthly
    if setup is None or monthly is None or same(line.amount, monthly):
        return False
    return same(line.amount, setup) or same(line.amount, setup + monthly)


def _prorated_note(parts: Sequence[Part]) -> str:
    return f"bought on {parts[0].charge.day}"
