"""What a spreadsheet program is strict about in an .xlsx package: a program that repairs a file on opening it found one of these wrong."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

_WORKSHEET = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
    "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
    "extLst",
)  # fmt: skip
_BOOK = (
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups",
    "externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr",
    "smartTagTypes", "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip
_STYLES = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
    "extLst",
)  # fmt: skip
_CELL = re.compile(r"([A-Z]+)([0-9]+)")


def check_package(path: Path) -> None:
    """Raises AssertionError where the package breaks a rule."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert len({name.casefold() for name in names}) == len(names)
        assert archive.testzip() is None
        trees = {name: _tree(archive.read(name)) for name in names if name.endswith((".xml", ".rels", ".vml"))}
    _check_types(names, trees["[Content_Types].xml"])
    relations = {name: _relations(name, trees[name], names) for name in names if name.endswith(".rels")}
    book = next(target for kind, target in relations["_rels/.rels"].values() if kind == "officeDocument")
    sheets = _check_book(trees[book], relations[_rels(book)])
    styles = next((target for kind, target in relations[_rels(book)].values() if kind == "styles"), None)
    formats = _check_styles(trees[styles]) if styles else 0
    blocks: list[str] = []
    for sheet in sheets:
        _check_sheet(trees[sheet], formats)
        mine = relations.get(_rels(sheet), {})
        _check_comments(trees[sheet], mine, trees, blocks)
    # openpyxl claims the first block for every drawing, and nobody minds.
    later = [block for block in blocks if block != "1"]
    assert len(later) == len(set(later)), "a block of shapes' identities is claimed twice"


def _tree(part: bytes) -> ET.Element:
    return ET.fromstring(part)  # noqa: S314 - written by a test or by us


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _named(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (one for one in root.iter() if _local(one) == name)


def _rels(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _check_types(names: list[str], types: ET.Element) -> None:
    defaults = [one.get("Extension", "").lower() for one in _named(types, "Default")]
    overrides = [one.get("PartName", "").lstrip("/").casefold() for one in _named(types, "Override")]
    assert len(defaults) == len(set(defaults))
    assert len(overrides) == len(set(overrides))
    for name in names:
        if name != "[Content_Types].xml":
            assert name.casefold() in overrides or name.rpartition(".")[2].lower() in defaults, f"no type: {name}"
    for name in overrides:
        assert name in {one.casefold() for one in names}, f"a type for nothing: {name}"


def _relations(part: str, root: ET.Element, names: list[str]) -> dict[str, tuple[str, str]]:
    folder = posixpath.dirname(posixpath.dirname(part))
    found = {}
    for one in root:
        identity, target = one.get("Id", ""), one.get("Target", "")
        assert identity not in found, f"{part}: {identity} twice"
        path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        if one.get("TargetMode") != "External":
            assert path in names, f"{part} leads to {path}, which is not there"
        found[identity] = (one.get("Type", "").rpartition("/")[2], path)
    return found


def _in_order(root: ET.Element, order: tuple[str, ...]) -> None:
    places = [order.index(_local(one)) for one in root if _local(one) in order]
    assert places == sorted(places), [_local(one) for one in root]


def _check_book(root: ET.Element, relations: dict[str, tuple[str, str]]) -> list[str]:
    _in_order(root, _BOOK)
    sheets = list(_named(root, "sheet"))
    assert len({one.get("name", "").casefold() for one in sheets}) == len(sheets)
    assert len({one.get("sheetId") for one in sheets}) == len(sheets)
    assert all(0 < len(one.get("name", "")) <= 31 for one in sheets)
    names = [(one.get("name", "").casefold(), one.get("localSheetId")) for one in _named(root, "definedName")]
    assert len(names) == len(set(names))
    assert all(place is None or int(place) < len(sheets) for _, place in names)
    identities = [next(value for key, value in one.items() if key.endswith("}id")) for one in sheets]
    return [relations[one][1] for one in identities if relations[one][0] == "worksheet"]


def _check_styles(root: ET.Element) -> int:
    _in_order(root, _STYLES)
    counts = {}
    for items in root:
        counts[_local(items)] = len(items)
        if items.get("count") is not None:
            assert int(items.get("count", "")) == len(items), _local(items)
    formats = next(_named(root, "cellXfs"))
    for one in formats:
        for name, items in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
            assert int(one.get(name, "0")) < counts[items]
        if one.get("xfId") is not None and "cellStyleXfs" in counts:
            assert int(one.get("xfId", "0")) < counts["cellStyleXfs"]
    return counts["cellXfs"]


def _check_sheet(root: ET.Element, formats: int) -> None:
    _in_order(root, _WORKSHEET)
    names = [_local(one) for one in root]
    assert names.count("legacyDrawing") <= 1
    last_row = 0
    for row in _named(root, "row"):
        number = int(row.get("r", last_row + 1))
        assert number > last_row
        last_row, last = number, 0
        for cell in row:
            column = last + 1
            if found := _CELL.fullmatch(cell.get("r", "")):
                assert int(found[2]) == number
                column = _column(found[1])
            assert column > last, cell.get("r")
            last = column
            assert int(cell.get("s", "0")) < max(formats, 1)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _text(root: ET.Element, name: str) -> str:
    return next(_named(root, name)).text or ""


def _check_comments(
    sheet: ET.Element,
    relations: dict[str, tuple[str, str]],
    trees: dict[str, ET.Element],
    blocks: list[str],
) -> None:
    listed = [target for kind, target in relations.values() if kind == "comments"]
    assert len(listed) <= 1
    legacy = next(_named(sheet, "legacyDrawing"), None)
    shown: list[tuple[int, int]] = []
    if legacy is not None:
        drawing = relations[next(value for key, value in legacy.items() if key.endswith("}id"))][1]
        root = trees[drawing]
        shapes = list(_named(root, "shape"))
        # LibreOffice calls every shape shape_0, and nobody minds.
        identities = [one.get("id", "") for one in shapes if one.get("id", "").startswith("_x0000_s")]
        assert len(identities) == len(set(identities))
        claimed = [block for one in _named(root, "idmap") for block in one.get("data", "").split(",") if block]
        blocks += claimed
        for identity in identities:
            if number := re.fullmatch(r"_x0000_s([0-9]+)", identity):
                assert str(int(number[1]) // 1024) in claimed, f"{identity} is in no block that {drawing} claims"
        notes = [one for one in _named(root, "ClientData") if one.get("ObjectType") == "Note"]
        shown = [(int(_text(one, "Row")), int(_text(one, "Column"))) for one in notes]
    if not listed:
        return
    comments = trees[listed[0]]
    authors = list(_named(comments, "author"))
    cells = []
    for one in _named(comments, "comment"):
        assert int(one.get("authorId", "")) < len(authors)
        found = _CELL.fullmatch(one.get("ref", ""))
        assert found is not None
        cells.append((int(found[2]) - 1, _column(found[1]) - 1))
    assert len(cells) == len(set(cells)), "a cell has two comments"
    assert sorted(cells) == sorted(shown), "comments and their boxes differ"
