"""Routing: what a row's fields hold, defaults and fill-ins and words resolved, judged by the provider's table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from batch.fields import Complaint, Field, FieldTable
from batch.loader.cells import EXACT, LONGEST, Flaw, Read, as_text
from batch.loader.fillins import Fill, FillInError, compile_fill
from batch.loader.findings import masked
from batch.loader.header import Layout
from batch.loader.problems import CODES

_QUOTED = re.compile(r"'\s*(?:[+0-9{]|sips?:)", re.IGNORECASE)
_WHOLE = re.compile(r"([0-9]+)\.0{1,2}")


class Value(NamedTuple):
    """A field's value: as the user wrote it (fill-ins done), as it is sent, and what is wrong with it."""

    text: str
    sent: str
    complaint: Complaint | None = None
    fill: Fill | None = None
    """Where it has fill-ins, which are done for each number; text and sent are then as written."""
    unknown: bool = False
    """Nobody knows what stands there: a formula without value, an error value."""


BLANK = Value("", "")


def judge(field: Field, text: str) -> Value:
    """`text` as a value of `field`, in which no brace stands for anything any more."""
    if len(text) > LONGEST:
        words = f"a text of {len(text):,} characters; a cell of a workbook holds {LONGEST:,}"
        return Value(text, text, Complaint("text-too-long", words, "Shorten it."))
    if field.words:
        code = field.code_of(text)
        if code is None:
            return Value(text, text, _no_word(field, text))
        return Value(text, code, field.check(code) if field.check else None)
    complaint = field.check(text) if field.check else None
    if complaint is None or field.check is None or (whole := _WHOLE.fullmatch(text)) is None:
        return Value(text, text, complaint)
    # A count that a program wrote as 2.0 into a CSV; where 2.0 is right as it is, nobody has complained.
    again = field.check(whole[1])
    return Value(whole[1], whole[1], again) if again is None or again.warning else Value(text, text, complaint)


def _no_word(field: Field, text: str) -> Complaint:
    choices = ", ".join(f"{code} ({word})" for code, word in sorted(field.labels.items()))
    close = difflib.get_close_matches(text.casefold(), list(field.words), n=1, cutoff=0.7)
    problem = f"{field.name} takes certain values, and this is none of them"
    return Complaint("field-word", problem, f"{f'Did you mean {close[0]}? ' if close else ''}Write one of: {choices}.")


class Judge:
    """Judges cells and rows by a provider's table, with defaults for what is blank."""

    def __init__(
        self, table: FieldTable, layout: Layout, fillable: frozenset[int], defaults: Mapping[str, str]
    ) -> None:
        self._table = table
        self._by_name = {field.name: field for field in table.fields}
        self._layout = layout
        self._fillable = fillable
        self._defaults = {
            name: self.cell(self._by_name[name], text) for name, text in defaults.items() if name in self._by_name
        }

    def cell(self, field: Field, cell: Read) -> Value:
        """What a cell says for `field`."""
        if isinstance(cell, Flaw):
            return Value(cell.shown, "", Complaint(cell.code, cell.problem, CODES[cell.code].remedy), unknown=True)
        text = as_text(cell)
        if not text:
            return BLANK
        if type(cell) is float and abs(cell) >= EXACT:
            return Value(
                text, text, Complaint("value-lossy", "digits are lost: a spreadsheet has rounded it", _LOSSY_REMEDY)
            )
        if text[0] == "'" and (field.words or _QUOTED.match(text)):
            # What a spreadsheet hides before a text that could be a number, and a text file keeps.
            text = text[1:].lstrip()
        if "{" in text:
            try:
                filled = compile_fill(text, self._layout, self._fillable)
            except FillInError as error:
                return Value(text, text, Complaint("fill-in-unresolved", str(error), _FILL_REMEDY))
            if isinstance(filled, Fill):
                return Value(text, text, fill=filled)
            text = filled
        return judge(field, text)

    def default(self, name: str) -> Value:
        """The default of the field called `name`."""
        return self._defaults.get(name, BLANK)

    def cross(self, fields: Mapping[str, str]) -> list[tuple[str, Complaint, str]]:
        """What the rules over several fields complain of."""
        return [
            (name, complaint, fields.get(name, ""))
            for rule in self._table.rules
            for name, complaint in rule.check(fields)
        ]

    def filled(
        self,
        routed: Mapping[str, str],
        fills: Mapping[str, Fill],
        built_in: dict[str, str],
        cell: Callable[[int], str],
    ) -> tuple[dict[str, str], dict[str, str], list[tuple[str, Complaint, str]]]:
        """A row's fields for one number, the texts that were filled in, and what is wrong with them."""
        fields = dict(routed)
        texts: dict[str, str] = {}
        complaints: list[tuple[str, Complaint, str]] = []
        for name, fill in fills.items():
            try:
                value = judge(self._by_name[name], fill.resolve(built_in, cell).strip())
            except FillInError as error:
                complaints.append((name, Complaint("fill-in-unresolved", str(error), _FILL_REMEDY), routed[name]))
                continue
            fields[name], texts[name] = value.sent, value.text
            if value.complaint is not None:
                complaints.append((name, value.complaint, value.text))
        complaints.extend(self.cross(fields))
        return fields, texts, complaints

    def shown(self, name: str, value: str) -> str:
        """A value as a message may show it."""
        field = self._by_name.get(name)
        return masked(value) if field is not None and field.secret else value


_LOSSY_REMEDY = "Format the column as text and enter the value again, from its source."
_FILL_REMEDY = "Write {number}, {last4}, {row} or {a column's header}; write {{ for a brace itself."
