"""The table of fields: found by name, in the provider's order."""

import pytest

from batch.fields import Differing, Field, FieldTable, Group

TABLE = FieldTable((Field("Type", "where calls go", Group.ROUTING, words={"sip": "1", "phone": "2", "dial": "2"}),))


def test_a_field_is_found_by_its_exact_name_and_nothing_else():
    assert TABLE["Type"].meaning == "where calls go"
    with pytest.raises(KeyError):
        TABLE["type"]
    assert TABLE.names == ("Type",)


def test_the_first_word_for_a_code_is_its_label():
    assert TABLE["Type"].labels == {"1": "sip", "2": "phone"}


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
