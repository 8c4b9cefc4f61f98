"""Magic numbers: each goes wrong in one known way, every time.

They are the numbers +1 202 555 0130 to 0199, of the range kept for fiction: valid in the plan of North America, so that
they pass a workbook's validation, and nobody's. Only a purchase meets the magic; the account query tells the truth.

| last digits | |
|---|---|
| 0100 to 0129 | ordinary numbers, for comparison |
| 0130 to 0149 | a return code each |
| 0150 to 0189 | a fault each, at the first try; later tries go well |
| 0190 to 0195 | a fault at every try |
| 0196 and 0197 | takes texts and no calls; a purchase goes well |
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from batch.provider.simulator.faults import FAULTS, Answer, Execution, Fault

_STEM: Final = "120255501"


class Lot(StrEnum):
    """How a number of the stock stands before anybody asks for it."""

    ELSEWHERE = "elsewhere"
    """sold to another customer: -165"""
    OURS = "ours"
    """bought by this account long ago: -165"""
    RESERVED = "reserved"
    """reserved for ever: -220"""
    ABSENT = "absent"
    """not in the inventory: -275"""


@dataclass(frozen=True, slots=True)
class MagicNumber:
    """A number, and what a purchase of it does."""

    number: str
    """digits, international, without +"""
    does: str
    fault: Fault | None = None
    tries: int | None = 1
    """the first so many tries meet `fault`; None: every try"""
    lot: Lot | None = None
    """how it stands in the stock beforehand"""
    texts_only: bool = False
    """takes no calls"""

    def fault_of(self, nth: int) -> Fault | None:
        """Return the fault of the `nth` try (from 1), or None: it goes as the stock has it."""
        return self.fault if self.tries is None or nth <= self.tries else None


def _code(code: int, meaning: str, *, executed: bool = False) -> Fault:
    return Fault(
        does=f"{code}: {meaning}",
        execution=Execution.FIRST if executed else Execution.NEVER,
        answer=Answer.CODE,
        code=code,
    )


_LOTS: Final = {
    32: (Lot.ELSEWHERE, "-165: sold to another customer"),
    33: (Lot.OURS, "-165: this account bought it more than a year ago"),
    35: (Lot.RESERVED, "-220: reserved, for ever"),
    36: (Lot.ABSENT, "-275: not in the inventory, though it is listed"),
}

_CODES: Final = {
    30: _code(99, "not enough balance"),
    31: _code(100, "not authenticated"),
    37: _code(-1210, "number not cleared"),
    38: _code(-1265, "documents required"),
    39: _code(-55, "no such user"),
    40: _code(-110, "wrong password"),
    41: _code(-330, "no such country code"),
    42: _code(-1100, "account not active (unconfirmed)"),
    43: _code(-1320, "reserved for another customer (unconfirmed)"),
    44: _code(-1650, "wrong account type (unconfirmed)"),
    45: _code(-1705, "rating too low (unconfirmed)"),
    46: _code(-9999, "a code that nobody knows, and not executed"),
    47: _code(-9998, "a code that nobody knows, and executed", executed=True),
    48: _code(7, "a positive code that nobody knows, and not executed"),
}

_FIRST_TRY: Final = {
    50: "executed, dropped",
    51: "executed, reset",
    52: "late",
    53: "dropped",
    54: "slow",
    55: "late, 504",
    56: "500",
    57: "executed, 500",
    58: "502",
    59: "executed, 502",
    60: "504",
    61: "executed, 504",
    62: "503",
    63: "executed, 503",
    64: "503, retry after",
    65: "executed, 503, retry after",
    66: "429",
    67: "429, retry after",
    68: "html",
    69: "executed, html",
    70: "cut",
    71: "cut json",
    72: "empty",
    73: "executed, empty",
    74: "other number",
    75: "executed, other number",
    76: "redirect",
    77: "nan",
    78: "boolean",
    79: "drip",
    80: "delivered twice",
    81: "float",
    82: "null",
    83: "nested",
    84: "no return",
    85: "no row",
    86: "two rows",
    87: "no DATA",
}

_TEXTS_ONLY: Final = (96, 97)

_EVERY_TRY: Final = {90: "dropped", 91: "500", 92: "503", 93: "429", 94: "slow", 95: "empty"}


def _all() -> dict[str, MagicNumber]:
    lots = [MagicNumber(f"{_STEM}{last}", does, lot=lot) for last, (lot, does) in _LOTS.items()]
    codes = [MagicNumber(f"{_STEM}{last}", fault.does, fault, None) for last, fault in _CODES.items()]
    codes.append(MagicNumber(f"{_STEM}34", FAULTS["reserved"].does, FAULTS["reserved"]))
    once = [MagicNumber(f"{_STEM}{last}", FAULTS[name].does, FAULTS[name]) for last, name in _FIRST_TRY.items()]
    always = [
        MagicNumber(f"{_STEM}{last}", f"{FAULTS[name].does}, at every try", FAULTS[name], None)
        for last, name in _EVERY_TRY.items()
    ]
    texts = [
        MagicNumber(f"{_STEM}{last}", "bought: takes texts and no calls (VOIP 0, SMS 1)", texts_only=True)
        for last in _TEXTS_ONLY
    ]
    every = sorted(lots + codes + once + always + texts, key=lambda magic: magic.number)
    return {magic.number: magic for magic in every}


MAGIC: Final = _all()
"""The magic numbers, by number."""


def magic_numbers() -> list[MagicNumber]:
    """Return every magic number, in ascending order."""
    return list(MAGIC.values())
