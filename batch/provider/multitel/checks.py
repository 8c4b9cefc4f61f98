"""How one value of a purchase is judged: what the provider documents, and otherwise no stricter than sense demands.

Each check takes a value that is not blank, and answers its complaint or None. Whatever is allowed is sent as written.
"""

from __future__ import annotations

import re

from batch.fields import Complaint
from batch.provider.multitel.complaints import complain

_URI_LONGEST = 512
_URL_LONGEST = 2048
_EMAIL_LONGEST = 254
_DESCRIPTION_LONGEST = 1000
"""The provider documents no limit: this stops a pasted page, not a long name."""

SECONDS = (0, 999)
CHANNELS = (1, 9999)
"""Whole numbers, from and to."""
_CHANNELS_WORTH_A_LOOK = 100

# \w keeps internationalised host names; whether the provider knows them, its answer will tell.
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|\w(?:[\w.-]*\w)?\.?)(?::[0-9]{1,5})?"
_BLANK = r"\s\x00-\x1f\x7f-\x9f"
_SIP = re.compile(
    rf"(?![a-z]+://)(?P<scheme>sips?:)?+(?:(?P<user>[^{_BLANK}@<>\"]+)@)?{_HOST}(?:;[^{_BLANK}@<>\"?]*)?(?:\?[^{_BLANK}@<>\"]*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"[1-9][0-9]{6,14}")
_PREFIXED = re.compile(r"(?:\+|0)[0-9]+")
_EMAIL = re.compile(rf"(?![a-z]+://)[^{_BLANK}@,:;<>\"]+@\w(?:[\w.-]*\w)?", re.IGNORECASE)
_URL = re.compile(rf"https?://(?:[^{_BLANK}@/?#]+@)?{_HOST}(?:[/?#][^{_BLANK}]*)?", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"https?://[^@/?#]*:[^@/?#]+@", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NO_CHARACTER = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
"""What no encoding can send, and what no workbook can hold: Failures could not order it again."""
_WHOLE = re.compile(r"[0-9]{1,7}")
_SID = re.compile(r"[0-9]{1,20}")


def is_sip(value: str) -> bool:
    """Whether `value` is a SIP URI as the provider takes them: `sip:name@host`, `name@host` or `sip:host`."""
    match = _SIP.fullmatch(value)
    return match is not None and (match["scheme"] is not None or match["user"] is not None)


def is_phone(value: str) -> bool:
    """Whether `value` is a phone number to dial: digits with country code, without +, 00 or 011."""
    return _PHONE.fullmatch(value) is not None


def is_prefixed(value: str) -> bool:
    """Whether `value` is digits behind a +, or behind a zero (00, 011, a national 0), which no country code begins with."""
    return _PREFIXED.fullmatch(value) is not None


def is_email(value: str) -> bool:
    """Whether `value` is one e-mail address."""
    return len(value) <= _EMAIL_LONGEST and _EMAIL.fullmatch(value) is not None


def is_url(value: str) -> bool:
    """Whether `value` is an http or https URL."""
    return _URL.fullmatch(value) is not None


def holds_password(value: str) -> bool:
    """Whether `value` is a SIP URI or a URL with a password in its user part."""
    if _URL_PASSWORD.match(value):
        return True
    match = _SIP.fullmatch(value)
    return match is not None and ":" in (match["user"] or "")


def check_uri(value: str) -> Complaint | None:
    """A destination of whatever Type: a SIP URI or a phone number."""
    if len(value) > _URI_LONGEST:
        return complain("text-too-long", f"A destination is longer than {_URI_LONGEST} characters.")
    if is_sip(value) or is_phone(value):
        return _unsendable(value)
    return complain("uri-prefix" if is_prefixed(value) else "uri-malformed")


def check_sms_target(value: str) -> Complaint | None:
    """Where texts go, of whatever SMSRingType: an e-mail address or a URL."""
    if len(value) > _URL_LONGEST:
        return complain("text-too-long", f"SMSURI is longer than {_URL_LONGEST} characters.")
    return _unsendable(value) if is_email(value) or is_url(value) else complain("sms-target-malformed")


def check_email(value: str) -> Complaint | None:
    """One e-mail address."""
    return _unsendable(value) if is_email(value) else complain("email-malformed")


def check_seconds(value: str) -> Complaint | None:
    """Whole seconds."""
    return None if _is_whole(value, SECONDS) else complain("seconds-malformed")


def check_channels(value: str) -> Complaint | None:
    """A count of channels; a large one may be a typing error that costs, and is warned of."""
    if not _is_whole(value, CHANNELS):
        return complain("channels-malformed")
    return complain("channels-many") if int(value) > _CHANNELS_WORTH_A_LOOK else None


def check_sid(value: str) -> Complaint | None:
    """A sub-account's id."""
    return None if _SID.fullmatch(value) else complain("sid-malformed")


def check_description(value: str) -> Complaint | None:
    """Any text that can be sent; control characters stay data in the form and are only warned of."""
    if len(value) > _DESCRIPTION_LONGEST:
        return complain("text-too-long", f"Description is longer than {_DESCRIPTION_LONGEST:,} characters.")
    return _unsendable(value) or (complain("text-control") if _CONTROL.search(value) else None)


def _is_whole(value: str, bounds: tuple[int, int]) -> bool:
    return _WHOLE.fullmatch(value) is not None and bounds[0] <= int(value) <= bounds[1]


def _unsendable(value: str) -> Complaint | None:
    return complain("text-broken") if _NO_CHARACTER.search(value) else None
