"""The sheet of problems: a row a problem, each with a link to its cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from batch.loader.annotating.markup import escaped, text_of_cell
from batch.loader.annotating.styles import ERROR, FILLS, WARNING, Styles
from batch.loader.reader.heads import PROBLEMS

HEAD_ROW: Final = 4
MOST: Final = 1_000_000
"""Problems that are listed at most: a sheet has 1,048,576 rows."""
MOST_LINKS: Final = 65_000
"""Links that Excel allows in a sheet, nearly."""
_LONGEST: Final = 32_000
_LINE_HEIGHT, _PADDING, _MOST_LINES = 13, 4, 20
"""In points."""
_COLUMNS: Final = tuple(zip(PROBLEMS, (10, 9, 18, 26, 52, 52, 24), strict=True))
_LAST: Final = "G"
_FONT: Final = '<{0}font>%s<{0}sz val="%s"/><{0}color rgb="%s"/><{0}name val="Calibri"/><{0}family val="2"/></{0}font>'
_FILL: Final = '<{0}fill><{0}patternFill patternType="solid"><{0}fgColor rgb="%s"/><{0}bgColor rgb="%s"/></{0}patternFill></{0}fill>'
_LINE: Final = (
    '<{0}border><{0}left/><{0}right/><{0}top/><{0}bottom style="hair"><{0}color rgb="FFCBD2D9"/></{0}bottom>'
    "<{0}diagonal/></{0}border>"
)
_XF: Final = (
    '<{0}xf numFmtId="%d" fontId="%d" fillId="%d" borderId="%d" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"'
    ' applyBorder="1" applyAlignment="1"><{0}alignment horizontal="left" vertical="%s"%s/></{0}xf>'
)
_INK, _GREY, _LINK = "FF1F2933", "FF7B8794", "FF0563C1"
_TEXT_FORMAT, _GENERAL = 49, 0


class Listed(NamedTuple):
    """A problem as the sheet shows it. `cell` is an address or empty, `row` 0 for the whole sheet."""

    level: str
    row: int
    cell: str
    column: str
    value: str
    problem: str
    remedy: str
    code: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What the sheet says: of the orders' sheet `sheet` in the file `file`; `remarks`: what else there is to say."""

    file: str
    sheet: str
    problems: Sequence[Listed]
    remarks: Sequence[str] = ()

    @property
    def last_row(self) -> int:
        """The last row with a problem, or the header's."""
        return HEAD_ROW + min(len(self.problems), MOST)

    @property
    def title(self) -> str:
        """How many there are."""
        errors = sum(one.level == ERROR for one in self.problems)
        counts = ((errors, ERROR), (len(self.problems) - errors, WARNING))
        said = ", ".join(f"{count:,} {word}{'s' if count > 1 else ''}" for count, word in counts if count)
        return said[:1].upper() + said[1:] if said else "No problems found"

    @property
    def advice(self) -> str:
        """What to do."""
        where = f"{f'Sheet {self.sheet} of ' if self.sheet else ''}{self.file}"
        todo = (
            "Click a cell to go there. Mend it, save, and check again." if self.problems else "Nothing is to be mended."
        )
        more = f" Listed are the first {MOST:,}." if len(self.problems) > MOST else ""
        return " ".join([f"{where}. {todo}{more}", *self.remarks])


@dataclass(frozen=True, slots=True)
class _Faces:
    title: int
    grey: int
    head: int
    text: int
    link: int
    levels: dict[str, int]


def sheet_xml(listing: Listing, styles: Styles, main: str) -> Iterator[bytes]:
    """The sheet's part, in pieces. `main`: the namespace of the workbook's sheets."""
    faces = _faces(styles)
    tab = FILLS[ERROR if any(one.level == ERROR for one in listing.problems) else WARNING, True]
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{width}.7109375" customWidth="1"/>'
        for place, (_, width) in enumerate(_COLUMNS, start=1)
    )
    yield (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{main}"><sheetPr><tabColor rgb="{tab}"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:{_LAST}{listing.last_row}"/><sheetViews><sheetView showGridLines="0" workbookViewId="0">'
        f'<pane ySplit="{HEAD_ROW}" topLeftCell="A{HEAD_ROW + 1}" activePane="bottomLeft" state="frozen"/>'
        f'<selection pane="bottomLeft" activeCell="A{HEAD_ROW + 1}" sqref="A{HEAD_ROW + 1}"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{widths}</cols><sheetData>'
    ).encode("ascii")
    yield _row(1, [_cell("A1", faces.title, listing.title)], height=26)
    yield _row(2, [_cell("A2", faces.grey, listing.advice)])
    heads = [_cell(f"{chr(65 + place)}{HEAD_ROW}", faces.head, name) for place, (name, _) in enumerate(_COLUMNS)]
    yield _row(HEAD_ROW, heads, height=20)
    for row, one in enumerate(listing.problems[:MOST], start=HEAD_ROW + 1):
        yield _problem(row, one, faces)
    yield f'</sheetData><autoFilter ref="A{HEAD_ROW}:{_LAST}{listing.last_row}"/>'.encode("ascii")
    yield from _links(listing)
    yield (
        '<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;L&amp;8Problems found by numbatch check&amp;R&amp;8page &amp;P of &amp;N</oddFooter></headerFooter>"
        f'<ignoredErrors><ignoredError sqref="A1:{_LAST}{listing.last_row}" numberStoredAsText="1"/></ignoredErrors>'
        "</worksheet>"
    ).encode("ascii")


def quoted(sheet: str) -> str:
    """A sheet's name as it stands in a reference."""
    return "'" + sheet.replace("'", "''") + "'"


def _links(listing: Listing) -> Iterator[bytes]:
    linked = [(row, one.cell) for row, one in enumerate(listing.problems[:MOST], start=HEAD_ROW + 1) if one.cell]
    if not linked:
        return
    target = escaped(quoted(listing.sheet))
    yield b"<hyperlinks>"
    for row, cell in linked[:MOST_LINKS]:
        address = cell.encode("ascii")
        yield b'<hyperlink ref="B%d" location="%b!%b" display="%b"/>' % (row, target, address, address)
    yield b"</hyperlinks>"


def _faces(styles: Styles) -> _Faces:
    line = styles.add("borders", _LINE)
    ink = styles.add("fonts", _FONT % ("", 10, _INK))
    dark = styles.add("fills", _FILL % (_INK, _INK))
    wrap = ' wrapText="1"'

    def face(font: int, fill: int = 0, more: str = wrap) -> int:
        return styles.add("cellXfs", _XF % (_TEXT_FORMAT, font, fill, line, "top", f' indent="1"{more}'))

    def heading(font: str, fill: int = 0, more: str = "") -> int:
        return styles.add("cellXfs", _XF % (_GENERAL, styles.add("fonts", font), fill, 0, "center", more))

    return _Faces(
        title=heading(_FONT % ("<{0}b/>", 16, _INK)),
        grey=heading(_FONT % ("", 10, _GREY)),
        head=heading(_FONT % ("<{0}b/>", 10, "FFFFFFFF"), dark, ' indent="1"'),
        text=face(ink),
        link=face(styles.add("fonts", _FONT % ("<{0}u/>", 10, _LINK)), more=""),
        levels={level: face(ink, styles.add("fills", _FILL % (fill, fill))) for level, fill in _PALE.items()},
    )


_PALE: Final = {ERROR: FILLS[ERROR, False], WARNING: FILLS[WARNING, False]}


def _problem(row: int, one: Listed, faces: _Faces) -> bytes:
    where = one.cell or (f"row {one.row}" if one.row else "")
    problem = one.problem[:1].upper() + one.problem[1:]
    texts = (one.level, where, one.column, one.value, problem, one.remedy, one.code)
    looks = (faces.levels[one.level], faces.link if one.cell else faces.text, *[faces.text] * 5)
    cells = [_cell(f"{chr(65 + place)}{row}", looks[place], text) for place, text in enumerate(texts)]
    # Not every program finds the height of wrapped text when it opens a file.
    lines = max(-(-len(text) // width) for text, (_, width) in zip(texts, _COLUMNS, strict=True))
    return _row(row, cells, height=_PADDING + _LINE_HEIGHT * min(_MOST_LINES, max(1, lines)))


def _row(number: int, cells: list[bytes], *, height: int = 0) -> bytes:
    more = b' ht="%d" customHeight="1"' % height if height else b""
    return b'<row r="%d"%b>' % (number, more) + b"".join(cells) + b"</row>"


def _cell(address: str, style: int, text: str) -> bytes:
    at = address.encode("ascii")
    if not text:
        return b'<c r="%b" s="%d"/>' % (at, style)
    shown = text_of_cell(text[:_LONGEST])
    return b'<c r="%b" s="%d" t="inlineStr"><is><t xml:space="preserve">%b</t></is></c>' % (at, style, shown)
