"""A plan in a file, to be carried out once: which orders, for which account, at which prices, for how much, until when. No secrets.

The file is JSON with a digest of itself, so that a change shows. That keeps nobody from making a plan; it keeps a plan that
somebody agreed to from becoming another one unnoticed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from batch.errors import UsageError
from batch.files import replacing
from batch.money import parse_money
from batch.number import Number
from batch.order import Choice, Source
from batch.plan.keeping import spans
from batch.plan.quote import Quote

VERSION = 1
_LARGEST = 64 * 1024 * 1024
_MOST_NUMBERS = 1_000_000
_AGAIN = "Make the plan again: numbatch plan ORDERS -o plan.json"


@dataclass(frozen=True, slots=True)
class FrozenFile:
    """An order workbook of a plan: its whole `path`, `relative` to the plan's directory, `sha256` of its bytes, the sheet read."""

    path: str
    relative: str
    sha256: str
    sheet: str

    def find(self, plan: Path) -> Path:
        """Where it is now: as it was, or moved with the `plan`; the one that is unchanged, where there is a choice."""
        places = [Path(self.path), plan.parent / self.relative, plan.parent / Path(self.path).name]
        there = [one for one in places if one.is_file()]
        return next((one for one in there if digest_of(one) == self.sha256), there[0] if there else places[0])


@dataclass(frozen=True, slots=True)
class FrozenPlan:
    """What a plan file says. Moments are aware, money is in the provider's currency.

    `account` and `host` are whom it is for; `reading` how its order workbooks are read, `key` the hash of what was read.
    `prices` are what was listed of the numbers to buy, `max_spend` and `max_numbers` what the run may come to over all its
    invocations, `choices` the numbers that were chosen for rows which leave them open.
    """

    id: str
    made: datetime
    expires: datetime
    provider: str
    environment: str
    host: str
    account: str
    files: tuple[FrozenFile, ...]
    reading: Mapping[str, Any]
    key: str
    numbers: int
    max_spend: Decimal
    max_numbers: int
    prices: Mapping[Number, Quote] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()


def write_plan(path: Path, plan: FrozenPlan) -> None:
    """Write it to `path`, whole or not at all, readable by its owner only. Raises UsageError where the system refuses."""
    said = _told(plan)
    said["signature"] = _digest(said)
    try:
        with replacing(path) as file:
            file.write(json.dumps(said, indent=1).encode() + b"\n")
    except OSError as error:
        raise UsageError(
            f"the plan can't be written to {path}: {error.strerror or error}", remedy="Name another place with -o."
        ) from None


def read_plan(path: Path) -> FrozenPlan:
    """The plan in the file at `path`. Raises UsageError where it can't be read, was changed, or is of another version."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST)
    except OSError as error:
        raise UsageError(f"the plan {path} can't be read: {error.strerror or error}", remedy=_AGAIN) from None
    try:
        said = json.loads(text)
        signature, version = said.pop("signature"), said["version"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError(f"{path} is no plan of ours", remedy=_AGAIN) from None
    if version != VERSION:
        raise UsageError(f"the plan {path} is of version {version!r}, and this program reads {VERSION}", remedy=_AGAIN)
    if signature != _digest(said):
        raise UsageError(f"the plan {path} was changed since it was made", remedy=_AGAIN)
    try:
        return _plan(said)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
        raise UsageError(f"the plan {path} can't be understood", remedy=_AGAIN) from None


def is_plan(path: Path) -> bool:
    """Whether the file at `path` is a plan file, changed or not."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(_LARGEST))
        return isinstance(said, dict) and {"version", "signature", "orders", "prices"} <= said.keys()
    except (OSError, ValueError, RecursionError):
        return False


def digest_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal; empty where it can't be read."""
    try:
        with path.open("rb") as file:
            digest = sha256()
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            return digest.hexdigest()
    except OSError:
        return ""


def _digest(said: Mapping[str, Any]) -> str:
    return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _told(plan: FrozenPlan) -> dict[str, Any]:
    kinds: dict[Quote, int] = {}
    numbered = [(int(number), kinds.setdefault(quote, len(kinds))) for number, quote in plan.prices.items()]
    quotes = list(kinds)
    return {
        "version": VERSION,
        "id": plan.id,
        "made": plan.made.isoformat(),
        "expires": plan.expires.isoformat(),
        "provider": plan.provider,
        "environment": plan.environment,
        "host": plan.host,
        "account": plan.account,
        "orders": [
            {"path": one.path, "relative": one.relative, "sha256": one.sha256, "sheet": one.sheet} for one in plan.files
        ],
        "reading": dict(plan.reading),
        "key": plan.key,
        "numbers": plan.numbers,
        "max_spend": str(plan.max_spend),
        "max_numbers": plan.max_numbers,
        "prices": [
            {
                "first": str(first),
                "count": count,
                "setup": str(quotes[kind].setup),
                "monthly": str(quotes[kind].monthly),
            }
            for first, count, kind in spans(numbered)
        ],
        "chosen": [
            {
                "file": one.source.file,
                "sheet": one.source.sheet,
                "row": one.source.row,
                "prefix": one.prefix,
                "numbers": list(one.numbers),
            }
            for one in plan.choices
        ],
    }


def _plan(said: Mapping[str, Any]) -> FrozenPlan:
    return FrozenPlan(
        id=str(said["id"]),
        made=_moment(said["made"]),
        expires=_moment(said["expires"]),
        provider=str(said["provider"]),
        environment=str(said["environment"]),
        host=str(said["host"]),
        account=str(said["account"]),
        files=tuple(
            FrozenFile(str(one["path"]), str(one["relative"]), str(one["sha256"]), str(one["sheet"]))
            for one in said["orders"]
        ),
        reading=dict(said["reading"]),
        key=str(said["key"]),
        numbers=int(said["numbers"]),
        max_spend=_money(said["max_spend"]),
        max_numbers=int(said["max_numbers"]),
        prices=_prices(said["prices"]),
        choices=tuple(
            Choice(
                Source(int(one["file"]), str(one["sheet"]), int(one["row"])),
                str(one["prefix"]),
                tuple(Number(str(number)) for number in one["numbers"]),
            )
            for one in said["chosen"]
        ),
    )


def _prices(said: Sequence[Mapping[str, Any]]) -> Mapping[Number, Quote]:
    prices: dict[Number, Quote] = {}
    for span in said:
        first, count = int(span["first"]), int(span["count"])
        if len(prices) + count > _MOST_NUMBERS:
            raise ValueError("more numbers than any plan has")
        quote = Quote(_money(span["setup"]), _money(span["monthly"]))
        prices.update({Number(str(first + index)): quote for index in range(count)})
    return prices


def _money(said: str) -> Decimal:
    amount = parse_money(said)
    if amount is None:
        raise ValueError("no amount")
    return amount


def _moment(said: str) -> datetime:
    moment = datetime.fromisoformat(said)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment
