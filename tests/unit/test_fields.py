"""The table of fields: found by name, in the provider's order."""

import pytest

from batch.fields import Case, Complaint, CrossRule, Differing, Field, FieldTable, Group
from batch.fields.conditions import All, Either, Given, Is, Not

TABLE = FieldTable((Field("Type", "where calls go", Group.ROUTING, words={"sip": "1", "phone": "2", "dial": "2"}),))


def test_a_field_is_found_by_its_exact_name_and_nothing_else():
    assert TABLE["Type"].meaning == "where calls go"
    with pytest.raises(KeyError):
        TABLE["type"]
    assert TABLE.names == ("Type",)


def test_the_first_word_for_a_code_is_its_label():
    assert TABLE["Type"].labels == {"1": "sip", "2": "phone"}


def test_a_drop_down_shows_words_by_their_codes():
    shown = Field("Type", "", Group.ROUTING, words={"phone": "2", "sip": "1"}, shown={"1": "SIP"})
    assert shown.choices == ("SIP", "phone")


@pytest.mark.parametrize(
    "text", ["2", " 2 ", "2.0", "2.00", "Phone", "DIAL", "2 phone", "2: Phone", "2 = phone", "2-phone", "Phone (2)"]
)
def test_a_coded_field_takes_the_word_the_code_or_both(text):
    assert TABLE["Type"].code_of(text) == "2"


@pytest.mark.parametrize("text", ["", "3", "22", "2 sip", "sip (2)", "2.5", "02", "false", "(2)", "2 2"])
def test_a_coded_field_takes_nothing_else(text):
    assert TABLE["Type"].code_of(text) is None


def test_truth_is_a_code_where_there_is_one():
    flag = Field("Record", "", Group.FEATURES, words={"yes": "1", "no": "0"})
    assert [flag.code_of(text) for text in ("TRUE", "False")] == ["1", "0"]
    assert TABLE["Type"].code_of("true") == "1"


def test_a_rule_knows_what_it_is_about_and_whether_it_only_warns():
    error = Case("B", Complaint("gap", "B without A", "Fill in A."), All((Given("B"), Not(Given("A")))), marks="A")
    warning = Case(
        "A", Complaint("none", "neither", "Fill in A.", warning=True), Not(Either((Given("A"), Is("C", "1"))))
    )
    rule = CrossRule("B needs A.", (error, warning))
    assert rule.names == {"A", "B", "C"}
    assert not rule.warning
    assert CrossRule("A is warned of.", (warning,)).warning
    assert rule.check({"B": "x"}) == [("B", error.complaint), ("A", warning.complaint)]
    assert rule.check({"A": "x", "B": "x"}) == []


@pytest.mark.parametrize(
    ("asked", "holding", "differing"),
    [
        ({"URI": "a"}, {"Uri": "A"}, []),
        ({"URI": "a"}, {"Uri": "b"}, [Differing("URI", "a", "b")]),
        ({"URI": "a"}, {"Uri": ""}, [Differing("URI", "a", "")]),
        ({"URI": "a"}, {"Destination": "a", "Uri": "b"}, []),  # the newest name goes first
        ({"URI": "a"}, {}, []),
        ({}, {"Uri": "b"}, []),
        ({"Type": "1"}, {"Type": "2"}, []),  # not known to be reported
    ],
)
def test_only_what_was_asked_for_and_is_reported_can_differ(asked, holding, differing):
    uri = Field(
        "URI", "", Group.ROUTING, reported=("Destination", "Uri"), alike=lambda one, other: one.lower() == other.lower()
    )
    assert list(FieldTable((*TABLE.fields, uri)).differing(asked, holding)) == differing


def test_a_retired_field_tells_nothing_whatever_the_account_reports():
    table = FieldTable((Field("Vm", "", Group.VOICEMAIL, retired=True, reported=("Vm",)),))
    assert list(table.differing({"Vm": "1"}, {"Vm": "0"})) == []


def test_a_field_is_called_what_the_account_calls_it_there_the_newest_name_first():
    field = Field("Ringstyle", "", Group.ROUTING, reported=("RingType", "RingStyle"))
    assert field.name_in({"RingStyle": "1", "RingType": "2"}) == "RingType"
    assert field.name_in({"RingStyle": "1"}) == "RingStyle"
    assert field.name_in({}) is None
