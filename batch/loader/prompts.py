"""What a sheet of orders tells whoever fills it in: headers with notes, drop-downs, warnings of what can't be meant.

A drop-down shows words alone: `SIP` is seen, stored and read. Its field takes the code too, in whatever case and however a sheet
shows both (`1`, `sip`, `1 SIP`, `SIP (1)`), so nothing that is typed is refused here: a cell that means nothing turns red.
"""

from __future__ import annotations

from typing import Any, Final

from batch.fields import Field, FieldTable, Group
from batch.loader import LoadOptions
from batch.loader.cells import column_letters
from batch.loader.formulas import LONGEST_FORMULA, none_but
from batch.loader.reference import OURS_MEANING, values_in_words

INK: Final = "#1F2933"
GROUPS: Final[dict[str, tuple[str, str]]] = {
    "": ("Number, and how many", INK),
    Group.ROUTING: (Group.ROUTING, "#0072B2"),
    Group.SMS: (Group.SMS, "#3D7A5A"),
    Group.FAX: (f"{Group.FAX} and {Group.VOICEMAIL.lower()}", "#6B7785"),
    Group.VOICEMAIL: (f"{Group.FAX} and {Group.VOICEMAIL.lower()}", "#6B7785"),
    Group.FEATURES: (Group.FEATURES, "#8A5A00"),
    Group.ACCOUNT: (Group.ACCOUNT, "#6B4C8A"),
}
"""What a group of columns is called in the legend, and the colour of its headers; our own columns are under ""."""
_WIDE = dict.fromkeys(("Number", "Description", "URI2", "URI3", "FaxEmail", "Vmemail"), 26)
WIDTHS: Final = {**_WIDE, "NumberTo": 18, "Alternative": 28, "URI": 32, "SMSURI": 30}
_NARROWEST = 11
_COUNTS = {"BlockSize": LoadOptions().max_block, "AnyOf": LoadOptions().max_block}
"""Our columns that hold counts, and what they come to at most."""
_WRITTEN = "0123456789 +-.()[]/\N{NO-BREAK SPACE}\N{EN DASH}"
"""The characters that numbers are usually written with."""
_LISTS = "Lists"
_LINE = 46
"""Characters in a line of a note."""


class Prompts:
    """Adds headers and prompts to the columns of one sheet, whose header is row 1 and whose orders end in row `last`."""

    def __init__(self, book: Any, sheet: Any, last: int) -> None:  # noqa: ANN401 - xlsxwriter has no types
        self._book = book
        self._sheet = sheet
        self._last = last
        self._lists: list[tuple[str, ...]] = []
        self._heads = {
            group: book.add_format(
                {
                    "bold": True,
                    "font_color": "#FFFFFF",
                    "bg_color": fill,
                    "font_size": 10,
                    "valign": "vcenter",
                    "indent": 1,
                }
            )
            for group, (_, fill) in GROUPS.items()
        }

    @property
    def head_style(self) -> Any:  # noqa: ANN401 - as above
        """How the header of a column looks that is no field of the provider's."""
        return self._heads[""]

    def head(self, place: int, name: str, table: FieldTable) -> None:
        """A column's header, with a note that shows what may stand below it."""
        if name in table.names:
            field = table[name]
            self._head(place, name, note_of(field, table), self._heads[field.group])
        else:
            meaning, shown = OURS_MEANING[name]
            self._head(place, name, f"{meaning}.\nFor example: {shown}", self._heads[""])

    def _head(self, place: int, name: str, note: str, style: Any) -> None:  # noqa: ANN401 - as above
        self._sheet.write_string(0, place, name, style)
        lines = sum(1 + len(line) // _LINE for line in note.split("\n"))
        shape = {"width": 300, "height": 17 * lines + 14, "font_size": 9, "color": "#FFFBE6", "author": "numbatch"}
        self._sheet.write_comment(0, place, note, shape)

    def ask(self, place: int, name: str, table: FieldTable) -> None:
        """What is offered and asked for in the cells of a column, and what is warned of; no entry is refused."""
        rule = self._rule(place, name, table)
        if rule:
            self._sheet.data_validation(1, place, self._last - 1, place, rule)

    def drop_down(self, place: int, field: Field) -> None:
        """Offer a coded field's words."""
        self._sheet.data_validation(1, place, self._last - 1, place, self._words(field))

    def _rule(self, place: int, name: str, table: FieldTable) -> dict[str, Any]:
        cell = f"${column_letters(place)}2"
        if name in {"Number", "NumberTo"}:
            words = (
                "Text, in digits with the country code: 12025550123. A spreadsheet spoils numbers that are not text."
            )
            written = f"AND(ISTEXT({cell}),{none_but(cell, _WRITTEN)})"
            return {"validate": "custom", "value": f"={written}", **_warning(name, words)}
        if name == "Country":
            words = "Two letters, such as US, GB or FR."
            return {"validate": "custom", "value": f"=LEN(TRIM({cell}))=2", **_warning(name, words)}
        if name == "Price":
            words = "An amount without a sign of currency, such as 4.50."
            return {"validate": "decimal", "criteria": ">=", "value": 0, **_warning(name, words)}
        if name in _COUNTS:
            return _whole(name, 1, _COUNTS[name])
        if name not in table.names:
            return {}
        field = table[name]
        if field.words:
            return self._words(field)
        return _whole(name, *field.whole) if field.whole else {}

    def _words(self, field: Field) -> dict[str, Any]:
        message = f"{field.meaning}.\n{in_words(field)}"
        return {
            "validate": "list",
            "source": self._source(field.choices),
            "input_title": field.name[:32],
            "input_message": message if len(message) <= _MESSAGE else f"{message[: _MESSAGE - 1]}…",
            # A code or a fill-in is right too, and a list would refuse a word for its case.
            "show_error": False,
        }

    def _source(self, choices: tuple[str, ...]) -> list[str] | str:
        """The list itself; or where it stands, if it is too long for a cell's rule, or has what would part or end it."""
        if len(",".join(choices)) <= LONGEST_FORMULA and not any("," in one or '"' in one for one in choices):
            return list(choices)
        if choices not in self._lists:
            self._lists.append(choices)
        letters = column_letters(self._lists.index(choices))
        return f"={_LISTS}!${letters}$1:${letters}${len(choices)}"

    def add_lists(self) -> None:
        """The hidden sheet of the lists that stand in no cell's rule, if there are any; the last thing to do."""
        if not self._lists:
            return
        sheet = self._book.add_worksheet(_LISTS)
        for place, choices in enumerate(self._lists):
            for line, word in enumerate(choices):
                sheet.write_string(line, place, word)
        sheet.hide()


_MESSAGE = 255
"""Characters of a message, at most."""


def _warning(name: str, message: str) -> dict[str, Any]:
    return {"error_type": "warning", "error_title": name, "error_message": message, "ignore_blank": True}


def _whole(name: str, least: int, most: int) -> dict[str, Any]:
    words = f"A whole number from {least} to {most}."
    between = {"validate": "integer", "criteria": "between", "minimum": least, "maximum": most}
    return {**between, **_warning(name[:32], words)}


def is_count(name: str, table: FieldTable) -> bool:
    """Whether a column holds whole numbers that count something; all else but prices is text."""
    return name in _COUNTS or (name in table.names and table[name].whole is not None)


def width_of(name: str) -> int:
    """How wide a column is, in characters."""
    return WIDTHS.get(name, max(_NARROWEST, len(name) + 4))


def in_words(field: Field) -> str:
    """The words that a coded field takes, each with its code: SIP (1); dial, phone (2)."""
    by_code: dict[str, list[str]] = {}
    for word, code in field.words.items():
        by_code.setdefault(code, []).append(word)
    told = [(code, [field.shown.get(code, words[0]), *words[1:]]) for code, words in sorted(by_code.items())]
    return "; ".join(f"{', '.join(words)} ({code})" for code, words in told)


def note_of(field: Field, table: FieldTable) -> str:
    """What the header's note says of a field."""
    lines = [f"{field.meaning}."]
    if field.words:
        lines.append(f"Takes {in_words(field)}.")
    elif values := values_in_words(field):
        lines.append(f"{values[0].upper()}{values[1:]}")
    if field.if_absent:
        lines.append(f"If blank: {field.if_absent}.")
    lines += [rule.summary for rule in table.rules if field.name in rule.names and not rule.warning]
    if field.retired:
        lines.append("The provider marks it as retired: it may have no effect.")
    return "\n".join(lines)
