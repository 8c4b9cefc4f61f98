"""The template, the reference and the table of codes say what the loader does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

import batch.loader
from batch.errors import UsageError
from batch.loader.problems import CODES
from batch.loader.reference import OURS_MEANING, field_reference
from batch.loader.template import write_template
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


def test_the_template_of_the_real_provider(tmp_path):
    path = tmp_path / "template.xlsx"
    write_template(path, FIELDS)
    sheet = openpyxl.load_workbook(path)["Orders"]
    heads = {cell.value: cell for cell in sheet[1]}
    assert set(FIELDS.names) <= set(heads)
    assert all(cell.comment for cell in heads.values())
    assert sheet.column_dimensions["A"].number_format == "@" or sheet["A2"].number_format == "@"
    lists = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists[f"{heads['Type'].column_letter}2"] == '"sip,dial"'
    assert len(lists) == sum(bool(field.words) for field in FIELDS.fields)


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
