"""How a raw setting becomes a value: text from a flag or variable, or what TOML made of it.

Each converter takes the raw value and answers the converted one, or raises ValueError with words that fit after the
setting's name ("is no number of seconds: '5 parsecs'").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from batch.ledger.records import Environment
from batch.ledger.wishes import FASTEST, SLOWEST
from batch.money import parse_money
from batch.pool.options import Brake
from batch.settings.secret import Secret

T = TypeVar("T")

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
_PIECE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_MOST_SECONDS = Decimal(10 * 365 * 86400)


def text(raw: object) -> str:
    """Text that is not blank."""
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError(f"must be text, not {_shown(raw)}")
    if not raw.isprintable():
        raise ValueError("holds characters that can't be printed")
    return raw.strip()


def switch(raw: object) -> bool:
    """True or false."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(f"must be true or false, not {_shown(raw)}")
    return word in _TRUE


def pace(raw: object) -> Decimal:
    """Requests a second, within what can be meant: the pacer's arithmetic overflows with much smaller or larger ones."""
    number = _number(raw)
    if number is None or not number > 0:
        raise ValueError(f"must be a number above 0, not {_shown(raw)}")
    if not SLOWEST <= number <= FASTEST:
        raise ValueError(f"must be between {SLOWEST:f} and {FASTEST:,f} requests a second, not {_shown(raw)}")
    return number


def money(raw: object) -> Decimal:
    """An amount of money: plain digits with at most one decimal point."""
    amount = parse_money(str(raw)) if isinstance(raw, str | int | Decimal) and not isinstance(raw, bool) else None
    if amount is None:
        raise ValueError(f"must be an amount like 250 or 249.50, without a currency's sign, not {_shown(raw)}")
    return amount


def count(least: int) -> Callable[[object], int]:
    """A converter to a whole number that is at least `least`."""

    def convert(raw: object) -> int:
        number = _number(raw)
        if number is None or number != number.to_integral_value() or number < least:
            raise ValueError(f"must be a whole number of {least} or more, not {_shown(raw)}")
        return int(number)

    return convert


def duration(raw: object) -> float:
    """Seconds: 10, 10s, 10m, 1h30m."""
    seconds = _seconds(raw)
    if seconds is None:
        raise ValueError(f"must be a duration like 10, 10s, 10m or 1h, not {_shown(raw)}")
    return float(seconds)


def positive_duration(raw: object) -> float:
    """A duration above 0."""
    seconds = duration(raw)
    if not seconds > 0:
        raise ValueError(f"must be longer than nothing, not {_shown(raw)}")
    return seconds


def until(raw: object) -> time | timedelta:
    """A time of day (18:30) or a duration from now on (2h)."""
    if isinstance(raw, time) and raw.tzinfo is None:
        return raw
    clock = _CLOCK.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if clock is not None:
        return time(int(clock[1]), int(clock[2]), int(clock[3] or 0))
    seconds = _seconds(raw)
    if seconds is None or not seconds > 0:
        raise ValueError(f"must be a time of day like 18:30, or a duration like 2h, not {_shown(raw)}")
    return timedelta(seconds=float(seconds))


def brake(raw: object) -> Brake | None:
    """A count of refusals, a percentage of them, or `off`."""
    words = str(raw).strip().lower()
    if raw is False or words == "off":
        return None
    number = _number(words.removesuffix("%").strip())
    is_percent = words.endswith("%")
    if not isinstance(raw, bool) and number is not None and number > 0:
        if is_percent and number <= 100:
            return Brake(count=None, percent=number)
        if not is_percent and number == number.to_integral_value():
            return Brake(count=int(number), percent=None)
    raise ValueError(f"must be a count like 40, a percentage like 20%, or off, not {_shown(raw)}")


def codes(raw: object) -> frozenset[int]:
    """Return codes: a list in a file, separated by commas elsewhere."""
    parts = raw if isinstance(raw, list) else str(raw).split(",")
    try:
        return frozenset(int(str(part).strip()) for part in parts if str(part).strip())
    except ValueError:
        raise ValueError(f"must be return codes like -275,-1265, not {_shown(raw)}") from None


def country(raw: object) -> str:
    """A country's two letters."""
    word = str(raw).strip().upper()
    if not re.fullmatch("[A-Z]{2}", word):
        raise ValueError(f"must be a country's two letters like FR, not {_shown(raw)}")
    return word


def currency(raw: object) -> str:
    """A currency's three letters."""
    word = str(raw).strip().upper()
    if not re.fullmatch("[A-Z]{3}", word):
        raise ValueError(f"must be a currency's three letters like USD, not {_shown(raw)}")
    return word


def exchange_rate(raw: object) -> Decimal:
    """So much of one currency for one of another: above 0."""
    rate = parse_money(str(raw)) if isinstance(raw, str | int | Decimal) and not isinstance(raw, bool) else None
    if not rate:
        raise ValueError(f"must be a rate above 0 like 0.9215, not {_shown(raw)}")
    return rate


def day(raw: object) -> date:
    """A day, as 2026-11-30."""
    try:
        return date.fromisoformat(str(raw).strip())
    except ValueError:
        raise ValueError(f"must be a day like 2026-11-30, not {_shown(raw)}") from None


def zone(raw: object) -> str:
    """The name of a time zone that the system knows."""
    name = text(raw)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must be a time zone like Europe/Berlin, not {_shown(raw)}") from None
    return name


def environment(raw: object) -> Environment:
    """Live or rehearsal."""
    return Environment(one_of(*Environment)(raw))


def one_of(*words: str) -> Callable[[object], str]:
    """A converter to one of `words`, whatever the case."""

    def convert(raw: object) -> str:
        word = str(raw).strip().lower()
        if word not in words:
            raise ValueError(f"must be {' or '.join(words)}, not {_shown(raw)}")
        return word

    return convert


def directory(raw: object) -> Path:
    """A directory's path, as it stands."""
    path = text(raw)
    if "://" in path:
        raise ValueError("must be a directory: ledgers on a server are not available in this version")
    return Path(path)


def home_expanded(path: str) -> Path:
    """`path` with ~ expanded; a relative path stays one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ValueError(f"begins with ~, and there is no home directory here: {_shown(path)}") from None


def command(raw: object) -> tuple[str, ...]:
    """A command and its arguments: a list, or a line split as a shell would, but run without one."""
    import shlex  # noqa: PLC0415 - seldom needed

    if isinstance(raw, list) and raw and all(isinstance(part, str) for part in raw):
        return tuple(raw)
    try:
        parts = shlex.split(text(raw))
    except ValueError:
        parts = []
    if not parts:
        # Not quoted: a command can hold a secret.
        raise ValueError("must be a command, as a list or as one line with balanced quotes")
    return tuple(parts)


def columns(raw: object) -> Mapping[str, str | bool]:
    """A table of header = field name, or false."""
    if not isinstance(raw, dict):
        raise ValueError("must be a table: header = field name, or false")  # noqa: TRY004 - one error for all converters
    for header, field in raw.items():
        if field is not False and not isinstance(field, str):
            raise ValueError(f"maps {header!r} to {_shown(field)}: must be a field's name, or false")
    return dict(raw)


def defaults(raw: object) -> Mapping[str, str]:
    """A table of field = value; numbers and switches as the provider takes them."""
    if not isinstance(raw, dict):
        raise ValueError("must be a table: field = value")  # noqa: TRY004 - one error for all converters
    found = {}
    for field, value in raw.items():
        if not isinstance(value, str | int | Decimal):
            raise ValueError(f"gives {field} a value that is neither text nor a number, true or false")  # noqa: TRY004
        found[field] = str(int(value)) if isinstance(value, bool) else str(value)
    return found


def _number(raw: object) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        return None
    try:
        number = Decimal(raw.strip().replace("_", "") if isinstance(raw, str) else raw)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _seconds(raw: object) -> Decimal | None:
    plain = _number(raw)
    if plain is not None:
        return plain if 0 <= plain <= _MOST_SECONDS else None
    words = "".join(raw.lower().split()) if isinstance(raw, str) else ""
    pieces = _PIECE.findall(words)
    if not pieces or "".join(amount + unit for amount, unit in pieces) != words:
        return None
    total = sum((Decimal(amount) * _UNITS[unit] for amount, unit in pieces), Decimal(0))
    return total if total <= _MOST_SECONDS else None


def _shown(raw: object) -> str:
    shown = repr(str(raw)) if isinstance(raw, Decimal) else repr(raw)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def secret(raw: object) -> Secret:
    """A password: never quoted back."""
    if not isinstance(raw, str) or not raw or "\n" in raw:
        raise ValueError("must be text in quotes, on one line")
    return Secret(raw)
