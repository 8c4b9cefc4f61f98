"""Rows that leave open which numbers they order, and rows that name alternatives."""

from dataclasses import replace
from decimal import Decimal

import pytest

from batch.errors import OrdersError
from batch.loader import load, with_chosen
from batch.loader.problems import CODES
from batch.order import Choice, Chosen, RowKind
from batch.provider.multitel.fields import FIELDS

HEAD = ["Prefix", "AnyOf", "Number", "URI", "Note"]
N = ["12025550123", "12025550124", "12025550125", "12025550126"]


def errors(orders):
    return [(one.code, one.column, one.row) for one in orders.problems if one.level == "error"]


def chosen(orders, *numbers):
    return Chosen(
        tuple(
            Choice(wish.source, wish.prefix, tuple(mine), wish.count - len(mine))
            for wish, mine in zip(orders.wishes, numbers, strict=True)
        )
    )


@pytest.mark.parametrize(
    ("prefix", "count"), [("1203", "3"), (1203, 3.0), ("+1 203", 3), ("001203", "3.0"), ("1-(203)", 3)]
)
def test_a_prefix_and_a_count_are_a_wish_in_every_way_to_write_them(book, read, prefix, count):
    orders = read(book([HEAD, [prefix, count, None, "{number}@b", "x"], [None, None, N[0], "a@b", "y"]]))
    [wish] = orders.wishes
    assert (wish.prefix, wish.count, wish.position, wish.source.row) == ("1203", 3, 0, 2)
    assert wish.fields == {"URI": "{number}@b"}
    assert [row.number for row in orders.rows] == [N[0]]
    assert not errors(orders)


def test_a_sheet_of_wishes_alone_needs_no_number_column(text, read):
    orders = read(text("Prefix;AnyOf;Site\n1203;2;A\n"))
    assert [(wish.prefix, wish.count, wish.cells) for wish in orders.wishes] == [("1203", 2, ("1203", "2", "A"))]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (["1203", None, None], ("choice-incomplete", "AnyOf")),
        ([None, 5, None], ("choice-incomplete", "Prefix")),
        (["1203", 5, N[0]], ("choice-twice", "AnyOf")),
        (["1203", 0, None], ("choice-count", "AnyOf")),
        (["1203", "some", None], ("choice-count", "AnyOf")),
        (["1203", True, None], ("choice-count", "AnyOf")),
        (["1203", 10_001, None], ("choice-too-large", "AnyOf")),
        (["12o3", 5, None], ("prefix-malformed", "Prefix")),
        (["999", 5, None], ("prefix-impossible", "Prefix")),
        (["0203", 5, None], ("prefix-impossible", "Prefix")),
        (["1202555012345", 5, None], ("prefix-impossible", "Prefix")),
        ([1.2035, 5, None], ("number-malformed", "Prefix")),
    ],
)
def test_a_wish_that_is_wrong_is_told_with_its_cell_and_is_no_order(book, read, row, problem):
    orders = read(book([HEAD, [*row, "a@b", "x"]]))
    assert errors(orders) == [(*problem, 2)]
    assert problem[0] in CODES
    assert [row.kind for row in orders.rows] == [RowKind.INVALID]
    assert not orders.wishes


def test_a_block_beside_a_wish_is_a_contradiction(book, read):
    orders = read(book([[*HEAD, "BlockSize"], ["1203", 5, None, "a@b", "x", 5]]))
    assert errors(orders) == [("choice-twice", "AnyOf", 2)]


def test_a_row_with_a_number_may_have_a_prefix_beside_it(book, read):
    orders = read(book([HEAD, ["1202", None, N[0], "a@b", "x"]]))
    assert [row.number for row in orders.rows] == [N[0]]
    assert not errors(orders)


def test_without_a_column_any_of_prefix_is_the_users_and_nothing_has_changed(book, read):
    prefixed = read(book([["Number", "Prefix", "Prefx", "AnyOff"], [N[0], "9", "8", "7"]]))
    other = read(book([["Number", "Prefix2x", "Prefx", "AnyOff"], [N[0], "9", "8", "7"]]))
    assert not errors(prefixed)
    assert [column.field for column in prefixed.columns] == ["Number", None, None, None]
    assert prefixed.rows == other.rows


def test_the_key_of_plain_orders_is_the_one_that_it_was_before_there_were_wishes(text):
    sheet = (
        "Number;Prefix;URI;Site\n12025550123;9;{last4}@b.example;A\n12025550124;8;;B\n"
        "12025550123;9;{last4}@b.example;A\n"
    )
    assert load([text(sheet)], FIELDS).key == "51ba6dcfdac74c7d4a29912c1a56fadf318edebc6ef7d67c9cf3c27626621934"


def test_open_wishes_make_another_key(text, read):
    one = read(text("Number;Prefix;AnyOf\n;1203;2\n"))
    other = read(text("Number;Prefix;AnyOf\n;1203;3\n"))
    assert one.key != other.key


def test_chosen_numbers_take_the_place_of_their_row_with_its_routing(book, read):
    orders = read(
        book(
            [
                [*HEAD, "Price"],
                [None, None, N[0], "a@b", "x", None],
                ["1203", 2, None, "{last4}@b", "y", 4.5],
                [None, None, N[1], "a@b", "z", None],
            ]
        )
    )
    plain = with_chosen(orders, chosen(orders, ["12035550100", "12035550107"]))
    assert [(row.position, row.source.row, row.number) for row in plain.rows] == [
        (0, 2, N[0]),
        (1, 3, "12035550100"),
        (2, 3, "12035550107"),
        (3, 4, N[1]),
    ]
    assert plain.rows[2].fields == {"URI": "0107@b"}
    assert (plain.rows[2].price, plain.rows[2].country, plain.rows[2].cells[3]) == (Decimal("4.5"), "US", "0107@b")
    assert not plain.wishes
    assert plain.key != orders.key
    assert with_chosen(orders, chosen(orders, ["12035550100", "12035550107"])).key == plain.key


def test_what_is_lacking_stays_a_wish(book, read):
    orders = read(book([HEAD, ["1203", 3, None, "a@b", "y"]]))
    plain = with_chosen(orders, chosen(orders, ["12035550100"]))
    assert [(wish.count, wish.position) for wish in plain.wishes] == [(2, 1)]


def test_choices_of_other_orders_are_refused(book, read):
    orders = read(book([HEAD, ["1203", 1, None, "a@b", "y"], [None, None, "12035550100", "a@b", ""]]))
    right = chosen(orders, ["12035550101"])
    with_chosen(orders, right)
    [choice] = right.choices
    for wrong in (
        replace(choice, numbers=("12035550100",)),
        replace(choice, numbers=("12045550100",)),
        replace(choice, numbers=("12035550101", "12035550102")),
        replace(choice, prefix="1204"),
        replace(choice, source=replace(choice.source, row=9)),
    ):
        with pytest.raises(OrdersError, match="row "):
            with_chosen(orders, Chosen((wrong,)))
    with pytest.raises(OrdersError, match="leave them open"):
        with_chosen(orders, Chosen(()))


def test_routing_that_is_wrong_for_a_number_is_told_before_any_is_chosen_and_after(book, read):
    head = ["Prefix", "AnyOf", "URI", "Channels"]
    early = read(book([head, ["1203", 2, "a@b", "{number}x"]]))
    assert errors(early) == [("channels-malformed", "Channels", 2)]
    late = read(book([head, ["1203", 1, "a@b", "{last4}"]]))
    [wish] = late.wishes
    broken = replace(wish, route=lambda number: early.problems)
    made = with_chosen(replace(late, wishes=(broken,)), chosen(late, ["12035550100"]))
    assert [row.kind for row in made.rows] == [RowKind.INVALID]
    assert errors(made) == errors(early)
    assert wish.route("12035550100").fields["Channels"] == "0100"


def test_the_routing_of_a_wish_names_its_errors_for_one_number(book, read):
    orders = read(book([["Prefix", "AnyOf", "URI", "Channels"], ["1203", 1, "a@b", "{last4}"]]))
    [wish] = orders.wishes
    [problem] = wish.route("1203555010x")
    assert (problem.code, problem.column, problem.row, problem.cell) == ("channels-malformed", "Channels", 2, "D2")


# Alternatives ----------------------------------------------------------------------------------------------------------


def alternatives(orders):
    return [row.alternatives for row in orders.rows]


@pytest.mark.parametrize(
    "cell",
    [f"{N[1]},{N[2]}", f"+{N[1]}; 00{N[2]}", f"{N[1]}\n1 (202) 555-0125", f",{N[1]},\r\n{N[2]};"],
)
def test_alternatives_are_read_like_numbers(book, read, cell):
    orders = read(book([["Number", "URI", "Alternative"], [N[0], "{number}@b", cell]]))
    assert alternatives(orders) == [(N[1], N[2])]
    first, second = orders.rows[0].stand_ins
    assert (first.fields, first.country) == ({"URI": f"{N[1]}@b"}, "US")
    assert first.cells == (N[1], f"{N[1]}@b", f"+{N[2]}")
    assert second.cells == (N[2], f"{N[2]}@b", "")
    assert not errors(orders)


def test_an_alternative_may_be_what_a_spreadsheet_made_a_number_or_national(book, read):
    orders = read(book([["Number", "Country", "Alternative"], ["01 48 16 00 00", "FR", 33148160001],
                        ["01 48 16 00 02", "FR", "01 48 16 00 03"]]))  # fmt: skip
    assert alternatives(orders) == [("33148160001",), ("33148160003",)]
    assert orders.rows[1].cells[2] == "+33148160003"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([[N[0], N[0]]], ("alternative-itself", 2)),
        ([[N[0], f"{N[1]},{N[1]}"]], ("alternative-twice", 2)),
        ([[N[0], N[2]], [N[1], N[2]]], ("alternative-twice", 3)),
        ([[N[0], None], [N[1], N[0]]], ("alternative-ordered", 3)),
        ([[N[0], N[1]], [N[1], None]], ("alternative-ordered", 3)),
        ([[f"{N[0]}-{N[2]}", N[3]]], ("alternative-of-many", 2)),
        ([[N[0], "12x"]], ("number-malformed", 2)),
        ([[N[0], N[1]], [N[0], N[2]]], ("duplicate-differs", 3)),
        ([[N[0], N[1]], [N[0], None]], ("duplicate-differs", 3)),
    ],
)
def test_a_number_is_in_one_place_only(book, read, rows, problem):
    orders = read(book([["Number", "Alternative"], *rows]))
    assert [(code, row) for code, _, row in errors(orders)] == [problem]
    assert orders.rows[-1].kind is RowKind.INVALID


def test_a_wish_has_no_alternative(book, read):
    orders = read(book([["Prefix", "AnyOf", "Alternative"], ["1203", 2, N[0]]]))
    assert errors(orders) == [("alternative-of-many", "Alternative", 2)]


def test_the_same_row_twice_is_a_duplicate_alternatives_and_all(book, read):
    orders = read(book([["Number", "Alternative"], [N[0], N[1]], [N[0], N[1]]]))
    assert [row.kind for row in orders.rows] == [RowKind.ORDER, RowKind.DUPLICATE]
    assert alternatives(orders) == [(N[1],), ()]


def test_alternatives_belong_to_the_key_where_there_are_any(text, read):
    keys = {read(text(f"Number;Alternative\n{N[0]};{cell}\n")).key for cell in ("", N[1], f"{N[1]},{N[2]}", f"+{N[1]}")}
    assert len(keys) == 3


def test_routing_that_is_wrong_for_an_alternative_is_told(book, read):
    orders = read(book([["Number", "Channels", "Alternative"], [N[0], "{number}", N[1]]]))
    assert not errors(orders)
    wrong = read(book([["Number", "Channels", "Alternative"], [N[0], "{last4}x", N[1]]]))
    assert {code for code, _, _ in errors(wrong)} == {"channels-malformed"}


def test_a_doubtful_alternative_is_warned_of(book, read):
    orders = read(book([["Number", "Alternative"], [N[0], "12003550124"]]))
    assert ("number-invalid", "Alternative") in [(one.code, one.column) for one in orders.problems]
