"""Exports, read back as their importers read them: headers to the letter, numbers in E.164, and no hostile text left in them."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from types import MappingProxyType

import pytest

from batch.errors import UsageError
from batch.ledger.records import Environment, LedgerKey, Status
from batch.order import Column
from batch.reconciler.exporting.formats import FORMATS, Table, harmless
from batch.reconciler.exporting.held import Held, Holding, read_holding
from batch.reconciler.exporting.template import made_suffix, read_template
from batch.reconciler.exporting.writing import write_table, write_text

KEY = LedgerKey("multitel", Environment.LIVE, "acme")
FIELDS = ("Description", "Type", "URI")
HOSTILE = [
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    '=HYPERLINK("x")',
    "a\0b\ud800",
    "a\r\nb",
    '"quoted", and more',
]


def held(number="12025550123", own=None, **fields):
    return Held(number, "purchased", 2, "US", MappingProxyType(fields), own or {})


@pytest.fixture
def holding(make):
    def hold(*numbers):
        headers = tuple(numbers[0].own) if numbers else ()
        return Holding(make.run(), headers, list(numbers))

    return hold


@pytest.fixture
def exported(tmp_path):
    """Writes a format and reads it back: its files' rows, and what is to be known."""

    def export(name, found):
        table = FORMATS[name](found, FIELDS)
        paths = write_table(tmp_path / "out.csv", table)
        files = []
        for path in paths:
            with path.open(encoding="utf-8-sig" if table.marked else "utf-8", newline="") as file:
                files.append(list(csv.reader(file)))
        return files, dict(table.remarks)

    return export


# The numbers -----------------------------------------------------------------------------------------------------------


def test_what_was_bought_and_is_held_is_exported_and_what_was_owned_only_where_asked(make):
    rows = [
        make.row(0),
        make.row(1, Status.OWNED),
        make.row(2, Status.RELEASED),
        make.row(3, giving_back=True),
        *(
            make.row(4 + place, status)
            for place, status in enumerate(set(Status) - {Status.PURCHASED, Status.OWNED, Status.RELEASED})
        ),
    ]
    reader = make.reader(rows)
    found = read_holding(reader, reader.run, with_owned=False)
    assert ([one.number for one in found.numbers], found.leaving) == (["12025550000"], 1)
    assert found.headers == ("Cost centre", "Currency")
    assert found.numbers[0].own == {"Cost centre": "Paris", "Currency": "EUR"}
    both = read_holding(reader, reader.run, with_owned=True)
    assert [(one.number, one.status) for one in both.numbers] == [
        ("12025550000", "purchased"),
        ("12025550001", "already owned"),
    ]


def test_cells_are_told_as_text_and_columns_of_one_name_are_told_apart(make):
    columns = tuple(Column(header) for header in ("A", "A", "B", "C", "D"))
    row = make.row(0, cells=(1.0, Decimal("2.50"), None, datetime(2026, 11, 3, tzinfo=UTC), "x"))
    reader = make.reader([row], run=make.run(columns=columns))
    [one] = read_holding(reader, reader.run, with_owned=False).numbers
    assert one.own == {"A": "1", "A (2)": "2.50", "B": "", "C": "2026-11-03T00:00:00+00:00", "D": "x"}
    assert (one.named("b"), one.named("d"), one.named("none"), one.e164) == ("", "x", "", "+12025550000")


# Each format -----------------------------------------------------------------------------------------------------------


def test_csv_has_the_number_in_e164_every_field_and_every_column(exported, holding):
    found = holding(
        held(own={"Site": "Paris", "status": "x"}, Type="1", URI="bob:word@host"),
        held("33123450000", own={"Site": "", "status": ""}),
    )
    [[header, *rows]], remarks = exported("csv", found)
    assert header == ["Number", "Status", "Country", "Source row", "Run", "Type", "URI", "Site", "status (order)"]
    assert rows[0] == ["+12025550123", "purchased", "US", "2", "7f3a", "1", "bob:word@host", "Paris", "x"]
    assert rows[1][:1] + rows[1][5:] == ["+33123450000", "", "", "", ""]
    assert remarks == {}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_csv_is_a_formula_and_its_text_is_kept(text, exported, holding):
    [[_, row]], _ = exported("csv", holding(held(own={"Note": text}, Description=text)))
    for cell in row[5:]:
        assert not cell.startswith(("+", "-", "@", "\t", "\r", "\n"))
        assert not cell.startswith("=") or re.fullmatch('="(.*)"', cell, re.DOTALL)
        kept = cell[2:-1].replace('""', '"') if cell.startswith('="') else cell
        assert kept == text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")


def test_figures_and_numbers_at_a_host_are_no_formulas():
    for text in ("-2.5", "+12025550123", "+12025550123@pbx.example.com:5060", "plain"):
        assert harmless(text) == text


def test_teams_takes_one_column_of_numbers_in_e164(exported, holding):
    [[header, *rows]], remarks = exported(
        "teams", holding(held(own={"Site": "x"}), held("33123450000", own={"Site": "y"}))
    )
    assert header == ["TelephoneNumber"]
    assert rows == [["+12025550123"], ["+33123450000"]]
    assert remarks == {}


def test_teams_columns_that_the_user_has_go_along_by_their_exact_names(exported, holding):
    own = {"tags": "Seattle;Reception", "LOCATIONID": "11111111-2222", "Site": "x"}
    [[header, row]], remarks = exported("teams", holding(held(own=own)))
    assert header == ["TelephoneNumber", "LocationId", "Tags"]
    assert row == ["+12025550123", "11111111-2222", "Seattle;Reception"]
    assert "PowerShell" in next(iter(remarks))


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (9_999, [9_999]), (10_000, [10_000]), (10_001, [10_000, 1])])
def test_teams_takes_ten_thousand_numbers_in_a_file_and_each_has_its_header(count, sizes, exported, holding):
    files, _ = exported("teams", holding(*(held(str(12025550000 + n)) for n in range(count))))
    assert [len(rows) - 1 for rows in files] == sizes
    assert all(rows[0] == ["TelephoneNumber"] for rows in files)


def test_freepbx_takes_inbound_routes_with_the_users_destination(exported, holding):
    own = {"Destination": "from-did-direct,200,1", "CIDnum": "", "MOHclass": "jazz"}
    [[header, row]], remarks = exported("freepbx", holding(held(own=own, Description="Desk <1>")))
    assert header == ["description", "extension", "cidnum", "destination", "mohclass"]
    assert row == ["Desk 1", "12025550123", "", "from-did-direct,200,1", "jazz"]
    assert list(remarks) == ["with a description that was shortened, or began like a formula"]


def test_freepbx_routes_without_a_usable_destination_are_counted_and_left_blank(exported, holding):
    wrong = ["", "sip:200@pbx", "a,b", "a,b,1;x", f"from-did-direct,{'2' * 50},1"]
    [[_, *rows]], remarks = exported("freepbx", holding(*(held(own={"Destination": one}) for one in wrong)))
    assert [row[3] for row in rows] == [""] * 5
    assert sorted(remarks.values()) == [1, 4]


def test_freepbx_takes_an_extension_and_description_of_the_users_own(exported, holding):
    [[_, row]], _ = exported("freepbx", holding(held(own={"extension": "_1202555XXXX", "description": "Block"})))
    assert row == ["Block", "_1202555XXXX", "", ""]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["teams", "freepbx"])
def test_hostile_text_reaches_no_importer_as_a_formula_or_a_second_line(name, text, exported, holding):
    own = {"Tags": text, "Description": text, "cidnum": text, "destination": text, "alertinfo": text}
    [[header, row]], _ = exported(name, holding(held(own=own)))
    assert len(row) == len(header)
    assert not any(cell.startswith(("=", "-", "@")) or re.search(r"[\r\n\0<>]", cell) for cell in row)
    assert [cell for cell in row if cell.startswith("+")] in ([], ["+12025550123"])


def test_what_is_too_long_for_its_column_is_shortened_and_counted(exported, holding):
    [[_, row]], remarks = exported("freepbx", holding(held(Description="x" * 99)))
    assert row[0] == "x" * 80
    assert remarks["with a description that was shortened, or began like a formula"] == 1


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_that_holds_nothing_makes_a_file_with_its_header(name, exported, holding):
    [rows], _ = exported(name, holding())
    assert len(rows) == 1


def test_files_are_their_owners_alone_and_none_stands_where_one_fails(tmp_path, monkeypatch):
    table = Table(("a",), iter([("1",)]))
    [path] = write_table(tmp_path / "a.csv", table)
    assert path.stat().st_mode & 0o777 == 0o600

    def rows():
        yield ("1",)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_table(tmp_path / "b.csv", Table(("a",), rows(), 1))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.csv"]


# Templates -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(tmp_path, holding):
    """Fills a template with two numbers; its text."""

    def fill(text, name="out.txt.j2", numbers=None):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = holding(
            *(
                [held(own={"Site": "<b>"}, URI="a@b"), held("33123450000", own={"Site": ""})]
                if numbers is None
                else numbers
            )
        )
        return "".join(read_template(path).pieces(found, KEY, FIELDS))

    return fill


def test_a_template_sees_the_run_its_numbers_their_routing_and_the_users_columns(filled):
    text = (
        "{{ run.name }} {{ account }} {{ environment }} {{ fields|join('/') }} {{ columns|join('/') }}\n"
        "{% for one in numbers %}\n{{ one.e164 }} {{ one.number }} {{ one.status }} {{ one.country }} {{ one.row }}"
        " [{{ one.fields.URI }}] [{{ one.fields.Type }}] [{{ one.own.Site }}]\n{% endfor %}\n{{ run.created.year }}\n"
    )
    assert filled(text) == (
        "7f3a acme live Description/Type/URI Site\n+12025550123 12025550123 purchased US 2 [a@b] [] [<b>]\n"
        "+33123450000 33123450000 purchased US 2 [] [] []\n2026\n"
    )


def test_markup_is_escaped_and_plain_text_is_not(filled):
    text = "{{ numbers[0].own.Site }}"
    assert filled(text, "out.xml.j2") == filled(text, "out.html") == "&lt;b&gt;"
    assert filled(text, "out.csv.jinja") == filled(text, "out.json.j2") == "<b>"
    assert filled("{{ numbers[0].own|tojson }}", "out.json.j2") == '{"Site": "\\u003cb\\u003e"}'


def test_the_filter_csv_quotes_a_cell_and_makes_no_formula(filled):
    assert filled("""{{ '=1,"x"'|csv }};{{ 'a'|csv }};{{ 'a,b'|csv }};{{ 5|csv }}""") == '"=""=1,""""x""""""";a;"a,b";5'


def test_a_template_of_no_numbers_is_filled_all_the_same(filled):
    assert filled("{% for one in numbers %}x{% else %}none{% endfor %}", numbers=[]) == "none"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a\n{% for %}", 2, "xpected an expression"),
        ("a\n\n{{ nope }}", 3, "'nope' is undefined"),
        ("a\n{{ numbers[0].fields.Nope }}", 2, "Nope"),
        ("{{ 1/0 }}", 1, "division by zero"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "unsafe"),
        ("{{ run.created.__init__.__globals__ }}", 1, "unsafe"),
        ("{{ numbers.append(1) }}", 1, "unsafe"),
        ("{{ run.update(name='x') }}", 1, "unsafe"),
        ("{% include '/etc/passwd' %}", 1, "can't include"),
        ("{% import 'x' as x %}", 1, "can't include"),
        ("{% extends 'x' %}", 1, "can't include"),
        ("{{ range(10**9)|list }}", 1, "Range too big"),
        ("{% macro m() %}\n{{ q }}\n{% endmacro %}\n{{ m() }}", 2, "'q' is undefined"),
        ("{{ '%s'.format }}{{ '{0.__class__}'.format('x') }}", 1, "unsafe"),
        ("{{ open('/etc/passwd') }}", 1, "'open' is undefined"),
        ("{{ nothing|nofilter }}", 1, "nofilter"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_its_line_and_nothing_leads_out_of_the_data(filled, text, line, words):
    with pytest.raises(UsageError, match=rf"out\.txt\.j2, line {line}: .*{re.escape(words)}"):
        filled(text)


def test_a_file_that_is_no_template_is_refused(filled, tmp_path):
    with pytest.raises(UsageError, match="not UTF-8"):
        filled(b"\xff\xfe")
    with pytest.raises(UsageError, match="too large"):
        filled("x" * (1 << 20 | 1))
    with pytest.raises(UsageError, match="can't be read: No such file"):
        read_template(tmp_path / "none.j2")
    with pytest.raises(UsageError):
        filled("{{" + "(" * 5000 + ")" * 5000 + "}}")


def test_what_a_template_makes_is_called_by_its_name(tmp_path):
    assert [made_suffix(tmp_path / name) for name in ("a.xml.j2", "a.csv", "a.j2", "a", "a.JSON.Jinja2")] == [
        *(".xml", ".csv", ".txt", ".txt", ".json")
    ]


def test_nothing_is_written_where_a_template_fails_half_way(filled, tmp_path, holding):
    path = tmp_path / "half.j2"
    path.write_text("a\n" * 9 + "{{ nope }}")
    pieces = read_template(path).pieces(holding(), KEY, FIELDS)
    with pytest.raises(UsageError, match="line 10"):
        write_text(tmp_path / "out.txt", pieces)
    assert [one.name for one in tmp_path.iterdir()] == ["half.j2"]
    write_text(tmp_path / "out.txt", islice(iter(["ä\ud800\n"]), 1))
    assert (tmp_path / "out.txt").read_bytes() == "ä?\n".encode()
