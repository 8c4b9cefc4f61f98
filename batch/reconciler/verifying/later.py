"""Which differences the ledger's later entries explain, and which nothing does.

What the ledger said of a row as a whole when the workbook was written is not kept: what money hangs on is, in the chain. So a
row whose number was met again since may differ in what can change, as long as it says of money what the chain says up to the
workbook's own entry. A row that was not met again may differ only in why it was not sent, where its run went on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from batch.ledger.evidence import Since, Standing
from batch.ledger.records import RunRow, Status
from batch.money import ZERO
from batch.reconciler.labels import Label, Words
from batch.reconciler.results import Charged, Judge
from batch.reconciler.verifying.findings import Difference, Kind
from batch.reconciler.verifying.likeness import shown
from batch.reconciler.verifying.tables import Table

_CAN_CHANGE = frozenset(
    {
        "Status",
        "Return code",
        "Reason",
        "What to do",
        "Charged",
        "Charged now",
        "At risk",
        "Setup fee",
        "Monthly fee",
        "Price from",
        "Routing",
        "Bought in",
        "Attempts",
        "Requested at (UTC)",
        "Confirmed at (UTC)",
        "Confirmed by",
    }
)
"""Columns of Results that what happens later can change."""

_NEVER_SENT = frozenset({Status.INVALID, Status.DUPLICATE})
_FIRST, _SECOND = "-1", "-2"
"""How the numbers of a row's charges end."""

_NEVER = frozenset({"Source file", "Source sheet", "Source row", "Environment", "Account", "Currency"})
"""Columns that nothing changes, not even another number in the row."""

_MONEY = frozenset({"Charged", "Charged now", "At risk", "Setup fee", "Monthly fee", "Price from", "Attempts"})
_ASSUMED = frozenset({"assumed", "unknown"})
_CHARGED = frozenset({Status.PURCHASED, Status.RELEASED})
_NOT_IN_CHAIN = frozenset({Status.OWNED, Status.NOT_SENT})
"""Statuses between which a row may change without an entry about its number: it was not asked, or not reached."""
_UNCHARGED = frozenset({Status.OWNED, Status.REFUSED, Status.DEFERRED, Status.NOT_SENT})
_FIXED = frozenset(word for label in (Label.TITLE, Label.ORDER_SHEET, Label.LEDGER) for word in label.value)
"""Labels on Summary of what never changes. The line of who and what stands under the title."""
_REHEARSAL = frozenset(Label.REHEARSAL.value)


class Before(NamedTuple):
    """What a row may have said before: that it was `charged`, or was `at_risk`, before the account told (None is blank).

    `tried` are the numbers that stood in it before its own, which is an alternative then.
    """

    charged: Collection[Decimal | None]
    at_risk: Collection[Decimal | None]
    tried: Collection[str] = ()


_NOTHING = (ZERO,)
_NOT_KNOWN = Before((), ())


def before_of(rows: Iterable[RunRow], judge: Judge, numbers: Collection[str]) -> dict[str, Before]:
    """What those of `rows` may have said before whose number is among `numbers`."""
    found = {}
    for row in rows:
        if row.number in numbers:
            priceless = replace(row, setup=None, monthly=None, giving_back=False)
            bought = judge.result(replace(priceless, status=Status.PURCHASED))
            doubt = judge.result(replace(priceless, status=Status.DOUBT))
            # The price setting is the last invocation's, and it may have been another one's then.
            free = bought.price_from in _ASSUMED
            more = {*judge.ever_assumed, None} if free else set()
            tried = {number for number, _ in row.instead_of}
            found[row.number] = Before({bought.charged_now, *more}, {doubt.at_risk, *more}, tried)
    return found


class Later:
    """Judges differences by what came `since`. `file` and `ledger` are the tables of each, by name; `before` as `before_of` tells."""

    def __init__(
        self, since: Since, file: Mapping[str, Table], ledger: Mapping[str, Table], before: Mapping[str, Before]
    ) -> None:
        self._since = since
        self._before = before
        self._went_on = since.of_run or bool(before)
        self._file, self._ledger = file.get("Results"), ledger["Results"]
        self._sums = None if self._file is None else _sums(self._file)
        self._counts_tie = _counts_tie(self._file, file.get("By code"))
        self._swapped: set[str] = set()

    def judged(self, differences: Iterable[Difference]) -> list[Difference]:
        """The differences, those that are explained marked so."""
        found = list(differences)
        self._swapped = {one.number for one in found if self._is_swap(one)}
        return [replace(one, later=True) if self._explains(one) else one for one in found]

    def _is_swap(self, one: Difference) -> bool:
        """Whether the row's number is an alternative that was bought, or tried, since."""
        tried = self._before.get(one.number, _NOT_KNOWN).tried
        return one.kind is Kind.VALUE and one.column == "Number" and one.says.removeprefix("+") in tried

    def _explains(self, one: Difference) -> bool:
        if one.kind not in {Kind.VALUE, Kind.ROW_MISSING, Kind.ROW_ADDED} or not self._went_on:
            return False
        met = one.number in self._since.numbers
        match one.sheet:
            case "Results":
                return one.kind is Kind.VALUE and self._explains_result(one)
            case "Charges":
                return met and self._explains_charge(one, self._since.numbers[one.number])
            case "Failures":
                ours = one.kind is not Kind.VALUE or one.column.startswith("numbatch: ")
                return one.number in self._swapped or (ours and (met or self._since.of_run))
            case "Attempts":
                return met and one.kind is not Kind.ROW_ADDED
            case "By code":
                return self._counts_tie
            case "Summary":
                return self._explains_summary(one)
            case _:
                return False

    # Results ---------------------------------------------------------------------------------------------------------

    def _explains_result(self, one: Difference) -> bool:
        if one.number in self._swapped:
            return one.column not in _NEVER
        then, now = self._statuses(one)
        if one.column not in _CAN_CHANGE or now in _NEVER_SENT:
            return False
        if one.number in self._since.numbers:
            return self._agrees(one, self._since.numbers[one.number], then)
        if not self._since.of_run:
            return False
        if one.column in _MONEY:
            # An estimate by the price setting follows the setting of the run's last invocation.
            price_from = self._said(self._ledger, "Price from", one, 1)
            return one.column in {"Charged now", "At risk", "Price from"} and price_from in _ASSUMED
        return {then, now} <= _NOT_IN_CHAIN

    def _statuses(self, one: Difference) -> tuple[str, str]:
        """What the row's status is in the file and in the ledger."""
        file = "" if self._file is None else self._said(self._file, "Status", one, 0)
        return file, self._said(self._ledger, "Status", one, 1)

    @staticmethod
    def _said(table: Table, header: str, one: Difference, which: int) -> str:
        column = table.named(header)
        return "" if column is None or one.pair is None else shown(column[one.pair[which]])

    def _agrees(self, one: Difference, standing: Standing, then: str) -> bool:
        """Whether the file, in a row of the status `then`, says of money what the chain says up to the workbook's entry."""
        charged, in_doubt = standing.status in _CHARGED, standing.status is Status.DOUBT
        before = self._before.get(one.number, _NOT_KNOWN)
        match one.column:
            case "Status":
                return one.says == standing.status if charged or in_doubt else one.says in _UNCHARGED
            case "Charged":
                return one.says == (Charged.YES if charged else Charged.UNKNOWN if in_doubt else Charged.NO)
            case "Return code":
                return then != Status.REFUSED or _amount(one.says) == standing.code
            case "Setup fee" | "Monthly fee":
                return _amount(one.says) == (standing.setup if one.column == "Setup fee" else standing.monthly)
            case "Charged now" if charged and standing.setup is not None and standing.monthly is not None:
                return _amount(one.says) == standing.setup + standing.monthly
            case "Charged now":
                return _amount(one.says) in (before.charged if charged else _NOTHING)
            case "At risk":
                return _amount(one.says) in (before.at_risk if in_doubt else _NOTHING)
            case "Attempts":
                return _amount(one.says) == standing.attempts
            case _:
                return True

    def _explains_charge(self, one: Difference, standing: Standing) -> bool:
        charged, estimated = standing.status in _CHARGED, standing.setup is None
        if one.kind is Kind.ROW_MISSING:
            # An estimate is one charge; it becomes two when the account tells.
            return not charged or (estimated and one.ledger.split(" | ")[0].endswith(_SECOND))
        if not charged or one.kind is Kind.ROW_ADDED:
            return False
        match one.column:
            case "Charge no":
                becomes = f"{one.says.removesuffix(_FIRST)}{_SECOND}"
                return estimated and one.says.endswith(_FIRST) and one.ledger == becomes
            case "Amount":
                guessed = self._before.get(one.number, _NOT_KNOWN).charged
                return _amount(one.says) in (guessed if estimated else {standing.setup, standing.monthly})
            case "Confirmed":
                return one.says == ("estimated" if estimated else "confirmed")
            case "Charge":
                return estimated
            case _:
                return False

    # Summary ---------------------------------------------------------------------------------------------------------

    def _explains_summary(self, one: Difference) -> bool:
        """Its figures must be those of the file's own rows, as far as they can be counted there."""
        if one.column in _FIXED or _REHEARSAL & {one.says, one.ledger} or "SHA-256" in one.says + one.ledger:
            return False
        if self._sums is None or one.kind is not Kind.VALUE:
            return True
        figure = self._sums.get((one.column, one.cell[:1]), self._sums.get((one.column, "")))
        return figure is None or _amount(one.says) in {None, figure}


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _counts_tie(results: Table | None, by_code: Table | None) -> bool:
    """Whether the file's By code counts as many rows as its Results have that it is about."""
    if results is None or by_code is None:
        return True
    statuses, routing = results.named("Status") or [], results.named("Routing") or []
    about = sum(
        status != Status.PURCHASED and (status != Status.OWNED or differs != "")
        for status, differs in zip(statuses, routing, strict=False)
    )
    return sum((_amount(shown(cell)) or ZERO for cell in by_code.named("Count") or []), ZERO) == about


def _sums(results: Table) -> dict[tuple[str, str], Decimal]:
    """What the file's own rows come to, by the label on Summary and the column that it stands in ("" for any)."""
    statuses = [shown(cell) for cell in results.named("Status") or []]
    spent = [_amount(shown(cell)) or ZERO for cell in results.named("Charged now") or []]
    risk = sum((_amount(shown(cell)) or ZERO for cell in results.named("At risk") or []), ZERO)
    paid = sum(spent, ZERO)
    found: dict[tuple[str, str], Decimal] = {}
    for words in (Words("en"), Words("de")):
        for status in Status:
            found[words.status(status), "E"] = Decimal(statuses.count(status))
            found[words.status(status), "H"] = sum(
                (amount for amount, one in zip(spent, statuses, strict=False) if one == status), ZERO
            )
        found[words(Label.ROWS_IN), "E"] = Decimal(len(statuses))
        found[words(Label.ROWS_IN), "H"] = paid
        for label, figure in (
            (Label.PAID, paid),
            (Label.WOULD_PAY, paid),
            (Label.AT_RISK, risk),
            (Label.BOUGHT, Decimal(statuses.count(Status.PURCHASED))),
            (Label.WOULD_BUY, Decimal(statuses.count(Status.PURCHASED))),
        ):
            found[words(label), ""] = figure
    return found
