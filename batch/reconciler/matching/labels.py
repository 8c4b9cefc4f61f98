"""The words of a match's page, English then German; names in braces are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from batch.reconciler.matching.model import Outcome, Reason


class MatchLabel(Enum):
    """A label of a match's Summary."""

    TITLE = ("Invoice reconciliation", "Rechnungsabgleich")
    MORE_FILES = ("{first} and {more} more", "{first} und {more} weitere")
    PERIOD = ("Charges from {first} to {last} ({source})", "Belastungen von {first} bis {last} ({source})")
    ALL_CHARGES = ("All charges of the ledger ({source})", "Alle Belastungen des Ledgers ({source})")
    OPEN = ("–", "–")

    BILLED = ("Invoice", "Rechnung")
    BILLED_NOTE = ("{currency}, {count} lines", "{currency}, {count} Zeilen")
    BOUGHT = ("Ledger", "Ledger")
    BOUGHT_NOTE = ("{currency}, {count} purchases", "{currency}, {count} Käufe")
    DIFFERENCE = ("Difference", "Differenz")
    DIFFERENCE_NOTE = ("{currency}, {amount} of it explained", "{currency}, davon {amount} erklärt")
    UNEXPLAINED = ("Not explained", "Nicht erklärt")
    UNEXPLAINED_NOTE = ("{currency}, on {count} lines", "{currency}, in {count} Zeilen")

    FROM_TO = ("From the ledger to the invoice", "Vom Ledger zur Rechnung")
    LINES = ("Lines", "Zeilen")
    AMOUNT = ("Amount", "Betrag")
    LEDGER_TOTAL = ("Charges of the ledger", "Belastungen laut Ledger")
    LEDGER_NOTE = (
        "{count} purchases in the period, {outside} outside it",
        "{count} Käufe im Zeitraum, {outside} außerhalb",
    )
    ROUNDED = ("to the cent, of prices with more decimals", "auf Cent gerundete Preise")
    INVOICE_TOTAL = ("The invoice's lines", "Zeilen der Rechnung")
    EXPLAINED = ("explained {explained} · not explained {rest}", "erklärt {explained} · nicht erklärt {rest}")

    WHAT = ("What the lines are", "Was die Zeilen sind")
    BILLED_SUM = ("Billed", "Berechnet")
    BOUGHT_SUM = ("Bought", "Gekauft")
    ALL = ("All lines and charges", "Alle Zeilen und Belastungen")

    TRUST = ("Can it be trusted", "Kann man sich darauf verlassen")
    SUM = ("Ledger and reasons", "Ledger und Gründe")
    SUM_FIGURES = ("{ledger} {explained} {rest} = {billed}", "{ledger} {explained} {rest} = {billed}")
    TOTAL_ROW = ("Total in row {row}", "Summe in Zeile {row}")
    TOTAL_FIGURES = ("{name}: {amount}, its lines {lines}", "{name}: {amount}, ihre Zeilen {lines}")
    MORE_TOTALS = ("{count} more totals", "{count} weitere Summen")
    NO_TOTAL = ("no total on the invoice to compare with", "keine Summe auf der Rechnung zum Vergleich")
    TOTALS = ("Totals", "Summen")
    TIES = ("✓ agrees", "✓ stimmt")
    DIFFERS = ("✗ differs", "✗ weicht ab")
    TAX = ("Tax", "Steuer")
    TAX_GIVEN = ("{rate}, as given", "{rate}, wie angegeben")
    TAX_FOUND = ("{rate}, told by the amounts: check it", "{rate}, aus den Beträgen: bitte prüfen")
    COLUMNS = ("Columns", "Spalten")
    REMARK = ("Remark", "Hinweis")
    FILE = ("File", "Datei")
    NOTE = (
        (
            "The ledger knows the charges of a purchase: set-up and first month. Later months of a number that was bought are expected "
            "on an invoice, and compared with its monthly fee. Every cent of the difference stands under one reason above; the sheet "
            "Differences names each number, Lines each line."
        ),
        (
            "Das Ledger kennt die Belastungen eines Kaufs: Einrichtung und ersten Monat. Spätere Monate einer gekauften Nummer gehören "
            "auf die Rechnung und werden mit ihrer Monatsgebühr verglichen. Jeder Cent der Differenz steht oben unter einem Grund; "
            "Differences nennt jede Nummer, Lines jede Zeile."
        ),
    )


OUTCOMES: Mapping[Outcome, tuple[str, str]] = MappingProxyType(
    {
        Outcome.AGREES: ("Agree", "Stimmen überein"),
        Outcome.EXPECTED: (
            "Expected beyond the charges of the period",
            "Erwartet, über die Belastungen des Zeitraums hinaus",
        ),
        Outcome.DIFFERS: ("Bought, and billed otherwise", "Gekauft, anders berechnet"),
        Outcome.NOT_BOUGHT: ("Billed, and not bought", "Berechnet, nicht gekauft"),
        Outcome.NOT_BILLED: ("Bought, and not billed", "Gekauft, nicht berechnet"),
    }
)
REASONS: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        Reason.AGREES: ("Agree to the cent", "Stimmen auf den Cent"),
        Reason.ONE_LINE: ("Agree: set-up and month in one line", "Stimmen: Einrichtung und Monat in einer Zeile"),
        Reason.RECURRING: ("Monthly fees of numbers bought earlier", "Monatsgebühren früher gekaufter Nummern"),
        Reason.TOLD_TAX: ("Tax, at the rate given", "Steuer zum angegebenen Satz"),
        Reason.TAX: ("Tax, as the amounts tell", "Steuer, nach den Beträgen"),
        Reason.PRORATED: ("First month by its days", "Erster Monat tagesgenau"),
        Reason.TWICE: ("Billed twice", "Doppelt berechnet"),
        Reason.CREDIT: ("Credits", "Gutschriften"),
        Reason.NO_PRICE: ("Bought, and no price is known here", "Gekauft, hier ohne bekannten Preis"),
        Reason.EXTRA: ("Other charges of numbers bought", "Weitere Beträge gekaufter Nummern"),
        Reason.PRICE: ("Price differs", "Preis weicht ab"),
        Reason.NEVER: ("Numbers never seen here", "Hier nie gesehene Nummern"),
        Reason.REFUSED: ("Numbers that were refused", "Abgelehnte Nummern"),
        Reason.DOUBT: ("Numbers in doubt: perhaps bought", "Ungeklärte Nummern: vielleicht gekauft"),
        Reason.OWNED: ("Numbers owned already", "Schon früher eigene Nummern"),
        Reason.RELEASED: ("Numbers given back before", "Zuvor zurückgegebene Nummern"),
        Reason.NOT_SENT: ("Numbers ordered, and not bought", "Bestellte, nicht gekaufte Nummern"),
        Reason.OTHER_PERIOD: ("Numbers bought in another period", "In anderem Zeitraum gekaufte Nummern"),
        Reason.NO_NUMBER: ("Charges of no number", "Beträge ohne Nummer"),
        Reason.TAX_LINE: ("Tax on the invoice", "Steuer auf der Rechnung"),
        Reason.NOT_BILLED: ("Bought, and not billed", "Gekauft, nicht berechnet"),
    }
)
TODO: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.TAX: "Check the rate: `--tax RATE` takes it for granted.",
        Reason.PRORATED: "Look whether the contract says so.",
        Reason.TWICE: "Ask the provider to credit it.",
        Reason.CREDIT: "Look what it is for.",
        Reason.NO_PRICE: "Compare it with the contract; `numbatch run` again reads prices back.",
        Reason.EXTRA: "Ask the provider what it is for.",
        Reason.PRICE: "Ask the provider; compare with the contract.",
        Reason.NEVER: "Nothing here ordered it: ask who did, or dispute it.",
        Reason.REFUSED: "The provider refused to sell it: dispute it, or `numbatch audit`.",
        Reason.DOUBT: "It seems to be ours: `numbatch resolve`.",
        Reason.OWNED: "Not bought by a run: compare it with earlier invoices.",
        Reason.RELEASED: "It was given back: dispute it, or `numbatch audit`.",
        Reason.NOT_SENT: "No run bought it: ask who did, or dispute it.",
        Reason.OTHER_PERIOD: "Match it with the other period too.",
        Reason.NO_NUMBER: "Look what it is for.",
        Reason.TAX_LINE: "`--tax RATE` compares it with the lines.",
        Reason.NOT_BILLED: "Expect it on a later invoice, or `numbatch audit`.",
    }
)
"""What to do about it. English, for it is data."""
