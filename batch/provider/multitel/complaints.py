"""What can be wrong with an order's routing: each complaint's stable code, its meaning and its remedy, in one table."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from batch.fields import Complaint

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPLAINTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "text-too-long": ("The text is longer than anything the provider can be meant to take.", "Shorten it."),
        "text-broken": (
            "The text holds half a character (a lone surrogate), or what is none (U+FFFE, U+FFFF): it can't be sent, or kept.",
            "Type the text again.",
        ),
        "text-control": (
            "The text holds a line break or another control character; it is sent as it stands.",
            "Take it out unless it is meant.",
        ),
        "uri-malformed": (
            "A destination is neither a SIP URI nor a phone number.",
            "Write sip:name@host or name@host; or, with Type 2, the phone number in digits with its country code.",
        ),
        "uri-not-sip": (
            "With Type 1 (SIP) calls go to a SIP URI, and the destination is none.",
            "Write sip:name@host or name@host; to dial a phone number set Type to 2.",
        ),
        "uri-not-phone": (
            "With Type 2 (dial) calls go to a phone number, and the destination is none.",
            "Write the number in digits with its country code, like 12025550123; for a SIP URI set Type to 1.",
        ),
        "uri-prefix": (
            "The phone number to dial begins with +, 00, 011 or a zero, which the provider does not take.",
            "Begin with the country code, like 12025550123.",
        ),
        "uri-gap": (
            "URI2 stands without URI, or URI3 without URI2.",
            "Fill the destinations in order: URI, URI2, URI3.",
        ),
        "uri-extra": (
            "The provider documents one phone number for Type 2, in URI; what it does with URI2 and URI3 is not known.",
            "Leave URI2 and URI3 blank, or set Type to 1 and ring SIP URIs.",
        ),
        "uri-without-type": (
            "A destination stands without Type, so the provider decides how to read it.",
            "Set Type: 1 for a SIP URI, 2 for a phone number.",
        ),
        "uri-missing": (
            "No destination is given: calls go wherever the account sends them by default.",
            "Fill in URI unless the account's default is meant.",
        ),
        "uri-password": (
            "The destination holds a password, which will stand in the workbook, the ledger and the provider's records.",
            "Let the exchange trust the provider's addresses instead, or make sure that only the right people see the files.",
        ),
        "sms-target-malformed": (
            "SMSURI is neither an e-mail address nor a URL.",
            "Write name@example.com, or https://example.com/path.",
        ),
        "sms-target-not-email": (
            "SMSRingType 1 sends texts by e-mail, and SMSURI is no e-mail address.",
            "Write name@example.com; for a URL set SMSRingType to 2.",
        ),
        "sms-target-not-url": (
            "SMSRingType 2 posts texts to a URL, and SMSURI is no URL.",
            "Write https://example.com/path; for an e-mail address set SMSRingType to 1.",
        ),
        "sms-type-missing": (
            "SMSURI says where texts go, and SMSRingType, which says how, is blank.",
            "Set SMSRingType: 1 for an e-mail address, 2 for a URL.",
        ),
        "sms-target-missing": (
            "SMSRingType says how texts are delivered, and SMSURI, which says where, is blank.",
            "Fill in SMSURI, or clear SMSRingType.",
        ),
        "email-malformed": ("This is not one e-mail address.", "Write one address, like name@example.com."),
        "seconds-malformed": ("This is not a whole number of seconds from 0 to 999.", "Write digits only, like 20."),
        "channels-malformed": ("Channels is not a whole number from 1 to 9999.", "Write digits only, like 2."),
        "channels-many": (
            "More than 100 channels for one number: they may be charged each.",
            "Check that the count is meant.",
        ),
        "sid-malformed": ("A sub-account id is digits, and this is not.", "Copy the id from the provider's panel."),
        "fax-email-missing": (
            "FaxDetect is on, and FaxEmail, where faxes go, is blank.",
            "Fill in FaxEmail, or set FaxDetect to 0.",
        ),
        "voicemail-email-missing": (
            "Vms2t is on, and Vmemail, where voicemails go, is blank.",
            "Fill in Vmemail, or set Vms2t to 0.",
        ),
    }
)
"""Complaint code → (what it means, how to mend it), for `numbatch explain` and for the complaints themselves."""

WARNINGS = frozenset({"text-control", "uri-extra", "uri-without-type", "uri-missing", "uri-password", "channels-many"})
"""The codes that are warned of and allowed; every other one makes the row invalid."""


def complain(code: str, problem: str = "") -> Complaint:
    """The complaint called `code`, with `problem` instead of the table's sentence where this row can be told more.

    `problem` never quotes a value: values may hold secrets, and the problem list shows the cell beside it anyway.
    """
    meaning, remedy = COMPLAINTS[code]
    return Complaint(code, problem or meaning, remedy, warning=code in WARNINGS)
