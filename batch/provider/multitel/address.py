"""Where the provider is: a base URL that is safe to send a password to."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

from yarl import URL

from batch.errors import UsageError

_SCHEMES = frozenset({"http", "https"})
_ODD = re.compile(r"[\s\\\x00-\x1f\x7f]")
_EXAMPLE = "Write it like https://sapi.multitel.net/json."


def parse_base_url(text: str, *, allow_http: bool = False) -> URL:
    """`text` as a URL without trailing slash.

    Raises UsageError where it is no http or https URL with a host, carries user info, a query or a fragment (a password
    has no place there, so the message quotes nothing), or would send the password in clear to another machine.
    """
    try:
        if _ODD.search(text):
            raise ValueError  # noqa: TRY301 - one answer for all that is no URL
        url = URL(text)
        known = url.scheme in _SCHEMES and url.host and url.port
    except ValueError:
        known = None
        url = URL()
    if not known:
        raise UsageError("base_url is no http or https URL with a host.", remedy=_EXAMPLE)
    if url.user is not None or url.password is not None:
        raise UsageError(
            "base_url holds a user name or a password.",
            remedy=f"Credentials have settings of their own. {_EXAMPLE}",
        )
    if "?" in text or "#" in text:
        raise UsageError("base_url holds a query or a fragment.", remedy=_EXAMPLE)
    if url.scheme == "http" and not (allow_http or _loopback(url)):
        raise UsageError(
            "base_url is http: the password would cross the network in clear.",
            remedy="Use https, or set allow_http if you accept that.",
        )
    return URL(str(url).rstrip("/"))


def is_loopback(base_url: str) -> bool:
    """Whether `base_url` names this machine: localhost, 127.0.0.0/8 or ::1. A URL that is none is not."""
    try:
        return _loopback(URL(base_url))
    except ValueError:
        return False


def _loopback(url: URL) -> bool:
    host = (url.host or "").rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
