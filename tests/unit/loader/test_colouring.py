"""The template's colours against the loader: LibreOffice works their formulas out for rows that the loader judges, too."""

from __future__ import annotations

import csv
import random
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.fields import Complaint, Field, FieldTable, Group
from batch.fields.conditions import All, Begins, Contains, Either, Given, Has, Is, Not, Only, Shape, judge
from batch.loader import load
from batch.loader.colouring import marks
from batch.loader.formulas import LONGEST_FORMULA, Cells, formula_of
from batch.loader.template import ROWS, columns_of, write_template
from batch.provider.multitel.fields import FIELDS

COLUMNS = {name: place for place, name in enumerate(columns_of(FIELDS))}
MARKS = marks(FIELDS, COLUMNS, ROWS + 1)
ACROSS = {case.complaint.code for rule in FIELDS.rules for case in rule.cases} - {"uri-password"}
OFFICE = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
TESTED_ROWS = 400
RESULTS = 80
"""The place of the first column of results, past every column that a formula looks at."""

_ON_OFF = [
    None,
    None,
    1,
    "1",
    "1.0",
    True,
    "Yes",
    "YES",
    "on",
    "1 yes",
    "1: Yes",
    "yes (1)",
    0,
    "no",
    "off",
    False,
    "perhaps",
    "2",
]
_POOLS = {
    "BlockSize": [None] * 9 + [1, "1", 0, 1.5, "ten"],
    "Country": [None] * 6 + ["US", "us", "USA", "U"],
    "Price": [None] * 6 + [4.5, "4.50", "4,50", -1, "free", True],
    "Type": [
        None,
        None,
        1,
        "1",
        1.0,
        "SIP",
        "sip",
        " Sip ",
        "1 SIP",
        "1: sip",
        "1 = SIP",
        "SIP (1)",
        "1 (sip)",
        True,
        2,
        "dial",
        "Phone",
        "DIAL",
        "2 dial",
        "dial (2)",
        "1 dial",
        "spi",
        "3",
    ],
    "RingType": [None, 1, "Random", "2 random", "3: simultaneous", "sequentiel", "4"],
    "Ringstyle": [None, 1, "music", "Early Media", "2: music", "loud"],
    "URI": [
        None,
        None,
        "100@pbx.example.com",
        "sip:a@b.example",
        "SIP:pbx.example",
        "12025550123",
        12025550123,
        "+12025550123",
        "0012025550123",
        "pbx.example.com",
        "sip:",
        "123",
        "a@b@c",
        "https://a.example",
        " a@b.example ",
    ],
    "URI2": [None, None, None, "sip:b@b.example", "12025550124", "nonsense"],
    "URI3": [None, None, None, "sip:c@b.example", "12025550125"],
    "SMSRingType": [None, None, 1, "email", "E-mail", "1: email", 2, "POST", "url", "2 post", "9"],
    "SMSURI": [
        None,
        None,
        "a@b.example",
        "https://a.example/x",
        "HTTP://a.example",
        "https://me@a.example",
        "https://",
        "phone",
    ],
    "FaxDetect": _ON_OFF,
    "FaxEmail": [None, None, "a@b.example", "fax", "a@b@c"],
    "FaxRing": [None, None, 5, "5", 1000, -1, 2.5, "soon"],
    "Vms2t": _ON_OFF,
    "Vmemail": [None, None, "a@b.example", "voice"],
    "Record": _ON_OFF,
    "Channels": [None, None, 2, "2", 0, 10000, "two", 1.5],
    "SID": [None, None, None, "4711", 4711, "A1", 1e15],
}
_WRONG_NUMBERS = [None, "1.20E+10", "12E+9", 1e15, 12025550123.5, "12025550123 ext 5", "call me"]


def _rows():
    """Rows of generated values, by name; the same in every run."""
    made = random.Random(20261124)  # noqa: S311 - samples
    for line in range(TESTED_ROWS):
        row = {name: made.choice(pool) for name, pool in _POOLS.items() if made.random() < 0.6}
        row["Number"] = made.choice(_WRONG_NUMBERS) if made.random() < 0.15 else str(12025550000 + line)
        yield {name: value for name, value in row.items() if value is not None} or {"SID": "1"}


_GOOD = {"Type": "SIP", "URI": "a@b.example"}
_MISSING = [
    ({"FaxDetect": 1, **_GOOD}, {("FaxEmail", False)}),
    ({"FaxDetect": "yes", **_GOOD}, {("FaxEmail", False)}),
    ({"FaxDetect": "0 no", **_GOOD}, set()),
    ({"FaxDetect": "ON", "FaxEmail": "  ", **_GOOD}, {("FaxEmail", False)}),
    ({"FaxDetect": "1", "FaxEmail": "a@b.example", **_GOOD}, set()),
    ({"Vms2t": "1: Yes", **_GOOD}, {("Vmemail", False)}),
    ({"Type": "SIP", "URI2": "a@b.example"}, {("URI", False)}),
    ({"URI3": "c@b.example", **_GOOD}, {("URI2", False)}),
    ({"SMSURI": "a@b.example", **_GOOD}, {("SMSRingType", False)}),
    ({"SMSRingType": "post", **_GOOD}, {("SMSURI", False)}),
    ({"Type": "SIP"}, {("URI", True)}),
    ({"URI": "a@b.example"}, {("Type", True)}),
    ({"Type": "dial", "URI": "12025550123", "URI2": "12025550124"}, {("URI2", True)}),
]
"""Rows, and what is coloured in them: the column, and whether it is amber."""
_RIGHT = [
    "+33 1 48 16 00 00",
    "(202) 555-0100",
    "33148160000\N{EN DASH}33148160099",
    "+33\N{NO-BREAK SPACE}[1] 48.17.00.00",
]
_ODD = [12025550100, "12025550100 ext 5", "1.20E+10", "call me", "12025550100; 12025550101", "#12025550100"]
_TWICE = ["12025559100", "12025559101", "12025559100", 12025559102]
_FILLED_IN = {"Type": "{Kind}", "URI": "{Target}", "FaxEmail": "{Mail}", "Channels": "{Lines}"}
_SPECIAL = {
    "example": [{"Number": "example: 12025550123", "FaxDetect": 1, "Type": "spi", "BlockSize": "x"}],
    "blank": [{}],
    "missing": [{"Number": str(12025558000 + line), **row} for line, (row, _) in enumerate(_MISSING)],
    "twice": [{"Number": number, **_GOOD} for number in _TWICE],
    "filled in": [{"Number": "12025557000", **_FILLED_IN}],
    "right": [{"Number": number, **_GOOD} for number in _RIGHT],
    "odd": [{"Number": number, **_GOOD} for number in _ODD],
}
_FIRST = 3
_ALL = 2 + TESTED_ROWS + sum(map(len, _SPECIAL.values()))
"""The last row that has a formula."""


def _rows_of(kind: str) -> range:
    before = [len(rows) for name, rows in _SPECIAL.items() if list(_SPECIAL).index(name) < list(_SPECIAL).index(kind)]
    first = _FIRST + TESTED_ROWS + sum(before)
    return range(first, first + len(_SPECIAL[kind]))


def _moved(formula: str, row: int) -> str:
    return "=" + re.sub(r"(\$[A-Z]{1,2})2(?![0-9])", rf"\g<1>{row}", formula)


def _worked_out(path: Path, folder: Path) -> list[list[str]]:
    """The cells of the first sheet of `path`, recalculated."""
    home = f"-env:UserInstallation=file://{folder}/office"
    words = [
        "soffice",
        "--headless",
        home,
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
    ]
    subprocess.run([*words, "--outdir", folder, path], check=True, capture_output=True, timeout=120)
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


class _Judged(NamedTuple):
    """By row: what the loader complains of and what is coloured (column, code, warning), whether Number is taken as it is typed."""

    complaints: dict[int, set[tuple[str, str, bool]]]
    shown: dict[int, set[tuple[str, str, bool]]]
    taken: dict[int, bool]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The rows above, in a template, judged by the loader and by LibreOffice."""
    folder = tmp_path_factory.mktemp("colours")
    path = folder / "filled.xlsx"
    write_template(path, FIELDS)
    book = openpyxl.load_workbook(path)
    orders = book["Orders"]
    for line, row in enumerate([*_rows(), *(row for rows in _SPECIAL.values() for row in rows)], start=_FIRST):
        for name, value in row.items():
            orders.cell(line, COLUMNS[name] + 1).value = value
    book.save(path)
    complaints = defaultdict(set)
    for problem in load([path], FIELDS).problems:
        if problem.row > 1 and problem.code != "example-skipped":
            complaints[problem.row].add((problem.column, problem.code, problem.level == "warning"))
    [rule] = [one for one in orders.data_validations.dataValidation if str(one.sqref).startswith("A2:")]
    formulas = [rule.formula1, *(mark.formula for mark in MARKS)]
    for row in range(2, _ALL + 1):
        for place, formula in enumerate(formulas, start=RESULTS):
            orders.cell(row, place + 1).value = _moved(formula, row)
    book.save(folder / "worked-out.xlsx")
    cells = _worked_out(folder / "worked-out.xlsx", folder)
    shown, taken = {}, {}
    for row in range(2, _ALL + 1):
        values = cells[row - 1][RESULTS : RESULTS + len(formulas)]
        assert len(values) == len(formulas)
        assert set(values) <= {"TRUE", "FALSE"}
        taken[row] = values[0] == "TRUE"
        marked = zip(MARKS, values[1:], strict=True)
        shown[row] = {(mark.name, mark.code, mark.warning) for mark, value in marked if value == "TRUE"}
    return _Judged(complaints, shown, taken)


@OFFICE
def test_what_is_red_or_amber_is_complained_of(judged):
    complaints, shown, _ = judged
    for row, colours in shown.items():
        codes = {code for _, code, _ in complaints[row]}
        wrong = {column for column, _, warning in complaints[row] if not warning}
        for name, code, _ in colours:
            if name == "BlockSize" and "Number" in wrong:
                continue  # one complaint is enough of what a row orders
            assert not code or code in codes or name in wrong, (row, name, code, complaints[row])


@OFFICE
def test_whatever_the_rules_across_fields_complain_of_is_coloured(judged):
    complaints, shown, _ = judged
    seen = set()
    for row, found in complaints.items():
        told = {code for _, code, _ in found} & ACROSS
        seen |= told
        assert told <= {code for _, code, _ in shown[row]}, (row, found, shown[row])
    assert seen == ACROSS


@OFFICE
def test_a_rule_colours_as_it_complains_red_an_error_and_amber_a_warning(judged):
    complaints, shown, _ = judged
    for row, found in complaints.items():
        expected = {(code, warning) for _, code, warning in found if code in ACROSS}
        assert expected <= {(code, warning) for _, code, warning in shown[row]}


@OFFICE
def test_a_number_that_is_missing_or_shortened_and_a_word_that_is_none_are_red(judged):
    complaints, shown, _ = judged
    seen = set()
    for row, found in complaints.items():
        for column, code, _ in found:
            if code in {"number-missing", "number-lossy", "field-word"} or (code, column) == (
                "number-malformed",
                "Number",
            ):
                seen.add(code)
                # A fraction is one of the ways in which a spreadsheet spoils a number.
                codes = {code, "number-lossy"} if code == "number-malformed" else {code}
                assert {(column, one, False) for one in codes} & shown[row], (row, found, shown[row])
    assert seen == {"number-missing", "number-lossy", "number-malformed", "field-word"}


@OFFICE
def test_what_is_missing_is_coloured_where_it_is_missing(judged):
    found = [{(name, warning) for name, _, warning in judged.shown[row]} for row in _rows_of("missing")]
    assert found == [expected for _, expected in _MISSING]


@OFFICE
def test_the_example_row_is_never_coloured_and_neither_is_a_blank_one(judged):
    for row in (2, *_rows_of("example"), *_rows_of("blank")):
        assert judged.shown[row] == set()


@OFFICE
def test_a_number_that_stands_twice_or_was_made_a_number_is_amber(judged):
    amber = {("Number", "", True)}
    assert [judged.shown[row] for row in _rows_of("twice")] == [amber, set(), amber, amber]


@OFFICE
def test_a_number_is_warned_of_where_it_is_no_text_or_holds_what_no_number_has(judged):
    assert [judged.taken[row] for row in _rows_of("right")] == [True] * len(_RIGHT)
    assert [judged.taken[row] for row in _rows_of("odd")] == [False] * len(_ODD)


@OFFICE
def test_fill_ins_are_never_red_for_what_they_are(judged):
    assert [judged.shown[row] for row in _rows_of("filled in")] == [set()]


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: f"{mark.name}-{mark.code or 'doubt'}")
def test_every_formula_is_short_and_plain_enough_for_every_program(mark):
    assert len(mark.formula) <= LONGEST_FORMULA
    assert not re.search(r"!|\{[^\"]", mark.formula)  # another sheet, a list in braces
    texts = re.sub(r'"[^"]*"', "", mark.formula)
    assert set(re.findall(r"([A-Z]+)\(", texts)) <= {
        *(
            "AND",
            "OR",
            "NOT",
            "IF",
            "IFERROR",
            "ISNUMBER",
            "ISERROR",
            "ISLOGICAL",
            "COUNT",
            "COUNTA",
            "COUNTIF",
            "SUMPRODUCT",
        ),
        *(
            "TRIM",
            "LEFT",
            "MID",
            "LEN",
            "UPPER",
            "LOWER",
            "EXACT",
            "SUBSTITUTE",
            "FIND",
            "SEARCH",
            "REPT",
            "COLUMN",
            "VALUE",
            "INT",
        ),
    }
    # Columns stand, rows move along; but for the range in which a number is looked for, and the places in a text.
    places = re.sub(r"\$A\$2:\$A\$[0-9]+|COLUMN\(\$A:\$BZ\)", "", texts)
    assert set(re.findall(r"\$?[A-Z]{1,2}\$?[0-9]+", places.replace("E+15", ""))) <= {
        f"${letters}2" for letters in re.findall(r"\$([A-Z]{1,2})2", places)
    }


def test_every_rule_and_every_field_with_a_check_has_its_colour():
    assert {mark.code for mark in MARKS} >= ACROSS
    assert {mark.name for mark in MARKS} >= {field.name for field in FIELDS.fields} - {"Description"}


@given(st.one_of(st.text(max_size=30), st.from_regex(r"(sips?:|https?://)?[a-z0-9@.:/+]{0,20}", fullmatch=True)))
def test_a_shape_bears_its_sign_and_what_bears_it_without_fitting_is_complained_of(value):
    for field in FIELDS.fields:
        for shape in field.shapes:
            holds = judge(shape.sign(field.name))({field.name: value}) if value else False
            if shape.fits(value):
                assert holds
            elif holds:
                assert field.check(value)


def _refused(value: str) -> Complaint | None:
    return None if value == "ok" else Complaint("odd", "it is odd", "Mend it.")


def test_a_condition_holds_as_its_words_say():
    row = {"A": "sip:x@y", "B": "1"}
    long = Shape(lambda value: len(value) > 3)
    true = [
        Given("A"),
        Is("B", "1"),
        Begins("A", "sip:"),
        Contains("A", "@"),
        Only("B", "123"),
        Has("A", long),
    ]
    false = [
        Given("C"),
        Is("B", "2"),
        Begins("C", "x"),
        Contains("B", "@"),
        Only("A", "123"),
        Has("C", long),
        Only("C", "1"),
    ]
    assert [judge(one)(row) for one in true] == [True] * len(true)
    assert [judge(one)(row) for one in false] == [False] * len(false)
    assert [judge(Not(one))(row) for one in false] == [True] * len(false)
    assert judge(All(tuple(true)))(row)
    assert not judge(All((*true, false[0])))(row)
    assert judge(Either((*false, true[0])))(row)
    assert not judge(Either(tuple(false)))(row)


def test_what_a_spreadsheet_can_not_tell_has_no_formula_and_colours_nothing():
    table = FieldTable((Field("A", "", Group.ROUTING, check=_refused, shapes=(Shape(str.isupper),)),))
    cells = Cells(table, {"Number": 0, "A": 1})
    secret = Has("A", table["A"].shapes[0])
    assert [formula_of(one, cells) for one in (secret, Not(secret), All((Given("A"), secret)), Either((secret,)))] == [
        None
    ] * 4
    assert [mark.name for mark in marks(table, {"Number": 0, "A": 1}, 10) if mark.name == "A"] == []


def test_a_truth_value_counts_however_the_users_language_spells_it():
    cells = Cells(FIELDS, {"FaxDetect": 3, "Type": 4})
    assert (formula_of(Is("FaxDetect", "1"), cells) or "").startswith("IF(ISLOGICAL($D2),$D2,")
    assert (formula_of(Is("FaxDetect", "0"), cells) or "").startswith("IF(ISLOGICAL($D2),NOT($D2),")
    assert "ISLOGICAL" not in (formula_of(Is("Type", "1"), cells) or "")


def test_a_column_that_is_not_there_is_blank_and_marks_the_one_that_is():
    found = {(mark.name, mark.code): mark.formula for mark in marks(FIELDS, {"Number": 0, "FaxDetect": 1}, 10)}
    assert found["FaxDetect", "fax-email-missing"].endswith(',TRIM("")=""))')
    assert {name for name, _ in found} == {"Number", "FaxDetect"}


def test_in_a_very_long_sheet_no_number_is_looked_for_among_all():
    assert not [mark for mark in marks(FIELDS, COLUMNS, 100_000) if "COUNTIF" in mark.formula]
