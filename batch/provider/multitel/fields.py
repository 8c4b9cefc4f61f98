"""The fields of MultiTEL's BuyNumbers, in its documented order, without login and number.

Names, meanings and defaults are the provider's documents of January 2015. What the account reports of a number it calls otherwise
(`reported`): its RingType is the purchase's Ringstyle, its ForwardDestination the purchase's Type; the purchase's RingType,
Record, Screening and Atcd, and where texts go, it does not report.
"""

from __future__ import annotations

from types import MappingProxyType

from batch.fields import Field, FieldTable, Group
from batch.provider.multitel import alike, checks, forms
from batch.provider.multitel.rules import RULES

_FLAG = MappingProxyType({"yes": "1", "no": "0", "true": "1", "false": "0", "on": "1", "off": "0", "y": "1", "n": "0"})
_DESTINATION = (forms.SIP_URI, forms.DIALLED)

_ROUTING = (
    Field(
        "Description",
        "A short text of your own, shown in the provider's panel",
        Group.ROUTING,
        example="Support line Paris",
        if_absent="the number",
        check=checks.check_description,
        reported=("Description",),
        alike=alike.same_text,
    ),
    Field(
        "Type",
        "Where calls are forwarded to: a SIP URI or a phone number",
        Group.ROUTING,
        example="SIP",
        words=MappingProxyType({"sip": "1", "dial": "2", "phone": "2"}),
        shown=MappingProxyType({"1": "SIP"}),
        reported=("ForwardDestination",),
        alike=alike.same_count,
    ),
    Field(
        "RingType",
        "The order in which the destinations ring",
        Group.ROUTING,
        example="sequential",
        words=MappingProxyType({"sequential": "1", "random": "2", "simultaneous": "3"}),
    ),
    Field(
        "Ringstyle",
        "What the caller hears while it rings",
        Group.ROUTING,
        example="ring",
        words=MappingProxyType({"ring": "1", "music": "2", "early media": "2"}),
        reported=("RingType", "RingStyle"),
        alike=alike.same_count,
    ),
    Field(
        "URI",
        "The first SIP URI to ring; with Type 2 the phone number to dial, with no 00, 011 or +",
        Group.ROUTING,
        example="sip:100@pbx.example.com",
        if_absent="the account's default destination",
        check=checks.check_uri,
        shapes=_DESTINATION,
        secret=True,
        rings=True,
        reported=("Uri",),
        alike=alike.same_destination,
    ),
    Field(
        "URI2",
        "The second SIP URI to ring",
        Group.ROUTING,
        check=checks.check_uri,
        shapes=_DESTINATION,
        secret=True,
        rings=True,
        reported=("Uri2",),
        alike=alike.same_destination,
    ),
    Field(
        "URI3",
        "The third SIP URI to ring",
        Group.ROUTING,
        check=checks.check_uri,
        shapes=_DESTINATION,
        secret=True,
        rings=True,
        reported=("Uri3",),
        alike=alike.same_destination,
    ),
)
_SMS = (
    Field(
        "SMSRingType",
        "How texts are delivered: by e-mail, or by POST to a URL",
        Group.SMS,
        words=MappingProxyType({"email": "1", "e-mail": "1", "post": "2", "url": "2"}),
    ),
    Field(
        "SMSURI",
        "Where texts are delivered: the e-mail address or the URL, as SMSRingType says",
        Group.SMS,
        check=checks.check_sms_target,
        shapes=(forms.EMAIL, forms.URL),
        secret=True,
    ),
)
_RETIRED = (
    Field(
        "FaxDetect",
        "Listen for faxes",
        Group.FAX,
        if_absent="0",
        words=_FLAG,
        retired=True,
        reported=("FaxDetect",),
        alike=alike.same_flag,
    ),
    Field(
        "FaxEmail",
        "Where faxes are sent",
        Group.FAX,
        check=checks.check_email,
        shapes=(forms.EMAIL,),
        retired=True,
        reported=("FaxEmail",),
        alike=alike.same_address,
    ),
    Field(
        "FaxRing",
        "Seconds to listen for fax tones",
        Group.FAX,
        if_absent="5",
        check=checks.check_seconds,
        whole=checks.SECONDS,
        retired=True,
        reported=("FaxRing",),
        alike=alike.same_count,
    ),
    Field("Vm", "Voicemail", Group.VOICEMAIL, words=_FLAG, retired=True, reported=("Vm",), alike=alike.same_flag),
    Field(
        "Vmring",
        "Seconds before voicemail answers",
        Group.VOICEMAIL,
        check=checks.check_seconds,
        whole=checks.SECONDS,
        retired=True,
        reported=("Vmring",),
        alike=alike.same_count,
    ),
    Field(
        "Vms2t",
        "Voicemail to text",
        Group.VOICEMAIL,
        words=_FLAG,
        retired=True,
        reported=("Vmtts",),
        alike=alike.same_flag,
    ),
    Field(
        "Vmemail",
        "Where voicemails are sent",
        Group.VOICEMAIL,
        check=checks.check_email,
        shapes=(forms.EMAIL,),
        retired=True,
        reported=("Vmemail",),
        alike=alike.same_address,
    ),
)
_FEATURES = (
    Field(
        "Cnam",
        "Look the caller's name up",
        Group.FEATURES,
        if_absent="0",
        words=_FLAG,
        reported=("Cnam",),
        alike=alike.same_flag,
    ),
    Field("Record", "Record calls", Group.FEATURES, if_absent="0", words=_FLAG),
    Field("Screening", "Callers must say who they are", Group.FEATURES, if_absent="0", words=_FLAG),
    Field(
        "Channels",
        "How many calls at a time; leave blank for numbers that take texts only",
        Group.FEATURES,
        example="2",
        if_absent="2, or 1 where the number has just one",
        check=checks.check_channels,
        whole=checks.CHANNELS,
        reported=("Channels",),
        alike=alike.same_count,
    ),
    Field("Atcd", "Hang up on automated calls", Group.FEATURES, if_absent="0", words=_FLAG),
    Field(
        "SID",
        "The sub-account that gets the number, by its id",
        Group.ACCOUNT,
        check=checks.check_sid,
        digits=True,
        reported=("Subaccount_Id",),
        alike=alike.same_count,
    ),
)

FIELDS = FieldTable((*_ROUTING, *_SMS, *_RETIRED, *_FEATURES), RULES)
"""Every field that may be sent with a purchase, and the rules across them."""
