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
