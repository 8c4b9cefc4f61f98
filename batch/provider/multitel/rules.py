"""The rules across a purchase's fields. Each complains of a field that has a value, so that there is a cell to mark.

The one exception is a row without any destination: it is the missing URI that is warned of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from batch.fields import Complaint, CrossRule
from batch.provider.multitel.checks import holds_password, is_email, is_phone, is_prefixed, is_sip, is_url
from batch.provider.multitel.complaints import complain

Values = Mapping[str, str]
Complaints = Sequence[tuple[str, Complaint]]

DESTINATIONS = ("URI", "URI2", "URI3")
SIP, DIAL = "1", "2"
EMAIL, POST = "1", "2"
ON = "1"


def _destination_kind(values: Values) -> Complaints:
    kind, found = values.get("Type"), []
    for name in DESTINATIONS:
        value = values.get(name)
        if value is None or not (is_sip(value) or is_phone(value) or is_prefixed(value)):
            continue  # a malformed value is the field's own complaint, and one is enough
        if kind == SIP and not is_sip(value):
            found.append((name, complain("uri-not-sip")))
        elif kind == DIAL and name == "URI" and is_sip(value):
            found.append((name, complain("uri-not-phone")))
    return found


def _extra_destination(values: Values) -> Complaints:
    if values.get("Type") != DIAL:
        return ()
    return [(name, complain("uri-extra")) for name in DESTINATIONS[1:] if name in values]


def _destination_order(values: Values) -> Complaints:
    return [
        (name, complain("uri-gap", f"{name} is given and {needed} is blank."))
        for needed, name in pairwise(DESTINATIONS)
        if name in values and needed not in values
    ]


def _type_of_destination(values: Values) -> Complaints:
    return [("URI", complain("uri-without-type"))] if "URI" in values and "Type" not in values else ()


def _any_destination(values: Values) -> Complaints:
    return () if any(name in values for name in DESTINATIONS) else [("URI", complain("uri-missing"))]


def _password(values: Values) -> Complaints:
    return [
        (name, complain("uri-password"))
        for name in (*DESTINATIONS, "SMSURI")
        if name in values and holds_password(values[name])
    ]


def _text_target(values: Values) -> Complaints:
    how, target = values.get("SMSRingType"), values.get("SMSURI")
    if target is None:
        return () if how is None else [("SMSRingType", complain("sms-target-missing"))]
    if how is None:
        return [("SMSURI", complain("sms-type-missing"))]
    if how == EMAIL and is_url(target):
        return [("SMSURI", complain("sms-target-not-email"))]
    if how == POST and is_email(target):
        return [("SMSURI", complain("sms-target-not-url"))]
    return ()


def _fax_target(values: Values) -> Complaints:
    needed = values.get("FaxDetect") == ON and "FaxEmail" not in values
    return [("FaxDetect", complain("fax-email-missing"))] if needed else ()


def _voicemail_target(values: Values) -> Complaints:
    needed = values.get("Vms2t") == ON and "Vmemail" not in values
    return [("Vms2t", complain("voicemail-email-missing"))] if needed else ()


RULES: tuple[CrossRule, ...] = (
    CrossRule(
        "Type 1 takes SIP URIs (sip:name@host or name@host); Type 2 takes a phone number with no 00, 011 or +.",
        _destination_kind,
    ),
    CrossRule("Type 2 is documented for one destination, URI: URI2 and URI3 are warned of.", _extra_destination),
    CrossRule("URI2 needs URI, and URI3 needs URI2.", _destination_order),
    CrossRule("A URI without Type is allowed, and warned of.", _type_of_destination),
    CrossRule("No URI at all means the account's default destination: allowed, and warned of.", _any_destination),
    CrossRule("A password in a destination is allowed, and warned of.", _password),
    CrossRule(
        "SMSURI and SMSRingType go together: an e-mail address with SMSRingType 1, a URL with SMSRingType 2.",
        _text_target,
    ),
    CrossRule("FaxDetect 1 needs FaxEmail.", _fax_target),
    CrossRule("Vms2t 1 needs Vmemail.", _voicemail_target),
)
"""Every rule over several fields of one row."""
