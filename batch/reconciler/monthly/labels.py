"""The words of a month's page, English then German; names in braces are filled in."""

from __future__ import annotations

from enum import Enum


class MonthLabel(Enum):
    """A label of a month's Summary."""

    TITLE = ("Number charges, {period}", "Rufnummernkosten, {period}")
    RUNS = ("runs in it: {count} of {all}", "Läufe darin: {count} von {all}")
    EMPTY = ("Nothing was bought in this period", "In diesem Zeitraum wurde nichts gekauft")
    ZONE = ("days as in {zone}", "Tage nach {zone}")

    PAID = ("Paid", "Bezahlt")
    WOULD_PAY = ("Would have been paid", "Wäre bezahlt worden")
    BOUGHT_NOTE = ("runs: {count}", "Läufe: {count}")
    RECURRING_NOTE = ("{currency}, of what was bought", "{currency}, für das Gekaufte")

    WHAT = ("What was paid", "Was bezahlt wurde")
    NUMBERS = ("Numbers", "Nummern")
    AMOUNT = ("Amount", "Betrag")
    SETUP = ("Set-up fees, confirmed", "Einrichtung, bestätigt")
    MONTHLY = ("Monthly fees, confirmed", "Monatsgebühren, bestätigt")
    MONTHLY_NOTE = ("the first month", "der erste Monat")
    ESTIMATED = ("Estimated, both in one", "Geschätzt, beides zusammen")
    ESTIMATED_NOTE = (
        "until a run reads the account's prices",
        "bis ein Lauf die Preise des Kontos liest",
    )
    TOTAL = ("Paid in the period", "Im Zeitraum bezahlt")
    UNPRICED_NOTE = ("{count} of unknown price not counted", "{count} mit unbekanntem Preis nicht gezählt")
    AT_RISK = ("At risk, in doubt", "Im Risiko, ungeklärt")
    AT_RISK_NOTE = ("`numbatch resolve` asks about them", "`numbatch resolve` fragt danach")
    RETURNED = ("Given back in the period", "Im Zeitraum zurückgegeben")
    RETURNED_NOTE = ("they keep their charges", "bleiben berechnet")

    BY_RUN = ("By run", "Nach Lauf")
    BY_GROUP = ("By {group}", "Nach {group}")
    FILE = ("Order file", "Auftragsdatei")
    MORE = ("{count} more, on the sheet {sheet}", "{count} weitere auf dem Blatt {sheet}")

    TRUST = ("Can it be trusted", "Ob es stimmt")
    CHARGES = ("Charges", "Posten")
    CHARGES_FIGURES = ("{count} charges {sum} = paid {total}", "{count} Posten {sum} = bezahlt {total}")
    RUN_FIGURES = ("sum of the runs {sum} = paid {total}", "Summe der Läufe {sum} = bezahlt {total}")
    GROUP_FIGURES = ("sum of the groups {sum} = paid {total}", "Summe der Gruppen {sum} = bezahlt {total}")
    UNDATED = ("No day known", "Ohne Tag")
    UNDATED_NOTE = ("{count} purchases of no known day: in no period", "{count} Käufe ohne Tag: in keinem Zeitraum")
    BOOK = ("For information", "Zur Information")
    BOOK_NOTE = (
        "{currency}: 1 {base} = {rate} {currency}{day}; each total converted by itself, to the cent, half to even",
        "{currency}: 1 {base} = {rate} {currency}{day}; jede Summe für sich umgerechnet, auf Cent, halbe zur geraden",
    )
    AS_OF = (", as of {day}", ", Stand {day}")
    LEDGER = ("Ledger", "Ledger")
    NOTE = (
        (
            "A charge belongs to the local day on which the provider was asked to sell. A purchase has two, set-up and the first "
            "month; later months are on the provider's invoice alone, which `numbatch match` compares."
        ),
        (
            "Ein Posten gehört zum örtlichen Tag, an dem beim Anbieter gekauft wurde. Ein Kauf hat zwei: Einrichtung und erster "
            "Monat; spätere Monate stehen nur auf der Rechnung, die `numbatch match` vergleicht."
        ),
    )
