"""The words of the designed pages, English and German: here those of a run's results, in `page_labels` those of other pages.

Names of sheets, columns and statuses are the contract, for programs: they stay English, also in a German workbook.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Literal

from batch.codes import Actor
from batch.ledger.records import Status
from batch.money import format_money

Language = Literal["en", "de"]


class Label(Enum):
    """A label: its English, then its German words; names in braces are filled in."""

    TITLE = ("Number purchase report", "Bericht zum Rufnummernkauf")
    REHEARSAL = ("Rehearsal: nothing was bought", "Probelauf: Es wurde nichts gekauft")
    ACCOUNT = ("account {name}", "Konto {name}")
    RUN = ("run {name}", "Lauf {name}")
    BY = ("by {user} on {host}", "durch {user} auf {host}")
    FILES = ("{first} and {more} more", "{first} und {more} weitere")
    LIVE = ("live", "Echtbetrieb")
    REHEARSED = ("rehearsal", "Probelauf")
    HALTED = ("Halted: {reason}", "Angehalten: {reason}")
    UNFINISHED = ("Under way, or ended without a word", "Läuft noch, oder endete ohne Meldung")
    INVOCATIONS = ("{count} invocations", "{count} Aufrufe")

    PAID = ("Paid by this run", "Von diesem Lauf bezahlt")
    WOULD_PAY = ("Would have been paid", "Wäre bezahlt worden")
    PAID_NOTHING = ("{currency}, nothing was charged", "{currency}, nichts berechnet")
    PAID_UNKNOWN = ("{currency}, {count} of unknown price not counted", "{currency}, {count} unbekannte nicht gezählt")
    PAID_SIMULATED = ("{currency}, by the simulator's prices", "{currency}, nach Preisen des Simulators")
    PAID_CONFIRMED = ("{currency}, confirmed by the account", "{currency}, vom Konto bestätigt")
    PAID_ESTIMATED = ("{currency}, of it {amount} estimated", "{currency}, davon {amount} geschätzt")
    PAID_ALL_ESTIMATED = ("{currency}, estimated", "{currency}, geschätzt")
    AT_RISK = ("At risk, in doubt", "Im Risiko, ungeklärt")
    AT_RISK_NOTE = ("{currency}, numbers in doubt: {count}", "{currency}, ungeklärte Nummern: {count}")
    AT_RISK_NONE = ("{currency}, nothing is in doubt", "{currency}, nichts ist ungeklärt")
    MONTHLY = ("Monthly from now on", "Künftig monatlich")
    MONTHLY_NOTE = ("{currency} a month", "{currency} im Monat")
    MONTHLY_UNKNOWN = ("{currency}, {count} not known", "{currency}, {count} nicht bekannt")
    BOUGHT = ("Numbers bought", "Gekaufte Nummern")
    WOULD_BUY = ("Would have been bought", "Wären gekauft worden")
    BOUGHT_NOTE = ("of {count} rows in", "von {count} Zeilen")
    UNKNOWN = ("not known", "nicht bekannt")

    HAPPENED = ("What happened", "Was geschehen ist")
    NUMBERS = ("Numbers", "Nummern")
    SHARE = ("Share", "Anteil")
    CHARGED_NOW = ("Charged now", "Berechnet")
    NOTE = ("Remarks", "Bemerkungen")
    ROWS_IN = ("Rows in", "Zeilen im Auftrag")
    EQUAL_ROWS = ("✓ equals the order: {count}", "✓ gleich dem Auftrag: {count}")
    OTHER_ROWS = ("✗ the order has {count}", "✗ der Auftrag hat {count}")
    KEEPS = ("keeps its charge", "bleibt berechnet")
    DIFFERS = ("{count} with other routing than ordered", "{count} anders geroutet als bestellt")
    PRESUMED = ("{count} presumed to be this run's", "{count} diesem Lauf nur zugerechnet")
    SEE_BELOW = ("see below", "siehe unten")
    AGAIN = ("tried again by the next run", "der nächste Lauf versucht es wieder")
    MAY_COST = ("{amount} at risk", "{amount} im Risiko")
    NEVER_SENT = ("never sent", "nie gesendet")

    NEEDS = ("What needs a person", "Was jemand tun muss")
    CODE = ("Return code", "Rückgabecode")
    TODO = ("What to do", "Was zu tun ist")
    NOTHING_NEEDED = ("Nothing: every number is bought.", "Nichts: Jede Nummer ist gekauft.")
    NOTHING_ORDERED = ("Nothing: the order had no rows.", "Nichts: Der Auftrag hatte keine Zeilen.")
    MORE_CAUSES = ("{count} more, on the sheet By code", "{count} weitere auf dem Blatt By code")

    TRUSTED = ("Can it be trusted", "Ob es stimmt")
    ROWS = ("Rows", "Zeilen")
    ROWS_FIGURES = ("sum of the statuses {sum} = rows in {rows}", "Summe der Status {sum} = Zeilen im Auftrag {rows}")
    MONEY = ("Money", "Geld")
    MONEY_FIGURES = (
        "{count} charges {sum} = Charged now {total} {currency}",
        "{count} Posten {sum} = Charged now {total} {currency}",
    )
    BALANCE = ("Balance", "Guthaben")
    BALANCE_FIGURES = (
        "opening {opening} − charges {charges} − other {other} = closing {closing}",
        "Anfang {opening} − Posten {charges} − anderes {other} = Ende {closing}",
    )
    NOT_MEASURED = ("not measured", "nicht gemessen")
    ORDER_SHEET = ("Order sheet", "Auftragsdatei")
    LEDGER = ("Ledger", "Ledger")
    LEDGER_FIGURES = ("{id}, entry {entry}, head {head}", "{id}, Eintrag {entry}, Kopf {head}")
    PROGRAM = ("Program", "Programm")
    PROGRAM_NOTE = (
        "{version}; `numbatch report {run}` writes this workbook again from the ledger",
        "{version}; `numbatch report {run}` schreibt diese Mappe neu aus dem Ledger",
    )
    MORE_FILES = ("{count} more", "{count} weitere")
    UNKNOWN_PRICES = ("Prices not known", "Preise nicht bekannt")
    UNKNOWN_PRICES_NOTE = (
        "{charged} bought, {doubt} in doubt: in no sum here",
        "{charged} gekauft, {doubt} ungeklärt: in keiner Summe enthalten",
    )
    ESTIMATES = ("Estimates", "Schätzungen")
    ESTIMATES_NOTE = (
        "{amount} {currency} by the order's or the assumed price, until a run reads the account's",
        "{amount} {currency} nach Auftrags- oder angenommenem Preis, bis ein Lauf die des Kontos liest",
    )
    PRESUMPTIONS = ("Presumed purchases", "Zugerechnete Käufe")
    PRESUMPTIONS_NOTE = (
        "{count}: held by the account, and no answer shows who bought them",
        "{count}: im Konto, und keine Antwort zeigt, wer sie gekauft hat",
    )
    TIES = ("✓ ties", "✓ stimmt")
    DOES_NOT_TIE = ("✗ does not tie", "✗ stimmt nicht")
    RECONCILED = ("✓ Reconciled", "✓ Reconciled")
    OTHER_ACTIVITY = ("• Other activity", "• Other activity")
    CHECK = ("✗ Check", "✗ Check")

    NOT_BOUGHT_CHART = ("Not bought, by reason", "Nicht gekauft, nach Grund")
    CHARGED_CHART = ("Charged, by {group} ({currency})", "Berechnet, nach {group} ({currency})")
    OTHERS = ("{count} others", "{count} andere")
    NO_GROUP = ("(none)", "(ohne)")

    PAGE = ("Page &P of &N", "Seite &P von &N")


_ACTORS = {
    Actor.NOBODY: ("Nobody", "Niemand"),
    Actor.OPERATOR: ("Operator: whoever runs the program", "Betrieb: wer das Programm bedient"),
    Actor.FINANCE: ("Finance", "Buchhaltung"),
    Actor.LEGAL: ("Legal: whoever holds the documents", "Recht: wer die Nachweise hat"),
    Actor.PROVIDER: ("The provider's support", "Kundendienst des Anbieters"),
    Actor.ITSELF: ("Nobody: the next run takes it up", "Niemand: der nächste Lauf übernimmt es"),
}

_STATUSES = {
    Status.PURCHASED: "gekauft",
    Status.OWNED: "schon im Besitz",
    Status.REFUSED: "abgelehnt",
    Status.DEFERRED: "zurückgestellt",
    Status.DOUBT: "ungeklärt",
    Status.NOT_SENT: "nicht gesendet",
    Status.INVALID: "ungültig",
    Status.DUPLICATE: "doppelt",
    Status.RELEASED: "zurückgegeben",
}

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Words:
    """The labels in one language, and how figures and moments are written in it."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._index = 0 if language == "en" else 1

    def __call__(self, label: Enum, **values: str) -> str:
        """The words of `label`, with `values` filled in. What is filled in may hold braces itself."""
        words: str = label.value[self._index]
        return words.format_map(values) if values else words

    def actor(self, actor: Actor) -> str:
        """Who acts."""
        return _ACTORS[actor][self._index]

    def status(self, status: Status) -> str:
        """The status, in German with the word that stands in the data."""
        return status.value if self.language == "en" else f"{_STATUSES[status]} ({status.value})"

    def count(self, number: int) -> str:
        """A number of things, thousands separated."""
        return self._separated(f"{number:,}")

    def money(self, amount: Decimal) -> str:
        """An amount, with two decimals or as many as it needs."""
        return self._separated(format_money(amount))

    def _separated(self, figure: str) -> str:
        return figure if self.language == "en" else figure.translate({ord(","): ".", ord("."): ","})

    def day(self, moment: datetime) -> str:
        """The day of `moment`, as it stands."""
        if self.language == "de":
            return f"{moment:%d.%m.%Y}"
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"

    def span(self, first: datetime, last: datetime | None) -> str:
        """From `first` to `last` (None: open), in one time zone; the day is told once where it is the same."""
        begun = f"{self.day(first)} {first:%H:%M}"
        if last is None:
            return f"{begun} –"
        if last.date() == first.date():
            return begun if f"{last:%H:%M}" == f"{first:%H:%M}" else f"{begun} – {last:%H:%M}"
        return f"{begun} – {self.day(last)} {last:%H:%M}"
