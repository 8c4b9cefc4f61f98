"""A regulator's file is an order as it is, and one that is far too large is told so at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.cli.options import Reading
from batch.cli.orders import load_orders
from batch.order import RowKind
from batch.problem import Level
from batch.settings.load import Surroundings
from batch.settings.load import load as load_settings

SAMPLES = Path(__file__).parents[3] / "samples"
HEAD = "EZABPQM;Tranche_Debut;Tranche_Fin;Mnémo;Territoire;Date_Attribution\r\n"


@pytest.fixture
def regulator(tmp_path):
    """Loads a file by the sample settings."""
    settings = load_settings({}, Surroundings({}, tmp_path, ()), config=str(SAMPLES / "arcep.toml"))

    def read(path):
        return load_orders((path,), settings, Reading())

    return read


def test_the_settings_are_ten_lines():
    lines = [line for line in (SAMPLES / "arcep.toml").read_text().splitlines() if line and line[0] != "#"]
    assert len(lines) <= 10


def test_the_excerpt_loads_with_the_sample_settings(regulator):
    orders = regulator(SAMPLES / "arcep-excerpt.csv")
    assert [problem for problem in orders.problems if problem.level is Level.ERROR] == []
    assert len(orders.rows) == 61_000
    by_row = {row.source.row: row for row in reversed(orders.rows)}
    assert {row: one.country for row, one in by_row.items() if row in {2, 3, 4, 6, 7, 8}} == {
        2: "FR", 3: "RE", 4: "YT", 6: "GF", 7: "MQ", 8: "PM"
    }  # fmt: skip
    assert [by_row[row].number for row in (2, 3, 8)] == ["33148100000", "262262010000", "508400000"]
    assert by_row[2].fields["URI"] == "sip:33148100000@pbx.example.com"
    assert by_row[3].cells[4] == "La Réunion - Océan indien"


def test_what_is_far_too_large_is_told_before_a_block_is_taken_apart(regulator, text):
    """Two thousand million numbers would be two thousand gigabytes."""
    blocks = "".join(f"01{a:02};01{a:02}000000;01{a:02}999999;FRTE;Métropole;01/01/2017\r\n" for a in range(30, 95))
    orders = regulator(text((HEAD + blocks).encode("cp1252")))
    [problem] = [one for one in orders.problems if one.level is Level.ERROR]
    assert (problem.code, problem.row) == ("numbers-too-many", 0)
    assert "65,000,000 numbers; a run may have 1,000,000" in problem.problem
    assert [row.kind for row in orders.rows] == [RowKind.INVALID] * 65


def test_a_block_above_the_bound_and_a_short_number_are_told_by_row(regulator, text):
    rows = "0700;0170000000;0179999999;X;Métropole;01/01/2017\r\n3999;3999;3999;3620;National;22/09/2025\r\n"
    orders = regulator(text((HEAD + rows).encode("cp1252")))
    assert [(one.code, one.row) for one in orders.problems if one.level is Level.ERROR] == [
        ("block-too-large", 2),
        ("number-impossible", 3),
    ]


def test_a_block_may_lie_on_several_islands_that_share_a_code(read, text):
    orders = read(text("Number,NumberTo\n0590200000,0590299999\n"), default_country="FR", max_block=100_000)
    assert [problem.code for problem in orders.problems if problem.level is Level.ERROR] == []


def test_the_numbers_of_all_files_count_together(read, text):
    one, other = text("Number,BlockSize\n33100000000,600000\n"), text("Number,BlockSize\n33200000000,600000\n", "b.csv")
    orders = read(one, other, max_block=1_000_000)
    [problem] = [one for one in orders.problems if one.level is Level.ERROR]
    assert problem.file.endswith("b.csv")
    assert "600,000 numbers, beside 600,000 of the files before" in problem.problem


def test_a_country_column_may_name_france_for_its_territories(read, text):
    orders = read(text("Number,Country\n0262 01 00 00,FR\n"))
    assert [row.number for row in orders.rows] == ["262262010000"]
    assert "country-differs" not in [problem.code for problem in orders.problems]
