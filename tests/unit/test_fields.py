"""The table of fields: found by name, in the provider's order."""

import pytest

from batch.fields import Field, FieldTable, Group

TABLE = FieldTable((Field("Type", "where calls go", Group.ROUTING, words={"sip": "1", "phone": "2", "dial": "2"}),))


def test_a_field_is_found_by_its_exact_name_and_nothing_else():
    assert TABLE["Type"].meaning == "where calls go"
    with pytest.raises(KeyError):
        TABLE["type"]
    assert TABLE.names == ("Type",)


def test_the_first_word_for_a_code_is_its_label():
    assert TABLE["Type"].labels == {"1": "sip", "2": "phone"}
