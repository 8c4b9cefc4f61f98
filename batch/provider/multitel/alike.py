"""Whether what was asked for with a purchase and what the account reports of the number mean the same, however written.

How the account writes its values back is documented by example only: whatever differs in more than form is a difference.
"""

from __future__ import annotations

import re

_YES = frozenset({"1", "true", "yes", "on", "y"})
_NO = frozenset({"0", "false", "no", "off", "n", ""})
_MARK = re.compile(r" #[0-9A-Za-z]+")
"""What the setting `mark` appends to a description, to tell which attempt bought the number."""


def same_text(asked: str, has: str) -> bool:
    """Words, whatever space is around them; a mark behind them is none of the order's."""
    asked, has = asked.strip(), has.strip()
    return asked == has or (has.startswith(asked) and _MARK.fullmatch(has, len(asked)) is not None)


def same_destination(asked: str, has: str) -> bool:
    """A SIP URI, with or without `sip:`, its host in any case; or a phone number, with or without +."""
    return _destination(asked) == _destination(has)


def same_flag(asked: str, has: str) -> bool:
    """Yes or no, in any of the words for it."""
    return _flag(asked) == _flag(has)


def same_count(asked: str, has: str) -> bool:
    """Figures, whatever zeros stand before them."""
    return _count(asked) == _count(has)


def same_address(asked: str, has: str) -> bool:
    """An e-mail address: its host in any case."""
    return _host_lower(asked.strip()) == _host_lower(has.strip())


def _destination(value: str) -> str:
    value = value.strip()
    scheme, colon, rest = value.partition(":")
    if colon and scheme.lower() == "sip":
        value = rest
    return _host_lower(value) if "@" in value else value.removeprefix("+").lower()


def _host_lower(value: str) -> str:
    user, at, host = value.rpartition("@")
    return f"{user}{at}{host.lower()}"


def _flag(value: str) -> str:
    word = value.strip().lower()
    return "yes" if word in _YES else "no" if word in _NO else word


def _count(value: str) -> str:
    value = value.strip()
    return str(int(value)) if value.isascii() and value.isdigit() else value
