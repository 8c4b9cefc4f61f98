"""The options that commands share, each class spread over a command's flags; `settings_of` collects what was given.

Values stay text: the settings convert them, so that a complaint is the same wherever the value stood.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

_OUTPUT = Group("Output", sort_key=90)
_ACCOUNT = Group("Account and ledger", sort_key=50)
_READING = Group("Reading orders", sort_key=40)
_BOUNDS = Group("Bounds", sort_key=20)
_PACE = Group("Pace and patience", sort_key=30)
_REHEARSAL = Group("Rehearsal", sort_key=60)


def _text(group: Group, *, metavar: str = "TEXT", name: str | tuple[str, ...] = ()) -> Parameter:
    return Parameter(group=group, metavar=metavar, name=name or None)


def _off(group: Group) -> Parameter:
    return Parameter(group=group, show_default=False)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What every command takes."""

    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"), group=_OUTPUT, show_default=False)] = False
    "Say nothing on success."
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"), group=_OUTPUT, show_default=False)] = False
    "Say more, and where a fault of the program itself happened."
    log_format: Annotated[Literal["text", "json"], Parameter(group=_OUTPUT)] = "text"
    "How logs on stderr are written."


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Which settings file."""

    config: Annotated[str | None, _text(_ACCOUNT, metavar="FILE")] = None
    "The settings file, instead of the standard ones."


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Which(Config):
    """Which account, environment and ledger."""

    account: Annotated[str | None, _text(_ACCOUNT, metavar="NAME")] = None
    "The account, by its name in the settings."
    ledger: Annotated[str | None, _text(_ACCOUNT, metavar="DIRECTORY")] = None
    "The directory of the ledgers."
    environment: Annotated[str | None, _text(_ACCOUNT, metavar="live|rehearsal")] = None
    "Which of the two, where the host or the ledgers leave it open."


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Where(Which):
    """Which account and ledger, and which host."""

    base_url: Annotated[str | None, _text(_ACCOUNT, metavar="URL")] = None
    "Where the provider answers."
    allow_http: Annotated[bool | None, _off(_ACCOUNT)] = None
    "Accept that the password crosses the network in clear."


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How order workbooks are read."""

    sheet: Annotated[str | None, _text(_READING, metavar="NAME")] = None
    "The sheet to read; else the first visible one."
    header_row: Annotated[int | None, _text(_READING, metavar="N")] = None
    "The header's row as Excel counts; else it is found."
    default_country: Annotated[str | None, _text(_READING, metavar="FR")] = None
    "National numbers are read as this country's."
    max_block: Annotated[str | None, _text(_READING, metavar="N")] = None
    "Numbers in one row, at most."
    encoding: Annotated[str | None, _text(_READING, metavar="NAME")] = None
    "Of a CSV file; else it is detected."
    delimiter: Annotated[str | None, _text(_READING, metavar="CHARACTER")] = None
    "Of a CSV file; else it is detected."
    allow_empty: Annotated[bool, _off(_READING)] = False
    "A workbook without orders is no error."


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast, and how patient."""

    rate: Annotated[str | None, _text(_PACE, metavar="N")] = None
    "Requests a second, at most."
    workers: Annotated[str | None, _text(_PACE, metavar="N")] = None
    "Requests in flight, at most."
    timeout: Annotated[str | None, _text(_PACE, metavar="30s")] = None
    "Of a whole request."
    max_attempts: Annotated[str | None, _text(_PACE, metavar="N")] = None
    "Sends of one number that end without a definite answer."
    reserved_retry_every: Annotated[str | None, _text(_PACE, metavar="60s")] = None
    "Between tries of a reserved number (-220)."
    reserved_give_up_after: Annotated[str | None, _text(_PACE, metavar="15m")] = None
    "Until a reserved number is deferred to the next run."
    resolve_delay: Annotated[str | None, _text(_PACE, metavar="10s")] = None
    "Before a number in doubt is asked about."
    resolve_horizon: Annotated[str | None, _text(_PACE, metavar="60s")] = None
    "Until an absence is believed; else six times the delay."
    outage_give_up_after: Annotated[str | None, _text(_PACE, metavar="15m")] = None
    "Of silence from the provider, until the run halts."


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What stops a run."""

    max_spend: Annotated[str | None, _text(_BOUNDS, metavar="AMOUNT")] = None
    "Of this run, over all its invocations; doubt counts as spent."
    max_numbers: Annotated[str | None, _text(_BOUNDS, metavar="N")] = None
    "Purchases of this run, over all its invocations."
    limit: Annotated[str | None, _text(_BOUNDS, metavar="N")] = None
    "Numbers sent in this invocation, then stop."
    until: Annotated[str | None, _text(_BOUNDS, metavar="18:30|2h")] = None
    "A time of day, or a duration, after which nothing is sent."
    price: Annotated[str | None, _text(_BOUNDS, metavar="AMOUNT")] = None
    "A number's first charge at worst, where nothing else tells."
    max_failures: Annotated[str | None, _text(_BOUNDS, metavar="40|20%|off")] = None
    "Refused numbers that stop the run."
    expected_codes: Annotated[str | None, _text(_BOUNDS, metavar="CODE,…")] = None
    "Return codes that --max-failures doesn't count."
    look_up: Annotated[bool | None, Parameter(group=_BOUNDS, negative="--no-look-up", show_default=False)] = None
    "Look stock, prices and the balance up before a run: a few requests."
    prices: Annotated[bool | None, Parameter(group=_BOUNDS, negative="--no-prices", show_default=False)] = None
    "Read prices back after the purchases: a request a number."
    ask_owned: Annotated[bool | None, Parameter(group=_BOUNDS, negative="--no-ask-owned", show_default=False)] = None
    "Ask about numbers that another run bought: a request a number."
    mark: Annotated[bool | None, Parameter(group=_BOUNDS, negative="--no-mark", show_default=False)] = None
    "Put a random mark behind each Description, so that the account tells which run bought a number."


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A provider in this process instead of the real one."""

    simulate: Annotated[bool, _off(_REHEARSAL)] = False
    "Buy from a simulator in this process, with your own workbook; no account, no money."
    speed: Annotated[float, Parameter(group=_REHEARSAL, metavar="N")] = 20
    "How many times faster than real everything simulated goes, rate and patience included."
    faults: Annotated[Literal["none", "typical", "storm"], Parameter(group=_REHEARSAL)] = "none"
    "What goes wrong on the way."
    seed: Annotated[int, Parameter(group=_REHEARSAL, metavar="N")] = 0
    "The same seed meets the same faults."


COMMON = Common()
CONFIG = Config()
WHERE = Where()
READING = Reading()
PACE = Pace()
BOUNDS = Bounds()
REHEARSAL = Rehearsal()

Orders = Annotated[tuple[Path, ...], Parameter(name="ORDERS", help="The order workbooks; several are one run.")]
RunName = Annotated[str | None, Parameter(name="RUN", help="A run's short name, or its beginning; else the latest.")]
Json = Annotated[bool, Parameter(name="--json", group=_OUTPUT, show_default=False, help="As JSON, for programs.")]

RetryRefused = Annotated[bool, Parameter(show_default=False, help="Try refused numbers again.")]
Rebuy = Annotated[
    bool,
    Parameter(
        show_default=False,
        help="Buy again what an earlier run bought, or the account held, and no longer does: asked about anew.",
    ),
]
SkipInvalid = Annotated[bool, Parameter(show_default=False, help="Send the valid rows although others are invalid.")]
Yes = Annotated[bool, Parameter(show_default=False, help="Don't ask.")]
Force = Annotated[bool, Parameter(show_default=False, help="Replace a file that is no result workbook.")]
Results = Annotated[
    Path | None,
    Parameter(name=("--results", "-o"), help="The result workbook; else ORDERS' name with -results.xlsx, beside it."),
]
GroupBy = Annotated[str | None, Parameter(metavar="HEADER", help="Your column that charges are summed by.")]
Language = Annotated[str | None, Parameter(metavar="en|de", help="Of the result workbook.")]
LockWait = Annotated[
    str, Parameter(metavar="10m", show_default=False, help="How long to wait for another run of this ledger.")
]

_NO_SETTINGS = frozenset({"config", "header_row", "encoding", "delimiter", "allow_empty"})


def settings_of(*groups: Which | Config | Reading | Pace | Bounds) -> dict[str, object]:
    """The settings among the options of `groups`, by name; None for those that were not given."""
    return {
        one.name: getattr(group, one.name) for group in groups for one in fields(group) if one.name not in _NO_SETTINGS
    }
