"""How a request's fields are read: from a form, of either encoding, or from the segments of the path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

from aiohttp import web

FIELDS: Final = (
    "UserName",
    "Password",
    "Number",
    "Description",
    "Type",
    "RingType",
    "Ringstyle",
    "URI",
    "URI2",
    "URI3",
    "SMSRingType",
    "SMSURI",
    "FaxDetect",
    "FaxEmail",
    "FaxRing",
    "Vm",
    "Vmring",
    "Vms2t",
    "Vmemail",
    "Cnam",
    "Record",
    "Screening",
    "Channels",
    "Atcd",
    "SID",
)
"""The fields of BuyNumbers in the order documented, which is the order of the path's segments."""

LARGEST_BODY: Final = 256 * 1024
"""bytes of a form at most"""
_MOST_FIELDS: Final = 100


class UnreadableFormError(Exception):
    """The form cannot be read; `status` is the HTTP status to say so with."""

    def __init__(self, status: int) -> None:
        super().__init__(f"unreadable form, HTTP {status}")
        self.status = status


async def posted(request: web.BaseRequest) -> Mapping[str, str]:
    """Read the form of a POST. Raises `UnreadableFormError` where it is too large or none."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise UnreadableFormError(413)
    try:
        if request.content_type.startswith("multipart/"):
            parts = await request.post()
            return {name: value for name, value in parts.items() if isinstance(value, str)}
        body = await request.read()
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except (ValueError, AssertionError) as error:
        # aiohttp reads a multipart body with assertions where its boundary is missing or wrong.
        raise UnreadableFormError(400) from error


def of_path(segments: list[str]) -> Mapping[str, str]:
    """Read the fields of a GET from its path's segments, still percent-encoded. Empty ones count as absent."""
    named = zip(FIELDS, segments, strict=False)
    return {name: unquote(segment) for name, segment in named if segment}
