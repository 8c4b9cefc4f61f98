"""What was asked for and what the account reports: alike in all but form, or not."""

from __future__ import annotations

import pytest

from batch.provider.multitel.fields import FIELDS

ALIKE = [
    ("URI", "sip:100@PBX.example.com", "100@pbx.example.com"),
    ("URI", "100@pbx.example.com", "SIP:100@pbx.EXAMPLE.com"),
    ("URI", "sip:pbx.example.com", "PBX.example.com"),
    ("URI2", "33148160000", "+33148160000"),
    ("URI3", " 100@pbx ", "100@pbx"),
    ("Description", "Site 1", " Site 1 "),
    ("Description", "Site 1", "Site 1 #ab12"),
    ("Channels", "2", "02"),
    ("Channels", "two", "two"),
    ("Cnam", "1", "TRUE"),
    ("Cnam", "0", ""),
    ("Type", "1", "1"),
    ("Ringstyle", "2", "2"),
    ("SID", "7", "7"),
    ("Vmemail", "Bob@Example.com", "Bob@example.COM"),
]
DIFFERENT = [
    ("URI", "Bob@pbx.example.com", "bob@pbx.example.com"),
    ("URI", "sips:100@pbx.example.com", "100@pbx.example.com"),
    ("URI", "100@pbx.example.com", ""),
    ("Description", "Site 1", "Site 12"),
    ("Description", "Site 1", "Site 1 #ab12 and more"),
    ("Channels", "2", "20"),
    ("Channels", "2", "\u00b2"),
    ("Cnam", "1", "0"),
    ("Cnam", "1", "perhaps"),
    ("Type", "1", "7"),
    ("Vmemail", "Bob@example.com", "bob@example.com"),
]


@pytest.mark.parametrize(("name", "asked", "has"), ALIKE)
def test_what_differs_in_form_only_is_no_difference(name, asked, has):
    assert FIELDS[name].alike(asked, has)


@pytest.mark.parametrize(("name", "asked", "has"), DIFFERENT)
def test_what_differs_in_more_than_form_is_a_difference(name, asked, has):
    assert not FIELDS[name].alike(asked, has)


def test_the_account_reports_all_but_what_its_documents_leave_out():
    silent = {one.name for one in FIELDS.fields if not one.reported}
    assert silent == {"RingType", "SMSRingType", "SMSURI", "Record", "Screening", "Atcd"}
    assert FIELDS["Ringstyle"].reported == ("RingType", "RingStyle")
    assert FIELDS["Type"].reported == ("ForwardDestination",)
