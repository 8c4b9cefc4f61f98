"""Whose a result workbook is, by its own word: its properties, and where a program dropped those, its page Summary.

How it was written is found here too (language, time zone, what charges are summed by, what the account is called), for none of
that is a fact of the run: the ledger's side is told in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from batch.ledger.records import Head, Run
from batch.loader.book import Book, BookSheet
from batch.loader.cells import Read
from batch.reconciler.labels import Label, Language, Words
from batch.reconciler.verifying.tables import Table, pages_of, table_of

_LANGUAGES: tuple[Language, ...] = ("en", "de")
_TEXT_ROWS = 200
_ZONE = re.compile(r"\(([^()]+)\)")
_CHARGES = (
    "Charge no",
    "Posting date (local)",
    "Number",
    "Charge",
    "Amount",
    "Currency",
    "Confirmed",
    "Account",
    "Run",
)
_RESULTS = ("Source row", "Number", "Status", "Charged", "Charged now", "At risk", "Currency", "Environment", "Account")


@dataclass(frozen=True)
class Origin:
    """What a workbook says of itself. `key` and `environment` are empty, `head` is None where it does not say so.

    `zone` is None where it names none; `account` what it calls the account, `group` the header that charges are summed by, each
    empty where it does not tell. `from_properties`: it carries the properties that the program gave it.
    """

    run: str
    key: str
    environment: str
    head: Head | None
    language: Language
    zone: ZoneInfo | None = None
    account: str = ""
    currency: str = ""
    group: str = ""
    from_properties: bool = True
    attempts: bool = False


def origin_of(book: Book) -> Origin | None:
    """What the workbook says of itself; None where it is no result workbook."""
    summary = summary_of(book)
    language = _language(summary)
    told = book.properties
    shape = _shape(book, summary)
    key = told.get("numbatch run key", "")
    if key:
        head = _head(told.get("numbatch ledger"), told.get("numbatch ledger entry"), told.get("numbatch ledger head"))
        return Origin(told.get("numbatch run", ""), key, told.get("numbatch environment", ""), head, language, **shape)
    said = _said_by(summary, Words(language)) if summary is not None else None
    if said is None:
        return None
    run, head = said
    return Origin(run, "", "", head, language, from_properties=False, **shape)


def summary_of(book: Book) -> BookSheet | None:
    """The page Summary, also under another name."""
    named = book.sheet("Summary")
    titles = {Words(language)(Label.TITLE) for language in _LANGUAGES}
    if named is not None:
        return named
    return next((one for one in book.sheets if titles & set(_texts(one))), None)


def group_of(run: Run, origin: Origin) -> str | None:
    """The header that charges are summed by, where it is a column of the orders; else None."""
    headers = {column.header for column in run.columns}
    return origin.group if origin.group in headers else None


def _texts(sheet: BookSheet) -> Iterator[str]:
    for column in sheet.columns:
        for cell in column[:_TEXT_ROWS]:
            if isinstance(cell, str) and cell:
                yield cell


def _language(summary: BookSheet | None) -> Language:
    if summary is not None:
        texts = set(_texts(summary))
        for language in _LANGUAGES:
            if Words(language)(Label.TITLE) in texts:
                return language
    return "en"


def _shape(book: Book, summary: BookSheet | None) -> dict[str, Any]:
    """How it was written, as far as it tells."""
    results, charges = table_of(pages_of(book, "Results"), _RESULTS), table_of(pages_of(book, "Charges"), _CHARGES)
    return {
        "zone": None if summary is None else _zone(summary),
        "account": _most(results, "Account"),
        "currency": _most(results, "Currency"),
        "group": _group(charges),
        "attempts": bool(pages_of(book, "Attempts")),
    }


def _most(table: Table | None, header: str) -> str:
    """What most cells under that header say."""
    column = None if table is None else table.named(header)
    if not column:
        return ""
    counted: dict[Read, int] = {}
    for cell in column:
        counted[cell] = counted.get(cell, 0) + 1
    most = max(counted, key=lambda cell: counted[cell])
    return most if isinstance(most, str) else ""


def _group(charges: Table | None) -> str:
    """The header between Account and Run on Charges; empty where they are not next to one of another name."""
    headers = [] if charges is None else charges.headers
    after = dict(pairwise(headers)).get("Account", "")
    return "" if after in _CHARGES else after


def _zone(summary: BookSheet) -> ZoneInfo | None:
    for text in _texts(summary):
        if "  ·  " in text and (found := _ZONE.search(text.split("  ·  ")[0])):
            try:
                return ZoneInfo(found[1])
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return None


def _said_by(summary: BookSheet, words: Words) -> tuple[str, Head | None] | None:
    run = _pattern(words, Label.RUN)
    ledger = _pattern(words, Label.LEDGER_FIGURES)
    name, head = "", None
    for text in _texts(summary):
        for part in text.split("  ·  "):
            if "  ·  " in text and (found := run.fullmatch(part)):
                name = name or found["name"]
        if found := ledger.fullmatch(text):
            head = _head(found["id"], re.sub(r"[.,]", "", found["entry"]), found["head"])
    return (name, head) if name else None


def _pattern(words: Words, label: Label) -> re.Pattern[str]:
    """What finds what was filled into a label."""
    whole: str = label.value[0 if words.language == "en" else 1]
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\S+?)", re.escape(whole)))


def _head(ledger: str | None, entry: str | None, digest: str | None) -> Head | None:
    if not ledger or not entry or not digest or not (entry.isascii() and entry.isdigit()):
        return None
    return Head(ledger, int(entry[:18]), digest)
