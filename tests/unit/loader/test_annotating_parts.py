"""The parts of a marked package, one by one: bytes in, bytes out, however they come."""

from __future__ import annotations

import io
import json

import pytest

from batch.errors import OrdersError
from batch.loader import LoadOptions
from batch.loader.annotating.asking import annotate
from batch.loader.annotating.child import answer
from batch.loader.annotating.comments import comment, said
from batch.loader.annotating.frame import Columns, Tail
from batch.loader.annotating.grid import Grid
from batch.loader.annotating.markup import Markup, escaped, with_attribute
from batch.loader.annotating.notes import Drawing, Note
from batch.loader.annotating.styles import ERROR, FILLS, WARNING, Styles
from batch.loader.annotating.survey import survey
from batch.loader.reader.refusal import Refusal

HEAD = (
    '<?xml version="1.0"?><worksheet><!-- <sheetData> --><sheetFormatPr defaultColWidth="20.5"/><cols><col min="1" max="1"'
    ' width="x"/><col min="3" max="4" style="7" hidden="1"/><col min="x"/></cols><sheetData>'
)
TAIL = '</sheetData><mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="odd"/></mergeCells><drawing/></worksheet>\n'
ROWS = (
    '<row r="2"><c r="A2" s="3"><v>1</v></c><c r="C2"><v>2</v></c></row>'
    "<row/>"
    "<row r='6' s=\"9\" customFormat='1'/>"
    '<row r="7" spans="1:2" s="8"><c s="4"  r="B7"><f>1</f></c></row>'
)
ODD = (
    ROWS
    + "<!-- <row r='8'> --><row r=\"9\"><c><is><t><![CDATA[</row></sheetData>]]></t></is></c></row><?x <row r='10'?>"
)
MARKS = {
    1: {0: ERROR},
    2: {0: ERROR, 1: WARNING, 2: ERROR},
    6: {3: ERROR},
    7: {2: ERROR},
    9: {0: ERROR},
    12: {0: WARNING},
}


def edited(rows: str, size: int, *, cleaned: dict[int, int] | None = None) -> str:
    """The sheet with its marks, read in pieces of `size` bytes; a style is 10 times what it was, and 1 more for warnings."""
    sheet = f"{HEAD}{rows}{TAIL}".encode()

    def pieces():
        return (sheet[at : at + size] for at in range(0, len(sheet), size))

    frame = survey(pieces(), set(MARKS))
    grid = Grid(frame, MARKS, lambda style, level: style * 10 + (level == WARNING), cleaned or {}, Columns(frame).style)
    assert frame.head == HEAD.encode()
    return (b"".join(grid.pieces(pieces())) + Tail(frame).result(opened=False)).decode()


def test_rows_are_marked_where_they_are_and_made_where_they_are_not():
    assert edited(ROWS, 1 << 20) == (
        '<row r="1"><c r="A1" s="0"/></row>'
        '<row r="2"><c r="A2" s="30"><v>1</v></c><c r="B2" s="1"/><c r="C2" s="0"><v>2</v></c></row>'
        "<row/>"
        '<row r=\'6\' s="9" customFormat=\'1\'><c r="D6" s="90"/></row>'
        '<row r="7" s="8"><c s="4"  r="B7"><f>1</f></c><c r="C7" s="70"/></row>'
        '<row r="9"><c r="A9" s="0"/></row><row r="12"><c r="A12" s="1"/></row>' + TAIL
    )


def test_what_is_no_row_is_passed_over_byte_for_byte():
    out = edited(ODD, 1 << 20)
    assert "<!-- <row r='8'> -->" in out
    assert '<row r="9"><c s="0"><is><t><![CDATA[</row></sheetData>]]></t></is></c></row><?x <row r=\'10\'?>' in out
    assert out.endswith('<row r="12"><c r="A12" s="1"/></row>' + TAIL)


@pytest.mark.parametrize("rows", [ROWS, ODD], ids=["plain", "odd"])
def test_it_makes_no_difference_in_which_pieces_a_sheet_comes(rows):
    whole = edited(rows, 1 << 20)
    assert all(edited(rows, size) == whole for size in range(1, 90))


def test_styles_of_an_earlier_time_are_replaced_in_tags_and_nowhere_else():
    rows = '<row r="3" s="5" customFormat="1"><c r="A3" s="5" t="inlineStr"><is><t>a s="5" b</t></is></c><c r="B3" s="55"/></row>'
    out = edited(rows, 1 << 20, cleaned={5: 2})
    assert (
        '<row r="3" s="2" customFormat="1"><c r="A3" s="2" t="inlineStr"><is><t>a s="5" b</t></is></c><c r="B3" s="55"/>'
        in out
    )


def test_a_row_that_comes_twice_gets_a_missing_cell_once():
    out = edited('<row r="7"><c r="A7"/></row><row r="7"><c r="B7"/></row>', 1 << 20)
    assert out.count('r="C7"') == 1


def test_a_sheet_without_rows_or_without_end():
    frame = survey(iter([b"<worksheet><sheetData/><drawing/></worksheet>"]), {1})
    grid = Grid(frame, {1: {0: ERROR}}, lambda _style, _level: 4, {}, Columns(frame).style)
    assert b"".join(grid.pieces(iter([]))) == b'<row r="1"><c r="A1" s="4"/></row>'
    tail = Tail(frame)
    tail.lead_to("rId1", "urn:r")
    assert tail.result(opened=True) == (
        b'</sheetData><drawing/><legacyDrawing xmlns:r="urn:r" r:id="rId1"/></worksheet>'
    )
    for sheet in (b"<worksheet><sheetData><row>", b"<worksheet></worksheet>", b"no sheet"):
        with pytest.raises(Refusal):
            survey(iter([sheet]), {1})
    sheet = b'<worksheet><sheetData><row r="1"><c r="A1"/></sheetData></worksheet>'
    grid = Grid(survey(iter([sheet]), {1}), {1: {0: ERROR}}, lambda _style, _level: 4, {}, lambda _column: 0)
    with pytest.raises(Refusal, match="does not end"):
        b"".join(grid.pieces(iter([sheet])))


def test_columns_know_their_widths_and_merged_cells_what_they_hide():
    frame = survey(iter([f"{HEAD}{TAIL}".encode()]), set())
    columns = Columns(frame)
    assert [columns.pixels(place) for place in range(4)] == [148, 148, 0, 0]
    assert [columns.style(place) for place in range(4)] == [0, 0, 7, 7]
    assert Tail(frame).merged([(1, 0), (2, 1), (2, 2), (3, 0)]) == {(2, 1): (1, 0)}


def test_markup_changes_what_it_is_told_to_and_nothing_else():
    markup = Markup(b"<a x='1'><!-- c --><b y = \"2\" /><c>t</c></a>")
    b, c = markup.root.children
    markup.append(b, b"<new/>")
    markup.set(b, "y", "3 & 4")
    markup.set(c, "z", "5")
    markup.append(c, b"<d/>")
    markup.set(markup.root, "x", None)
    assert markup.result() == b'<a><!-- c --><b y="3 &amp; 4"><new/></b><c z="5">t<d/></c></a>'
    markup = Markup(b"<a/>")
    markup.put_in_order(b"<fills/>", ("fonts", "fills"), "fills")
    assert markup.result() == b"<a><fills/></a>"
    assert with_attribute(b"<a/>", "s", "1") == b'<a s="1"/>'
    assert escaped("\x00é\n") == b"&#65533;&#233;&#10;"


def test_styles_are_made_where_there_are_none_and_found_again_where_there_are():
    styles = Styles(b"<x:styleSheet/>")
    first = styles.marked(0, ERROR)
    assert (styles.marked(0, ERROR), styles.marked(99, WARNING)) == (first, first + 1)
    again = Styles(styles.result())
    assert again.marked(0, ERROR) == first
    cleaned = again.cleaned(forgotten=False)
    assert set(cleaned) == {first, first + 1}
    formats = Markup(again.result()).root.child("cellXfs").children
    assert {formats[style].attributes["fillId"] for style in cleaned.values()} == {"0"}


@pytest.mark.parametrize(
    ("colour", "light"),
    [
        ('theme="0"', True),
        ('theme="1"', False),
        ('indexed="9"', True),
        ('rgb="FFEEEEEE"', True),
        ('rgb="FF333333"', False),
        ('rgb="no colour"', False),
    ],
)
def test_light_text_is_told_from_dark(colour, light):
    styles = Styles(f"<s><fonts><font><color {colour}/></font></fonts></s>".encode())
    styles.marked(0, ERROR)
    assert (FILLS[ERROR, True].encode() in styles.result()) == light


def test_comments_that_are_none_are_written_anew_and_odd_ones_stay():
    wanted = {"A1": said([("error", "wrong", "", "code")])}
    assert b'ref="A1"' in comment(b"<comments/>", wanted, "urn:main").part
    odd = (
        b'<comments><authors/><commentList><comment ref="A1" authorId="x"/><comment ref="B1" authorId="0"><text/></comment>'
        b"</commentList></comments>"
    )
    done = comment(odd, wanted | {"B1": wanted["A1"]}, "")
    assert (done.longer, done.new) == ({"B1"}, [])
    plain = b'<comments><authors/><commentList><comment ref="A1"><text><t>mine</t></text></comment></commentList></comments>'
    assert b'<r><t xml:space="preserve">mine</t></r><r>' in comment(plain, wanted, "").part
    assert comment(comment(plain, wanted, "").part, {}, "").part.count(b"mine") == 1


def test_drawings_keep_what_is_no_note_and_let_boxes_grow():
    shape = (
        '<v:shape id="_x0000_s1025"><x:ClientData ObjectType="{}">{}<x:Row>1</x:Row><x:Column>{}</x:Column></x:ClientData>'
        "</v:shape>"
    )
    xml = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:other"><v:shape>button</v:shape>'
        + shape.replace("x:", "numbatchx:").format("Note", "<numbatchx:Anchor>1,2</numbatchx:Anchor>", 0)
        + shape.replace("x:", "numbatchx:").format("Note", "", 1)
        + "</xml>"
    )
    drawing = Drawing(xml.encode(), lambda _column: 64)
    drawing.change(set(), {(1, 0): "text", (1, 1): "more text"})
    drawing.add([Note(0, 0, "x")], {1})
    out = drawing.result()
    assert b"<v:shape>button</v:shape>" in out
    assert out.count(b"Anchor>1,2<") == 1
    assert b'id="_x0000_s2049"' in out
    assert b'data="2"' in out
    drawing.add([], set())
    assert drawing.result() == out


def test_the_child_tells_other_formats_changes_and_what_it_refuses(ods, book):
    import hashlib  # noqa: PLC0415

    def asked(content: bytes, **more: object) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        request = {"sha256": digest, "sheet": "Sheet1", "file": "f", "remarks": [], "problems": []} | more
        out = io.BytesIO()
        answer(io.BytesIO(json.dumps(request).encode() + b"\n" + content), out)
        told = json.loads(out.getvalue().split(b"\n", 1)[0])
        if "size" in told:
            assert len(out.getvalue().split(b"\n", 1)[1]) == told["size"]
        return told

    content = book([["Number"]]).read_bytes()
    assert asked(ods("").read_bytes()) == {"other": True}
    assert "changed since" in str(asked(content, sha256="")["refused"])
    assert "is not where it says" in str(asked(content, sheet="Nowhere")["refused"])
    assert asked(content)["sheet"] == "Problems"


def test_a_file_of_another_format_that_can_not_be_marked_is_an_error_in_words(text, read, table, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise Refusal("it is odd", "Mend it.")

    orders = read(text("Number\n12025550123\n"))
    monkeypatch.setattr("batch.loader.annotating.asking.edit", refuse)
    with pytest.raises(OrdersError, match="can't be annotated: it is odd"):
        annotate(orders.files[0], [], tmp_path / "marked.xlsx", table, LoadOptions())
