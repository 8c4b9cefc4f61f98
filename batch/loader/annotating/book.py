"""The workbook's own part: where the sheet of problems is entered, or found again from an earlier time."""

from __future__ import annotations

import re
from typing import Final

from batch.loader.annotating.listing import HEAD_ROW, quoted
from batch.loader.annotating.markup import Element, Markup, escaped
from batch.loader.annotating.parts import Parts, Relations

NAME: Final = "Problems"
_MARK: Final = "_numbatch_problems"
"""A name in the workbook that leads to our sheet, by which it is known again whoever saved the workbook since."""
_ORDER = ("fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups",
    "externalReferences", "definedNames")  # fmt: skip
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!")
_OWN_NAMES = {"_xlnm.Print_Titles", "_xlnm._FilterDatabase", "_xlnm.Print_Area"}


class Book:
    """The part that lists the sheets. Raises Refusal where it is no XML, or its relations lead nowhere."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._markup = Markup(parts.read(parts.book))
        self.relations = Relations(parts, parts.book)
        sheets = self._markup.root.child("sheets")
        self._sheets = sheets.children if sheets else []
        self._list = sheets
        names = self._markup.root.child("definedNames")
        self._names = names.children if names else []
        self.resaved = False
        """Whether LibreOffice has saved our marks since: it keeps a fill's first colour only."""
        self._old = self._marked_before()

    @property
    def main(self) -> str:
        """The namespace of the workbook."""
        key = "xmlns" + (f":{self._markup.prefix[:-1]}" if self._markup.prefix else "")
        return self._markup.root.attributes.get(key, "")

    @property
    def marked_before(self) -> bool:
        """Whether the workbook has a sheet of problems that we once wrote."""
        return self._old is not None

    def enter(self, last_row: int) -> tuple[str, str]:
        """Enter our sheet, behind all others or in the place of the one of an earlier time; its part and its name.

        `last_row`: its last row with a problem.
        """
        self._drop_names()
        if self._old is not None:
            part, name = self._part_of(self._old), self._old.attributes.get("name", NAME)
            place = self._sheets.index(self._old)
            self._markup.set(self._old, "state", None)
            # What its relations led to (a printer's settings, say) is nothing to the new one.
            self._parts.drop(Relations(self._parts, part).part)
        else:
            part, name, place = self._parts.free_name("xl/worksheets/sheet{}.xml"), self._free_name(), len(self._sheets)
            self._parts.declare(part, _SHEET_TYPE)
            self._list_sheet(name, self.relations.add("worksheet", part))
        self._add_names(name, place, last_row)
        if self._markup.root.child("bookViews") is None:
            # Which a sheet that is frozen wants to be seen in.
            p = self._markup.prefix
            self._markup.put_in_order(
                f"<{p}bookViews><{p}workbookView/></{p}bookViews>".encode("ascii"), _ORDER, "bookViews"
            )
        self._parts.write(self._parts.book, self._markup.result())
        return part, name

    def _marked_before(self) -> Element | None:
        for one in self._names:
            if one.attributes.get("name", "").casefold() == _MARK and (
                found := _REFERENCE.match(one.text.removeprefix("$"))
            ):
                name = (found[1] or "").replace("''", "'") or found[2]
                # Which is what it says of every name, and nobody else does.
                self.resaved = "vbProcedure" in one.attributes
                sheet = next((sheet for sheet in self._sheets if sheet.attributes.get("name") == name), None)
                if sheet is not None and self._part_of(sheet) in self._parts:
                    return sheet
        return None

    def _part_of(self, sheet: Element) -> str:
        identity = next((value for key, value in sheet.attributes.items() if key.endswith(":id")), "")
        relation = self.relations.by_id(identity)
        return self.relations.target(relation) if relation else ""

    def _free_name(self) -> str:
        taken = {one.attributes.get("name", "").casefold() for one in self._sheets}
        name, number = NAME, 1
        while name.casefold() in taken:
            number += 1
            name = f"{NAME} ({number})"
        return name

    def _list_sheet(self, name: str, identity: str) -> None:
        numbers = [one.attributes.get("sheetId", "") for one in self._sheets]
        number = max((int(one) for one in numbers if one.isdecimal()), default=0) + 1
        tag = f'<{self._markup.prefix}sheet xmlns:r="{self._parts.office}" name="'.encode("ascii") + escaped(name)
        sheet = tag + f'" sheetId="{number}" r:id="{identity}"/>'.encode("ascii")
        if self._list is not None:
            self._markup.append(self._list, sheet)

    def _drop_names(self) -> None:
        old = str(self._sheets.index(self._old)) if self._old is not None else ""
        for one in self._names:
            name = one.attributes.get("name", "")
            ours = old and one.attributes.get("localSheetId") == old and name in _OWN_NAMES
            if ours or name.casefold() == _MARK:
                self._markup.replace(one, b"")

    def _add_names(self, sheet: str, place: int, last_row: int) -> None:
        p = self._markup.prefix
        at = quoted(sheet)
        entries = (
            ("_xlnm._FilterDatabase", f' localSheetId="{place}" hidden="1"', f"{at}!$A${HEAD_ROW}:$G${last_row}"),
            ("_xlnm.Print_Titles", f' localSheetId="{place}"', f"{at}!${HEAD_ROW}:${HEAD_ROW}"),
            (_MARK, ' hidden="1"', f"{at}!$A$1"),
        )
        new = b"".join(
            f'<{p}definedName name="{name}"{more}>'.encode("ascii")
            + escaped(text)
            + f"</{p}definedName>".encode("ascii")
            for name, more, text in entries
        )
        names = self._markup.root.child("definedNames")
        if names is not None:
            self._markup.append(names, new)
        else:
            whole = f"<{p}definedNames>".encode("ascii") + new + f"</{p}definedNames>".encode("ascii")
            self._markup.put_in_order(whole, _ORDER, "definedNames")
