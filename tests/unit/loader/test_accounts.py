"""A column `Account` parts the rows: those of the chosen account are taken, the others are counted."""

from __future__ import annotations

import pytest

from batch.errors import OrdersError
from batch.order import RowKind
from batch.problem import Level

HEAD = "Number,URI,Account\n"
LONDON, PARIS, ROME = (
    "12025550123,a@pbx.example.com,London \n",
    "12025550124,b@pbx.example.com,paris\n",
    "12025550125,c@pbx.example.com,rome\n",
)
NAMES = {"london": ("acme-uk", "api-uk"), "paris": (), "rome": ()}


def numbers(orders):
    return [row.number for row in orders.rows]


def found(orders, level=None):
    return [(one.code, one.row) for one in orders.problems if level in {None, one.level}]


def test_only_the_chosen_accounts_rows_are_taken_and_the_others_counted(text, read):
    orders = read(text(HEAD + PARIS + LONDON + PARIS + ROME), accounts=NAMES, account="london")
    assert numbers(orders) == ["12025550123"]
    assert orders.rows[0].source.row == 3
    assert orders.files[0].source_rows == 1
    assert found(orders) == [("rows-of-others", 0)]
    assert "3 rows are of another account than 'london', and not bought here: 2 of 'paris', 1 of 'rome'" in (
        orders.problems[0].problem
    )


def test_one_row_of_another_account_is_one_row(text, read):
    orders = read(text(HEAD + PARIS + LONDON), accounts=NAMES, account="london")
    assert "1 row is of another account" in orders.problems[0].problem


def test_an_account_goes_by_its_id_and_its_login_too(text, read):
    rows = "12025550123,a@x.example,ACME-UK\n12025550126,a@x.example,api-uk\n"
    assert numbers(read(text(HEAD + rows + PARIS), accounts=NAMES, account="london")) == ["12025550123", "12025550126"]


def test_the_key_is_of_the_rows_taken_alone(text, read):
    """What is wrong in, or changed of, another account's rows is none of this run's business."""
    one = read(text(HEAD + LONDON + PARIS), accounts=NAMES, account="london")
    other = read(text(HEAD + LONDON + "wrong,,rome\n", "other.csv"), accounts=NAMES, account="london")
    assert one.key == other.key
    assert found(other, Level.ERROR) == []


def test_the_cell_is_carried_as_the_users(text, read):
    orders = read(text(HEAD + LONDON + PARIS), accounts=NAMES, account="paris")
    assert [(column.header, column.field) for column in orders.columns][-1] == ("Account", None)
    assert orders.rows[0].cells[-1] == "paris"
    assert "Account" not in orders.rows[0].fields


def test_a_value_that_names_no_account_is_an_error_with_the_list(text, read):
    orders = read(text(HEAD + LONDON + "12025550124,b@x.example,Pariss\n"), accounts=NAMES, account="london")
    [problem] = orders.problems
    assert (problem.code, problem.cell, problem.value) == ("account-unknown", "C3", "Pariss")
    assert "london, paris, rome" in problem.problem
    assert '[columns] "Account" = false' in problem.remedy


def test_a_blank_among_names_is_an_error(text, read):
    orders = read(text(HEAD + LONDON + "12025550124,b@x.example,\n"), accounts=NAMES, account="london")
    assert found(orders) == [("account-missing", 3)]


def test_with_several_accounts_a_column_of_strangers_is_an_error(text, read):
    """A slip in the only value would buy for whichever account is chosen."""
    orders = read(text(HEAD + "12025550123,a@x.example,4711\n"), accounts=NAMES, account="london")
    assert found(orders) == [("account-unknown", 2)]


def test_with_one_account_or_none_a_column_of_strangers_is_the_users_and_warned_of(text, read):
    path = text(HEAD + "12025550123,a@x.example,4711\n12025550124,a@x.example,\n")
    for options in ({}, {"accounts": {"london": ()}, "account": "london"}):
        orders = read(path, **options)
        assert len(orders.rows) == 2
        assert [(one.code, one.level, one.cell) for one in orders.problems] == [
            ("account-ignored", Level.WARNING, "C1")
        ]


def test_with_one_account_its_name_parts_the_rows(text, read):
    orders = read(text(HEAD + LONDON + PARIS), accounts={"london": ()}, account="london")
    assert found(orders) == [("account-unknown", 3)]


@pytest.mark.parametrize("options", [{}, {"accounts": NAMES, "account": "london"}])
def test_a_blank_column_is_no_column(text, read, options):
    orders = read(text("Number,URI,Account\n12025550123,a@x.example,\n"), **options)
    assert found(orders) == []
    assert len(orders.rows) == 1


def test_the_column_can_be_switched_off_and_called_otherwise(text, read):
    off = read(text(HEAD + LONDON + PARIS), accounts=NAMES, account="london", columns={"Account": False})
    assert (len(off.rows), found(off)) == (2, [])
    path = text((HEAD + LONDON + PARIS).replace("Account", "Konto"), "konto.csv")
    assert numbers(read(path, accounts=NAMES, account="paris", columns={"Konto": "Account"})) == ["12025550124"]


def test_without_a_choice_all_rows_are_read_and_it_is_said(text, read):
    orders = read(text(HEAD + LONDON + PARIS), accounts=NAMES)
    assert len(orders.rows) == 2
    [problem] = orders.problems
    assert (problem.code, problem.level) == ("account-open", Level.WARNING)
    assert "1 of 'london', 1 of 'paris'" in problem.problem


def test_where_no_row_is_the_accounts_it_says_whose_they_are(text, read):
    with pytest.raises(OrdersError, match=r"no orders for this account \(2 rows are of another .* 2 of 'paris'\)"):
        read(text(HEAD + PARIS + PARIS), accounts=NAMES, account="london")
    assert read(text(HEAD + PARIS), accounts=NAMES, account="london", allow_empty=True).rows == []


def test_of_several_files_one_may_be_all_another_accounts(text, read):
    orders = read(text(HEAD + PARIS), text(HEAD + LONDON, "b.csv"), accounts=NAMES, account="london")
    assert numbers(orders) == ["12025550123"]


def test_two_columns_that_part_the_rows_are_an_error(text, read):
    path = text("Number,Account,account\n12025550123,london,paris\n")
    assert ("field-twice", 1) in found(read(path, accounts=NAMES, account="london"))
    # One that names nothing is the user's.
    path = text("Number,Account,account\n12025550123,london,\n")
    assert found(read(path, accounts=NAMES, account="london"), Level.ERROR) == []


def test_headers_that_resemble_account_are_the_users(text, read):
    assert found(read(text("Number,Accounts,Acount\n12025550123,1,2\n")), Level.ERROR) == []


def test_an_error_value_in_the_column_is_an_error(book, read):
    path = book([["Number", "Account"], ["12025550123", "london"], ["12025550124", "#N/A"]])
    assert ("excel-error", 3) in found(read(path, accounts=NAMES, account="london"))


def test_accounts_that_a_spreadsheet_could_not_work_out_are_no_blanks(raw_xlsx, read):
    head = "".join(f'<c t="inlineStr"><is><t>{one}</t></is></c>' for one in ("Number", "URI", "Account"))
    cells = "".join(f'<c t="inlineStr"><is><t>{one}</t></is></c>' for one in ("12025550123", "a@x.example"))
    orders = read(
        raw_xlsx(f'<row>{head}</row><row>{cells}<c t="e"><f>NA()</f><v>#N/A</v></c></row>'),
        accounts=NAMES,
        account="london",
    )
    assert [code for code, _ in found(orders, Level.ERROR)] == ["excel-error"]
    assert not [row for row in orders.rows if row.kind is RowKind.ORDER]


@pytest.mark.parametrize("header", ["Acount", "Accounts", "Account name", "Account:"])
def test_a_slip_in_the_header_does_not_buy_the_other_accounts_rows(text, read, header):
    sheet = f"Number,URI,{header}\n" + PARIS + LONDON
    assert found(read(text(sheet), accounts=NAMES, account="london"), Level.ERROR) == [("header-near", 1)]
    assert found(read(text(sheet), accounts=NAMES, account="london", columns={header: False}), Level.ERROR) == []
    assert found(read(text(sheet), accounts={"london": ()}, account="london"), Level.ERROR) == []
