"""The field table: what the provider documents is taken, what it can't take is refused, each with a code and a remedy."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.provider.multitel.complaints import COMPLAINTS, WARNINGS, complain
from batch.provider.multitel.fields import FIELDS

ORDER = [
    *("Description", "Type", "RingType", "Ringstyle", "URI", "URI2", "URI3", "SMSRingType", "SMSURI"),
    *("FaxDetect", "FaxEmail", "FaxRing", "Vm", "Vmring", "Vms2t", "Vmemail"),
    *("Cnam", "Record", "Screening", "Channels", "Atcd", "SID"),
]


def code_of(name, value):
    check = FIELDS[name].check
    found = check(value) if check else None
    return found.code if found else None


def codes_of(**values):
    return {complaint.code for rule in FIELDS.rules for _, complaint in rule.check(values)}


def marks_of(**values):
    return {(name, complaint.code) for rule in FIELDS.rules for name, complaint in rule.check(values)}


def test_fields_stand_in_the_documented_order_without_login_and_number():
    assert list(FIELDS.names) == ORDER


def test_the_seven_fax_and_voicemail_fields_are_retired():
    retired = {one.name for one in FIELDS.fields if one.retired}
    assert retired == {"FaxDetect", "FaxEmail", "FaxRing", "Vm", "Vmring", "Vms2t", "Vmemail"}


@pytest.mark.parametrize("name", ["SMSURI", "FaxEmail", "Vmemail"])
def test_an_address_is_written_without_its_scheme(name):
    assert code_of(name, "mailto:a@b.example") in {"sms-target-malformed", "email-malformed"}
    assert code_of(name, "a@b.example") is None


def test_destinations_may_hold_secrets():
    assert {one.name for one in FIELDS.fields if one.secret} == {"URI", "URI2", "URI3", "SMSURI"}


@pytest.mark.parametrize(
    ("name", "word", "code"),
    [
        ("Type", "sip", "1"),
        ("Type", "dial", "2"),
        ("RingType", "sequential", "1"),
        ("RingType", "random", "2"),
        ("RingType", "simultaneous", "3"),
        ("Ringstyle", "ring", "1"),
        ("Ringstyle", "music", "2"),
        ("SMSRingType", "email", "1"),
        ("SMSRingType", "post", "2"),
        *[(flag, word, "1") for flag in ("FaxDetect", "Cnam", "Atcd") for word in ("yes", "true", "on")],
        *[(flag, word, "0") for flag in ("Vm", "Record", "Screening") for word in ("no", "false", "off")],
    ],
)
def test_words_stand_for_the_documented_codes(name, word, code):
    assert FIELDS[name].words[word] == code


def test_words_are_lower_case_and_a_field_with_words_needs_no_other_check():
    for one in FIELDS.fields:
        assert all(word == word.lower() for word in one.words)
        assert not (one.words and one.check)


def test_text_types_of_the_newer_api_are_refused():
    assert set(FIELDS["SMSRingType"].words.values()) == {"1", "2"}
    assert not {"3", "9"} & set(FIELDS["SMSRingType"].words)


@pytest.mark.parametrize("name", ["URI", "URI2", "URI3"])
@pytest.mark.parametrize(
    "value",
    [
        "sip:100@pbx.example.com",
        "sips:100@pbx.example.com:5061;transport=tls",
        "12025550123@203.0.113.7",
        "SIP:a.b+c@[2001:db8::1]:5060",
        "sip:pbx.example.com",
        "sip:+12025550123@host;user=phone?Subject=x",
        "sip:name:password@host",
        "anna@pbx_1",
        "anna@bücher.example",
        "12025550123",
        "33123450000",
    ],
)
def test_destinations_are_taken_as_people_write_them(name, value):
    assert code_of(name, value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("+12025550123", "uri-prefix"),
        ("0012025550123", "uri-prefix"),
        ("01133123450000", "uri-prefix"),
        ("0123450000", "uri-prefix"),
        ("pbx.example.com", "uri-malformed"),
        ("sip:", "uri-malformed"),
        ("sip:@host", "uri-malformed"),
        ("@host", "uri-malformed"),
        ("a@", "uri-malformed"),
        ("a b@host", "uri-malformed"),
        ("a@host\r\nPassword: x", "uri-malformed"),
        ("a@host\n", "uri-malformed"),
        ("a@b@host", "uri-malformed"),
        ("https://example.com", "uri-malformed"),
        ("https://example.com/a@b", "uri-malformed"),
        ("tel:+12025550123", "uri-malformed"),
        ("202-555-0123", "uri-malformed"),
        ("١٢٠٢٥٥٥٠١٢٣", "uri-malformed"),
        ("123456", "uri-malformed"),
        ("sip:" + "a" * 600 + "@host", "text-too-long"),
        ("\ud800@host", "text-broken"),
    ],
)
def test_what_is_no_destination_is_refused(value, code):
    assert code_of("URI", value) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("anna@example.com", None),
        ("anna+texts@sub.example.co.uk", None),
        ("https://example.com/texts?token=1", None),
        ("http://203.0.113.7:8080", None),
        ("https://user:word@example.com/", None),
        ("example.com/texts", "sms-target-malformed"),
        ("ftp://example.com", "sms-target-malformed"),
        ("https://", "sms-target-malformed"),
        ("https://example.com/a b", "sms-target-malformed"),
        ("a@b.example, c@d.example", "sms-target-malformed"),
        ("https://example.com/" + "a" * 2048, "text-too-long"),
        ("https://example.com/\ud800", "text-broken"),
    ],
)
def test_where_texts_go_is_an_address_or_a_url(value, code):
    assert code_of("SMSURI", value) == code


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("FaxEmail", "fax@example.com", None),
        ("FaxEmail", "fax", "email-malformed"),
        ("Vmemail", "a@b.example;c@d.example", "email-malformed"),
        ("Vmemail", "a" * 250 + "@example.com", "email-malformed"),
        ("Vmemail", "\udfff@example.com", "text-broken"),
        ("FaxRing", "5", None),
        ("FaxRing", "0", None),
        ("Vmring", "999", None),
        ("Vmring", "1000", "seconds-malformed"),
        ("Vmring", "-1", "seconds-malformed"),
        ("Vmring", "5.0", "seconds-malformed"),
        ("Vmring", "\u0665", "seconds-malformed"),
        ("Channels", "1", None),
        ("Channels", "100", None),
        ("Channels", "101", "channels-many"),
        ("Channels", "0", "channels-malformed"),
        ("Channels", "two", "channels-malformed"),
        ("Channels", "10000", "channels-malformed"),
        ("SID", "4711", None),
        ("SID", "A1", "sid-malformed"),
        ("Description", "Ligne d'appel, Zürich 日本 🎧", None),
        ("Description", "=1+1", None),
        ("Description", "x&Password=y", None),
        ("Description", "two\nlines", "text-control"),
        ("Description", "a\x00b", "text-control"),
        ("Description", "a" * 1000, None),
        ("Description", "a" * 1001, "text-too-long"),
        ("Description", "half \ud83d", "text-broken"),
        ("Description", "no character \uffff", "text-broken"),
    ],
)
def test_other_fields_are_judged_with_sense(name, value, code):
    assert code_of(name, value) == code


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Type": "1", "URI": "12025550123"}, "uri-not-sip"),
        ({"Type": "1", "URI": "+12025550123"}, "uri-not-sip"),
        ({"Type": "1", "URI": "a@host", "URI2": "12025550123"}, "uri-not-sip"),
        ({"Type": "2", "URI": "a@host"}, "uri-not-phone"),
        ({"Type": "2", "URI": "12025550123", "URI2": "a@host"}, "uri-extra"),
        ({"URI2": "a@host"}, "uri-gap"),
        ({"URI": "a@host", "URI3": "a@host"}, "uri-gap"),
        ({"URI": "a@host"}, "uri-without-type"),
        ({}, "uri-missing"),
        ({"Type": "1"}, "uri-missing"),
        ({"Type": "1", "URI": "sip:a:secret@host"}, "uri-password"),
        ({"Type": "1", "URI": "a:secret@host"}, "uri-password"),
        ({"SMSRingType": "2", "SMSURI": "https://a:secret@example.com/x"}, "uri-password"),
        ({"SMSURI": "anna@example.com"}, "sms-type-missing"),
        ({"SMSRingType": "1"}, "sms-target-missing"),
        ({"SMSRingType": "1", "SMSURI": "https://example.com"}, "sms-target-not-email"),
        ({"SMSRingType": "2", "SMSURI": "anna@example.com"}, "sms-target-not-url"),
        ({"FaxDetect": "1"}, "fax-email-missing"),
        ({"Vms2t": "1"}, "voicemail-email-missing"),
    ],
)
def test_rules_across_fields_find_what_does_not_fit_together(values, code):
    assert code in codes_of(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"Type": "1", "URI": "a@host", "URI2": "sip:b@host", "URI3": "sip:c@host:5080"},
        {"Type": "2", "URI": "12025550123"},
        {"Type": "1", "URI": "a@h", "SMSRingType": "1", "SMSURI": "a@example.com"},
        {"Type": "1", "URI": "a@h", "SMSRingType": "2", "SMSURI": "https://example.com/a@b"},
        {"Type": "1", "URI": "a@h", "FaxDetect": "1", "FaxEmail": "a@example.com"},
        {"Type": "1", "URI": "a@h", "FaxDetect": "0", "Vms2t": "0", "Vmemail": "a@example.com"},
    ],
)
def test_what_fits_together_is_not_complained_of(values):
    assert codes_of(**values) == set()


def test_a_malformed_value_is_the_fields_complaint_and_not_the_rules_too():
    assert codes_of(Type="1", URI="not a uri") == set()
    assert codes_of(Type="1", URI="a@h", SMSRingType="1", SMSURI="nonsense") == set()


def test_rules_complain_of_a_field_that_has_a_value_or_of_the_missing_destination():
    assert marks_of(Type="1", URI="a@h", URI3="b@h", SMSRingType="1", FaxDetect="1", Vms2t="1") == {
        ("URI3", "uri-gap"),
        ("SMSRingType", "sms-target-missing"),
        ("FaxDetect", "fax-email-missing"),
        ("Vms2t", "voicemail-email-missing"),
    }
    assert marks_of() == {("URI", "uri-missing")}


def test_what_the_contract_allows_is_only_warned_of():
    allowed = {"uri-without-type", "uri-missing", "uri-password", "uri-extra", "channels-many", "text-control"}
    assert allowed == WARNINGS
    assert {code for code in COMPLAINTS if complain(code).warning} == WARNINGS


@pytest.mark.parametrize("code", COMPLAINTS)
def test_complaints_have_stable_codes_and_say_how_to_mend(code):
    meaning, remedy = COMPLAINTS[code]
    assert code == code.lower()
    assert set(code) <= set("abcdefghijklmnopqrstuvwxyz-")
    assert meaning.endswith(".")
    assert remedy.endswith(".")


@given(st.text(max_size=40))
def test_no_value_makes_a_check_fail_or_complain_without_a_known_code(value):
    for one in FIELDS.fields:
        found = one.check(value) if one.check else None
        assert found is None or found.code in COMPLAINTS


@pytest.mark.parametrize("shape", ["{}", "sip:a:{}@h", "{}@", "https://a:{}@h/", "+{}", "{} x", "{}\ud800", "{}" * 500])
def test_no_complaint_quotes_a_value_which_may_be_secret(shape):
    value = shape.replace("{}", "canary")
    complaints = [one.check(value) for one in FIELDS.fields if one.check]
    complaints += [found for rule in FIELDS.rules for _, found in rule.check(dict.fromkeys(ORDER, value))]
    assert not [found for found in complaints if found and "canary" in f"{found.problem}{found.remedy}"]


@given(st.dictionaries(st.sampled_from(ORDER), st.text(min_size=1, max_size=20)))
def test_rules_judge_any_row_without_failing(values):
    for rule in FIELDS.rules:
        assert rule.summary
        for name, complaint in rule.check(values):
            assert name in ORDER
            assert complaint.code in COMPLAINTS


@pytest.mark.parametrize(
    "value", ["a" * 5000, "a." * 3000, "a@" + "a-" * 3000, "sip:" + ":" * 5000, "http://" + "@" * 900]
)
def test_long_values_are_judged_in_linear_time(value):
    assert code_of("URI", value)
    assert code_of("SMSURI", value)


def test_every_example_of_the_template_is_valid():
    for one in FIELDS.fields:
        if one.example and one.words:
            assert one.example.lower() in one.words
        elif one.example:
            assert code_of(one.name, one.example) is None


def test_labels_for_drop_downs_start_with_the_plainest_word():
    assert FIELDS["Type"].labels == {"1": "sip", "2": "dial"}
    assert FIELDS["Record"].labels == {"1": "yes", "0": "no"}


def test_groups_stand_together():
    groups = [one.group for one in FIELDS.fields]
    changes = sum(a != b for a, b in pairwise(groups))
    assert changes == len(set(groups)) - 1
