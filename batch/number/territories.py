"""National numbers that belong to a country's territories, which have country codes of their own.

Who dials within France reaches Réunion by 0262…, from abroad by +262 262…: the national plan is one, the international ones are
several. The library reads such digits as +33 262…, which is nobody's number. Only ranges that are one territory's, by its plan
or by the regulator's list of blocks, stand here.
"""

from __future__ import annotations

from typing import Final

_FRENCH: Final = {
    # Réunion and Mayotte; Guadeloupe with Saint Martin and Saint Barthélemy; Guyane; Martinique: nine digits behind the code.
    "262": "262 263 269 639 692 693 2688 2689 7092 9398 9399 9478 9479 9762 9763 9769",
    "590": "590 690 691 5987 7090 9395 9475 9760 9761",
    "594": "594 694 5988 9396 9476 9764 9765",
    "596": "596 696 697 5989 7091 9397 9477 9766 9767",
}
_CODES: Final = {start: code for code, starts in _FRENCH.items() for start in starts.split()}
_LENGTH: Final = 9
_SAINT_PIERRE: Final = "508"

FRENCH: Final = frozenset({"262", "590", "594", "596", _SAINT_PIERRE})
"""The country codes of numbers that are national ones in France."""

ISLANDS: Final = frozenset({"590"})
"""The codes whose countries (Guadeloupe, Saint Martin, Saint Barthélemy) share ranges: a block may lie in several of them."""


def territorial(digits: str, region: str) -> str | None:
    """International digits for what is dialled as `digits` in `region` (ISO alpha-2) and is a territory's; else None."""
    if region != "FR":
        return None
    national = digits.removeprefix("0")
    if len(national) != _LENGTH:
        return None
    if code := _CODES.get(national[:3]) or _CODES.get(national[:4]):
        return code + national
    # Saint Pierre and Miquelon: within France its six digits are dialled behind 0508; its mobiles have nine of their own.
    if national.startswith(_SAINT_PIERRE):
        return national
    return _SAINT_PIERRE + national if national.startswith("7085") else None
