"""The template, the reference and the table of codes say what the loader does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

import batch.loader
from batch.errors import OrdersError, UsageError
from batch.fields import Field, FieldTable, Group
from batch.loader import load
from batch.loader.colouring import marks
from batch.loader.formulas import LONGEST_FORMULA
from batch.loader.header import ACCOUNT, OURS
from batch.loader.problems import CODES
from batch.loader.reference import OURS_MEANING, field_reference
from batch.loader.template import ROWS, columns_of, write_template
from batch.problem import Level
from batch.provider.multitel.fields import FIELDS


def test_a_template_is_an_order_sheet(tmp_path, table, read):
    path = tmp_path / "template.xlsx"
    write_template(path, table)
    assert [p.code for p in read(path, allow_empty=True).problems] == ["example-skipped"]
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["Orders", "Instructions"]
    workbook["Orders"].append(["12025550123"])
    workbook.save(path)
    orders = read(path)
    assert [row.number for row in orders.rows] == ["12025550123"]
    assert [p for p in orders.problems if p.level is Level.ERROR] == []
    assert {column.field for column in orders.columns} >= set(table.names)
    assert path.parent.joinpath("template.xlsx").stat().st_size > 0
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def sheet(tmp_path):
    """The sheet of orders of the real provider's template, as another reader finds it, and its headers by name."""
    write_template(tmp_path / "template.xlsx", FIELDS)
    orders = openpyxl.load_workbook(tmp_path / "template.xlsx")["Orders"]
    return orders, {cell.value: cell for cell in orders[1]}


def test_every_column_has_its_note_and_every_coded_field_offers_its_words(sheet):
    orders, heads = sheet
    assert set(FIELDS.names) <= set(heads)
    assert all(cell.comment and cell.comment.text for cell in heads.values())
    rules = {str(rule.sqref).split(":")[0]: rule for rule in orders.data_validations.dataValidation}
    lists = {place: rule.formula1 for place, rule in rules.items() if rule.type == "list"}
    assert lists[f"{heads['Type'].column_letter}2"] == '"SIP,dial"'
    assert len(lists) == sum(bool(field.words) for field in FIELDS.fields)
    assert {str(rule.sqref).split(":")[1][-4:] for rule in rules.values()} == {str(ROWS + 1)}
    assert all(len(rule.prompt) <= 255 for rule in rules.values() if rule.prompt)
    assert "SIP (1); dial, phone (2)" in rules[f"{heads['Type'].column_letter}2"].prompt


def test_what_is_asked_of_a_column_is_what_its_field_says(sheet):
    orders, heads = sheet
    asked = {str(rule.sqref).split(":")[0].rstrip("2"): rule for rule in orders.data_validations.dataValidation}
    rules = {name: asked.get(cell.column_letter) for name, cell in heads.items()}
    for name in ("Channels", "FaxRing", "Vmring"):
        rule = rules[name]
        assert (rule.type, int(rule.formula1), int(rule.formula2)) == ("whole", *FIELDS[name].whole)
    assert (rules["BlockSize"].type, rules["BlockSize"].formula1) == ("whole", "1")
    assert (rules["Price"].type, rules["Price"].operator, rules["Price"].formula1) == (
        "decimal",
        "greaterThanOrEqual",
        "0",
    )
    assert rules["Country"].formula1 == "LEN(TRIM($C2))=2"
    assert rules["Number"].formula1.startswith("AND(ISTEXT($A2),")
    # Nothing is refused: a fill-in, a code, a newer way to write a number must get through.
    assert {rule.errorStyle for rule in rules.values() if rule and rule.type != "list"} == {"warning"}
    assert not any(rule.showErrorMessage for rule in rules.values() if rule and rule.type == "list")
    assert all(len(rule.formula1) <= LONGEST_FORMULA for rule in rules.values() if rule)


def test_columns_are_text_but_for_counts_and_amounts(sheet):
    orders, heads = sheet
    faces = {name: orders.cell(2, cell.column).number_format for name, cell in heads.items()}
    other = {name: face for name, face in faces.items() if face != "@"}
    assert other == {"BlockSize": "0", "FaxRing": "0", "Vmring": "0", "Channels": "0", "Price": "0.00##"}
    for field in FIELDS.fields:
        assert not field.whole or field.check(str(field.whole[0])) is None
        assert not field.whole or field.check(str(field.whole[1] + 1)) is not None


def test_retired_fields_are_folded_away_unless_they_are_asked_for(sheet, tmp_path):
    orders, heads = sheet
    folded = {name for name, cell in heads.items() if orders.column_dimensions[cell.column_letter].hidden}
    first = {"FaxDetect", "FaxEmail", "FaxRing", "Vm", "Vmring", "Vms2t", "Vmemail"}
    assert folded
    assert folded <= first  # columns of one width are told of once
    write_template(tmp_path / "fax.xlsx", FIELDS, ["Number", "FaxDetect", "FaxEmail"])
    orders = openpyxl.load_workbook(tmp_path / "fax.xlsx")["Orders"]
    assert [cell.value for cell in orders[1]] == ["Number", "FaxDetect", "FaxEmail"]
    assert not any(dimension.hidden for dimension in orders.column_dimensions.values())


def test_colours_stand_in_the_template_and_reach_its_last_row(sheet):
    orders, heads = sheet
    expected = {
        (mark.name, f"{mark.formula}") for mark in marks(FIELDS, {n: c.column - 1 for n, c in heads.items()}, ROWS + 1)
    }
    by_letters = {cell.column_letter: name for name, cell in heads.items()}
    found = set()
    for area in orders.conditional_formatting:
        first, last = str(area.sqref).split(":")
        assert last == f"{first.rstrip('2')}{ROWS + 1}"
        found |= {(by_letters[first.rstrip("2")], rule.formula[0]) for rule in area.rules}
    assert found == expected


def test_the_instructions_name_every_column_and_rule_and_can_not_be_taken_for_the_orders(tmp_path):
    path = tmp_path / "template.xlsx"
    write_template(path, FIELDS)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Orders", "Instructions"]
    page = book["Instructions"]
    texts = {cell.value for row in page for cell in row}
    assert texts >= {*OURS_MEANING, *FIELDS.names, *(rule.summary for rule in FIELDS.rules), "red", "amber"}
    assert page.protection.sheet
    assert not page.protection.password
    assert not book["Orders"].protection.sheet


ORDERS = [
    {
        "Number": "12025550100",
        "Type": "SIP",
        "URI": "a@b.example",
        "Record": "yes",
        "SMSRingType": "email",
        "SMSURI": "a@b.example",
    },
    {
        "Number": "12025550101",
        "Type": "dial",
        "URI": "12025550199",
        "FaxDetect": "no",
        "RingType": "simultaneous",
        "Channels": 3,
    },
    {"Number": "33148160000-33148160001", "Ringstyle": "early media", "Atcd": "on", "Price": 4.5},
]


def _fill(path, rows):
    book = openpyxl.load_workbook(path)
    orders = book["Orders"]
    heads = {cell.value: cell.column for cell in orders[1]}
    for line, row in enumerate(rows, start=3):
        for name, value in row.items():
            orders.cell(line, heads[name]).value = value
    book.save(path)


def test_words_codes_and_both_at_once_are_the_same_orders(tmp_path):
    def code(name, value):
        return FIELDS[name].code_of(value) if name in FIELDS.names and FIELDS[name].words else None

    ways = {
        "word": lambda value, _: value,
        "capitals": lambda value, _: value.upper(),
        "code": lambda _, code: code,
        "number": lambda _, code: int(code),
        "both": lambda value, code: f"{code} {value}",
        "colon": lambda value, code: f"{code}: {value.title()}",
        "equals": lambda value, code: f"{code} = {value}",
        "brackets": lambda value, code: f"{value} ({code})",
    }
    found = {}
    for name, way in ways.items():
        rows = [
            {k: way(v, code(k, v)) if code(k, v) and v not in {"early media", "on"} else v for k, v in row.items()}
            for row in ORDERS
        ]
        path = tmp_path / f"{name}.xlsx"
        write_template(path, FIELDS)
        _fill(path, rows)
        orders = load([path], FIELDS)
        assert [problem for problem in orders.problems if problem.level is Level.ERROR] == []
        found[name] = [(row.number, row.fields, row.price) for row in orders.rows]
    assert all(rows == found["word"] for rows in found.values())
    assert len(found["word"]) == 4
    assert found["word"][0][1]["Type"] == "1"


def test_code_and_word_that_differ_are_refused():
    assert [FIELDS["Type"].code_of(text) for text in ("1 dial", "SIP (2)", "2: SIP", "12", "1 1", "")] == [None] * 6


def test_more_rows_than_have_colours_load_all_the_same(tmp_path):
    path = tmp_path / "long.xlsx"
    write_template(path, FIELDS)
    _fill(path, [{"Number": str(12025550000 + n), "Type": "SIP", "URI": "a@b.example"} for n in range(2500)])
    orders = load([path], FIELDS)
    assert len(orders.rows) == 2500
    assert [problem.code for problem in orders.problems] == ["example-skipped"]


def test_a_template_with_its_example_alone_says_so(tmp_path, table, read):
    path = tmp_path / "template.xlsx"
    write_template(path, table)
    with pytest.raises(OrdersError, match="no orders in the sheet 'Orders' but the example") as caught:
        read(path)
    assert "example row is never bought" in caught.value.remedy


@pytest.mark.parametrize("words", [{f"choice number {n}": str(n) for n in range(30)}, {"here, now": "1", "there": "2"}])
def test_a_list_that_a_cells_rule_can_not_hold_stands_on_a_hidden_sheet(tmp_path, words):
    fields = (Field("Kind", "What it is", Group.ROUTING, words=words), Field("Other", "It", Group.ROUTING, words=words))
    path = tmp_path / "template.xlsx"
    write_template(path, FieldTable(fields))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Orders", "Instructions", "Lists"]
    assert book["Lists"].sheet_state == "hidden"
    sources = {rule.formula1 for rule in book["Orders"].data_validations.dataValidation if rule.type == "list"}
    assert sources == {f"Lists!$A$1:$A${len(words)}"}
    assert [cell.value for cell in book["Lists"]["A"]] == list(fields[0].choices)
    assert all(len(rule.prompt) <= 255 for rule in book["Orders"].data_validations.dataValidation if rule.prompt)


def test_a_template_of_all_our_columns_takes_every_way_to_order(tmp_path):
    path = tmp_path / "ours.xlsx"
    write_template(path, FIELDS, [*OURS_MEANING, "URI"])
    rows = [
        {"Number": "33148160000", "NumberTo": "33148160001"},
        {"Number": "01 48 16 00 10", "Country": "FR", "BlockSize": 2, "Price": 4.5},
        {"Prefix": "1203", "AnyOf": 5},
        {"Number": "12025550100", "Alternative": "12025550101, 12025550102"},
    ]
    _fill(path, rows)
    orders = load([path], FIELDS)
    assert [problem for problem in orders.problems if problem.level is Level.ERROR] == []
    assert [row.number for row in orders.rows][:4] == ["33148160000", "33148160001", "33148160010", "33148160011"]
    assert [(wish.prefix, wish.count) for wish in orders.wishes] == [("1203", 5)]


def test_a_template_has_the_columns_that_are_asked_for_however_they_are_spelled():
    assert columns_of(FIELDS, ["DID", "block size", "sms_uri"]) == ("Number", "BlockSize", "SMSURI")
    assert columns_of(FIELDS)[:4] == ("Number", "BlockSize", "Country", "Price")
    assert set(OURS_MEANING) == {*OURS, ACCOUNT}
    assert columns_of(FIELDS, ["Number", *OURS_MEANING][1:]) == tuple(OURS_MEANING)


@pytest.mark.parametrize(
    ("wanted", "problem", "remedy"),
    [
        (["Number", "Typ"], "no column 'Typ'", "Did you mean Type?"),
        (["Number", "Colour of it"], "no column", "SMSURI"),
        (["Number", "DID"], "Number is named twice", "once"),
        (["Type", "URI"], "no column is Number", "Number,Type,URI"),
        ([], "no column is Number", "Number"),
    ],
)
def test_columns_that_there_can_not_be_are_refused(wanted, problem, remedy, tmp_path):
    with pytest.raises(UsageError, match=problem) as caught:
        write_template(tmp_path / "template.xlsx", FIELDS, wanted)
    assert remedy in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_template_that_cannot_be_written(tmp_path, table):
    with pytest.raises(UsageError, match="can't be written"):
        write_template(tmp_path / "no folder" / "template.xlsx", table)


def test_the_reference_has_every_column_and_rule(table):
    text = field_reference(table)
    for name in (*OURS_MEANING, *table.names):
        assert f"| **{name}** |" in text
    assert "1: sip; 2: dial, phone" in text
    assert "- URI2 needs URI" in text


def test_every_code_that_the_loader_gives_is_explained():
    folder = Path(batch.loader.__file__).parent
    source = "".join(path.read_text() for path in [*folder.glob("*.py"), *(folder.parent / "number").glob("*.py")])
    given = set(re.findall(r'(?:NumberError|Complaint|add|Flaw)\(\s*"([a-z]+-[a-z-]+)"', source))
    assert len(given) > 20
    assert given - set(CODES) == set()
    assert all(meaning.meaning and meaning.remedy for meaning in CODES.values())


def test_importing_the_loader_imports_no_library():
    code = "import sys, batch.loader, batch.loader.problems, batch.number; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "numpy", "openpyxl", "xlsxwriter", "phonenumbers", "python_calamine"} & set(loaded)
