"""Nothing secret in what is shown: passwords in URIs, query strings, and passwords that this process has seen.

The last resort, for words that come from elsewhere (an exception of a library, a provider's answer): the program itself puts
no secret into a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from urllib.parse import quote, quote_plus

MASK = "***"

_SCHEMES = r"sips?|https?|ftps?|postgresql"
_USER_INFO = re.compile(rf"(?i)((?:{_SCHEMES}):(?://)?[^\s/@:?#\"'<>]{{0,512}}):[^\s\"'<>]{{1,512}}@")
# Without a scheme, as destinations may be written; mailto:bob@host holds no secret.
_BARE_INFO = re.compile(
    rf"(?i)(?<![\w.+%/-])(?!(?:{_SCHEMES}|mailto|tel):)([\w.+%-]{{1,512}}):[^\s/\"'<>]{{1,512}}@(?=[\w\[])"
)
_QUERY = re.compile(rf"(?i)((?:{_SCHEMES}):[^\s?#\"']{{0,2048}})([?#])[^\s\"']+")
_KEY = r"(?:password|passwd|pwd|secret|token|api_?key|signature)"
_FORM = re.compile(rf"(?i)({_KEY})=[^\s&\"']+")
_QUOTED = re.compile(rf"(?i)({_KEY}[\"']\s*:\s*)(?:\"[^\"]*\"|'[^']*')")
_FLAG = re.compile(r"(?i)--?[a-z-]*(?:pass|pwd|secret|token)[a-z-]*")

_SHORTEST = 4
_SHORT = 8
_seen: dict[str, re.Pattern[str]] = {}


def remember(secret: str) -> None:
    """Mask this password from now on, wherever it may turn up, also as a form, a URL, JSON or a repr has it.

    One of fewer than 8 characters is masked where it stands as a word of its own, for it may be a part of ordinary ones; one
    of fewer than 4 not at all.
    """
    if len(secret) >= _SHORTEST:
        _remember(secret)


def remember_flags(arguments: Sequence[str]) -> bool:
    """Mask what was given as a flag named like a secret, which no command takes; whether there was one."""
    found = False
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if _FLAG.fullmatch(name):
            found = True
            value = value if equals else following
            if value and not value.startswith("-"):
                _remember(value)
    return found


def mask(text: str) -> str:
    """`text` without secrets."""
    for seen in _seen.values():
        text = seen.sub(MASK, text)
    text = _USER_INFO.sub(rf"\1:{MASK}@", text)
    text = _BARE_INFO.sub(rf"\1:{MASK}@", text)
    text = _QUERY.sub(rf"\1\2{MASK}", text)
    text = _QUOTED.sub(rf"\1'{MASK}'", text)
    return _FORM.sub(rf"\1={MASK}", text)


def _remember(secret: str) -> None:
    raw = secret.encode("utf-8", "surrogatepass")
    forms = {secret, quote(raw, safe=""), quote(raw), quote_plus(raw), json.dumps(secret)[1:-1]}
    forms |= {json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1], ascii(secret)[1:-1]}
    longest_first = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    alone = len(secret) < _SHORT
    _seen[secret] = re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)" if alone else longest_first)
