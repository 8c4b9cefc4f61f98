"""The rules across a purchase's fields. Each complains of a field that has a value, so that there is a cell to mark.

The one exception is a row without any destination: it is the missing URI that is warned of.
"""

from __future__ import annotations

from itertools import pairwise

from batch.fields import Case, CrossRule
from batch.fields.conditions import All, Condition, Given, Has, Is, Not
from batch.provider.multitel.complaints import complain
from batch.provider.multitel.forms import DIALLED, EMAIL, PASSWORD, SIP_URI, URL

DESTINATIONS = ("URI", "URI2", "URI3")
SIP, DIAL = "1", "2"
BY_EMAIL, BY_POST = "1", "2"
ON = "1"


def _case(code: str, name: str, *when: Condition, marks: str = "", problem: str = "") -> Case:
    return Case(name, complain(code, problem), All(when), marks)


def _blank(name: str) -> Condition:
    return Not(Given(name))


RULES: tuple[CrossRule, ...] = (
    CrossRule(
        "Type 1 takes SIP URIs (sip:name@host or name@host); Type 2 takes a phone number with no 00, 011 or +.",
        (
            *(_case("uri-not-sip", name, Is("Type", SIP), Has(name, DIALLED)) for name in DESTINATIONS),
            _case("uri-not-phone", "URI", Is("Type", DIAL), Has("URI", SIP_URI)),
        ),
    ),
    CrossRule(
        "Type 2 is documented for one destination, URI: URI2 and URI3 are warned of.",
        tuple(_case("uri-extra", name, Is("Type", DIAL), Given(name)) for name in DESTINATIONS[1:]),
    ),
    CrossRule(
        "URI2 needs URI, and URI3 needs URI2.",
        tuple(
            _case(
                "uri-gap",
                name,
                Given(name),
                _blank(needed),
                marks=needed,
                problem=f"{name} is given and {needed} is blank.",
            )
            for needed, name in pairwise(DESTINATIONS)
        ),
    ),
    CrossRule(
        "A URI without Type is allowed, and warned of.",
        (_case("uri-without-type", "URI", Given("URI"), _blank("Type"), marks="Type"),),
    ),
    CrossRule(
        "No URI at all means the account's default destination: allowed, and warned of.",
        (_case("uri-missing", "URI", *map(_blank, DESTINATIONS)),),
    ),
    CrossRule(
        "A password in a destination is allowed, and warned of.",
        tuple(_case("uri-password", name, Has(name, PASSWORD)) for name in (*DESTINATIONS, "SMSURI")),
    ),
    CrossRule(
        "SMSURI and SMSRingType go together: an e-mail address with SMSRingType 1, a URL with SMSRingType 2.",
        (
            _case("sms-target-missing", "SMSRingType", Given("SMSRingType"), _blank("SMSURI"), marks="SMSURI"),
            _case("sms-type-missing", "SMSURI", Given("SMSURI"), _blank("SMSRingType"), marks="SMSRingType"),
            _case("sms-target-not-email", "SMSURI", Is("SMSRingType", BY_EMAIL), Has("SMSURI", URL)),
            _case("sms-target-not-url", "SMSURI", Is("SMSRingType", BY_POST), Has("SMSURI", EMAIL)),
        ),
    ),
    CrossRule(
        "FaxDetect 1 needs FaxEmail.",
        (_case("fax-email-missing", "FaxDetect", Is("FaxDetect", ON), _blank("FaxEmail"), marks="FaxEmail"),),
    ),
    CrossRule(
        "Vms2t 1 needs Vmemail.",
        (_case("voicemail-email-missing", "Vms2t", Is("Vms2t", ON), _blank("Vmemail"), marks="Vmemail"),),
    ),
)
"""Every rule over several fields of one row."""
