"""The words of an audit's page and of a plan's, English then German; names in braces are filled in."""

from __future__ import annotations

from enum import Enum


class AuditLabel(Enum):
    """A label of an audit's Summary."""

    TITLE = ("Number audit", "Rufnummernabgleich")
    ASKED = ("Numbers asked about", "Abgefragte Nummern")
    ASKED_NOTE = ("one question each to the account", "je eine Frage an das Konto")
    AGREE = ("Agree", "Stimmen überein")
    AGREE_NOTE = ("in every field that was compared", "in jedem verglichenen Feld")
    DIFFER = ("Differ", "Weichen ab")
    DIFFER_NOTE = ("{count} rows on the sheet Differences", "{count} Zeilen auf dem Blatt Differences")
    NOT_TOLD = ("Not told", "Ohne Auskunft")
    UNTOLD_NOTE = ("neither agree nor differ", "weder gleich noch verschieden")
    FOUND = ("What was found", "Was gefunden wurde")
    AGREES = ("As the run says", "Wie der Lauf es sagt")
    DIFFERS = ("In the account, routed otherwise than asked for", "Im Konto, anders geroutet als bestellt")
    GONE = ("Said to be ours, and not in the account", "Angeblich unsere, aber nicht im Konto")
    HELD = ("In the account, and not said to be ours", "Im Konto, aber nicht als unsere geführt")
    UNTOLD = ("No usable answer", "Keine brauchbare Antwort")
    SEE = ("see the sheet Differences", "siehe Blatt Differences")
    NOT_ASKED = ("{count} rows never sent: not asked about", "{count} nie gesendete Zeilen: nicht abgefragt")
    FIELDS = ("Fields asked for", "Bestellte Felder")
    CALLED = ("The account calls it", "Im Konto heißt es")
    ASKED_FOR = ("Asked for", "Bestellt")
    COMPARED = ("Compared", "Verglichen")
    WAS_COMPARED = ("compared", "verglichen")
    PARTLY = ("not reported for {count}", "für {count} nicht gemeldet")
    RETIRED = ("retired: never compared", "abgekündigt: nie verglichen")
    UNREPORTED = ("not reported: never compared", "nicht gemeldet: nie verglichen")
    NONE_SHOWN = ("no number to compare", "keine Nummer zu vergleichen")
    NO_FIELDS = (
        "None: the numbers have the account's defaults.",
        "Keine: Die Nummern haben die Vorgaben des Kontos.",
    )
    NOTE = (
        (
            "Retired: the provider accepts these fields, and its own query marks them so. Not reported: the account query does not "
            "show them, so nobody can compare them from here. An absence counts only where a number that is surely ours shows. "
            "Nothing was bought, changed or recorded."
        ),
        (
            "Abgekündigt: Der Anbieter nimmt diese Felder an, und seine eigene Abfrage kennzeichnet sie so. Nicht gemeldet: Die "
            "Abfrage zeigt sie nicht, von hier aus kann sie niemand vergleichen. Ein Fehlen zählt nur, wo eine sicher eigene Nummer "
            "gezeigt wird. Nichts wurde gekauft, geändert oder aufgezeichnet."
        ),
    )


class PlanLabel(Enum):
    """A label of a plan's page."""

    TITLE = ("Purchase plan", "Kaufplan")
    REHEARSAL = ("Rehearsal: nothing will be bought", "Probelauf: Es wird nichts gekauft")
    GO = ("GO", "GO")
    GO_NOTE = ("nothing that is known now stops it", "nichts Bekanntes spricht dagegen")
    NO_GO = ("NO-GO", "NO-GO")
    NO_GO_ONE = ("one reason against it", "ein Grund dagegen")
    NO_GO_NOTE = ("{count} reasons against it", "{count} Gründe dagegen")

    COST = ("Cost now, at most", "Kosten jetzt, höchstens")
    COST_LEAST = ("Cost now, at least", "Kosten jetzt, mindestens")
    COST_LISTED = ("Cost now, as listed", "Kosten jetzt, laut Liste")
    COST_WORST = ("{currency}, at most {amount}", "{currency}, höchstens {amount}")
    COST_NOTE = ("{currency}, set-up and first month", "{currency}, Einrichtung und erster Monat")
    COST_UNKNOWN = ("{currency}, {count} without a price", "{currency}, {count} ohne Preis")
    MONTHLY = ("Monthly from now on", "Künftig monatlich")
    MONTHLY_NOTE = ("{currency} a month, for what is bought", "{currency} im Monat, für das Gekaufte")
    BALANCE = ("Balance before", "Guthaben vorher")
    BALANCE_AFTER = ("expected after: {amount} {currency}", "erwartet nachher: {amount} {currency}")
    BALANCE_AFTER_MOST = ("after: at most {amount} {currency}", "nachher: höchstens {amount} {currency}")
    BALANCE_UNKNOWN = ("was not told", "nicht mitgeteilt")
    TO_BUY = ("Numbers to buy", "Zu kaufende Nummern")
    TO_BUY_NOTE = ("of {count} numbers asked for", "von {count} bestellten Nummern")

    STOPS = ("What would stop it", "Was dagegen spricht")
    REMARKS = ("Worth knowing", "Wissenswertes")
    N_MORE = ("and {count} more", "und {count} weitere")
    MORE = ("and {count} more, on the sheet Details", "und {count} weitere, auf dem Blatt Details")

    ASKED = ("What is asked for", "Was bestellt ist")
    FILE_ROWS = ("Rows", "Zeilen")
    SHA = ("SHA-256", "SHA-256")
    NUMBERS = ("Numbers", "Nummern")
    BUY_NOW = ("To buy now", "Jetzt zu kaufen")
    LATER = ("Left for a later run", "Einem späteren Lauf überlassen")
    BEFORE = ("Bought by this run before", "Von diesem Lauf schon gekauft")
    OWNED = ("Already ours", "Schon in unserem Besitz")
    DOUBT = ("In doubt, asked about first", "Ungeklärt, wird zuerst abgefragt")
    REFUSED = ("Refused before, left alone", "Früher abgelehnt, nicht versucht")
    DUPLICATES = ("Duplicates", "Doppelte")
    INVALID = ("Invalid", "Ungültige")
    ALL = ("Numbers asked for", "Bestellte Nummern")
    OUT = ("Of those to buy: not in stock", "Davon nicht auf Lager")
    DIFFERS = ("Of those ours: routed otherwise", "Davon anders geroutet")

    MONEY_AND_TIME = ("Money and time", "Geld und Zeit")
    MAX_SPEND = ("Spending limit", "Ausgabengrenze")
    NO_LIMIT = ("none", "keine")
    SPENT = ("Spent by this run before", "Bisher in diesem Lauf")
    PRICES_OF = ("Prices looked up", "Preise abgefragt")
    NOT_LOOKED_UP = ("not looked up", "nicht abgefragt")
    AGE = ("{minutes} min before", "{minutes} min vorher")
    STARTS = ("Starts, at the earliest", "Beginn, frühestens")
    DURATION = ("Duration", "Dauer")
    RATE = ("Requests a second", "Anfragen je Sekunde")
    ENDS = ("Ends, if begun at once", "Ende, wenn gleich begonnen")
    UNTIL = ("Nothing is sent after", "Nichts wird gesendet nach")
    FITS = ("Fits until then", "Passt bis dahin")
    OF = ("{count} of {all}", "{count} von {all}")

    BY_COUNTRY = ("By country", "Nach Land")
    BY = ("By {group}", "Nach {group}")
    NOW = ("Cost now", "Jetzt")
    A_MONTH = ("A month", "Monatlich")
    NO_COUNTRY = ("(not known)", "(unbekannt)")
    NO_GROUP = ("(none)", "(ohne)")
    PRICES = ("By price", "Nach Preis")
    EACH_NOW = ("Each now", "Je Nummer jetzt")
    EACH_MONTH = ("Each a month", "Je Nummer im Monat")
    PRICE_FROM = ("Price from", "Preis aus")
    BY_ORDER = ("the order", "dem Auftrag")
    BY_CATALOGUE = ("the provider's list", "der Liste des Anbieters")
    BY_ASSUMED = ("assumed (--price)", "angenommen (--price)")
    UNKNOWN = ("not known", "nicht bekannt")

    NEXT = ("What happens next", "Wie es weitergeht")
    RUN_IT = ("When it is decided:", "Wenn entschieden ist:")
    AGAIN = (
        "Mend what stops it, then plan again: this page decides nothing while it says NO-GO.",
        "Erst beheben, was dagegen spricht, dann neu planen: Mit NO-GO entscheidet diese Seite nichts.",
    )
    PLAN_ID = ("plan {id}", "Plan {id}")
    EXPIRES = ("valid until {moment}, once", "gültig bis {moment}, einmal")

    SIGN = ("Signed", "Unterschriften")
    DECIDED = ("Decided by", "Entschieden von")
    CARRIED_OUT = ("Carried out by", "Ausgeführt von")
    NAME = ("Name", "Name")
    DATE = ("Date", "Datum")
    SIGNATURE = ("Signature", "Unterschrift")
