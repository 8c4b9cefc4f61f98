"""Nothing secret in what is shown: user info and query strings of URIs, and passwords that this process has seen."""

from __future__ import annotations

import re

_USER_INFO = re.compile(r"(?i)((?:sips?|https?|ftps?|postgresql):(?://)?[^\s/@:?#]*):([^\s@/]+)@")
_QUERY = re.compile(r"(?i)((?:https?|sips?|ftps?|postgresql):[^\s?\"']*)\?[^\s\"']+")
_FORM = re.compile(r"(?i)(password|passwd|secret|token)=[^\s&\"']+")
_SHORTEST = 4
_seen: set[str] = set()


def remember(secret: str) -> None:
    """Mask this password from now on, wherever it may turn up (a very short one would mask half of all words)."""
    if len(secret) >= _SHORTEST:
        _seen.add(secret)


def mask(text: str) -> str:
    """`text` without secrets."""
    for secret in _seen:
        text = text.replace(secret, "***")
    text = _USER_INFO.sub(r"\1:***@", text)
    text = _QUERY.sub(r"\1?***", text)
    return _FORM.sub(r"\1=***", text)
