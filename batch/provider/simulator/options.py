"""What the simulator can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from batch.provider.simulator.catalogue import Price
from batch.provider.simulator.faults import FaultPlan

_HIGHEST_PORT = 65535


class Inquiry(StrEnum):
    """How the account query (getdidinfo) answers."""

    TRUE = "true"
    """truthfully, as far as `SimulatorOptions.lag` lets it"""
    FAILS = "fails"
    """HTTP 500"""
    DROPS = "drops"
    """the connection is closed"""
    ALL_OURS = "all ours"
    """shows any number as this account's"""
    NONE_OURS = "none ours"
    """shows no number as this account's"""


class Absence(StrEnum):
    """How the account query answers for a number that is not ours: the provider documents nothing."""

    CODE = "code"
    """`{"DATA":[{"RETURN":n}]}` with `SimulatorOptions.absent_code`"""
    NO_ROW = "no row"
    """`{"DATA":[],"return_code":0}`"""
    RETURN_CODE = "return code"
    """`{"DATA":[],"return_code":n}` with `SimulatorOptions.absent_code`"""


class AreasBy(StrEnum):
    """How getareas wants the country: the provider's samples differ. Any other way is answered with no areas."""

    ANY = "any"
    """in each of these ways"""
    LETTERS = "letters"
    """ISOCODE, of two letters"""
    CODE = "code"
    """CountryCode, as letters"""
    ID = "id"
    """CountryCode as the dial code, with CountryID"""


@dataclass(frozen=True, kw_only=True)
class SimulatorOptions:
    """Everything about a simulator. Durations are seconds of the simulated provider; `speed` shortens them all.

    Raises ValueError where a value makes no sense.
    """

    host: str = "127.0.0.1"
    """address to listen on; nothing else keeps it on this machine"""
    port: int = 0
    """TCP port; 0: any free one"""
    username: str = "rehearsal"
    """user name of the first account"""
    password: str = field(default="no-secret", repr=False)
    """password of the first account"""
    balance: Decimal = Decimal("1000000.000")
    """what the first account starts with, in the provider's currency"""
    more_accounts: Mapping[str, tuple[str, Decimal]] = field(default_factory=dict, repr=False)
    """further accounts: user name to password and balance"""
    stock: Mapping[str, Price] | None = None
    """the inventory: number to price; None: every number of 7 to 15 digits, priced by its prefix"""
    quotes: Mapping[str, Decimal] = field(default_factory=dict, repr=False)
    """first charges that numbers cost at most, whatever the catalogue says: what an order expects"""
    listed: int = 50
    """rows that getdids answers at most, for a prefix under which more numbers could be than it lists one by one"""
    longest_prefix: int | None = None
    """digits of a prefix above which getdids knows of nothing in stock, as where it knows area prefixes only; None: any"""
    areas_by: AreasBy = AreasBy.ANY
    iso_letters: int = 3
    """letters of ISOCODE in getcountries: 3 or 2"""
    magic: bool = True
    """whether the magic numbers act (see `magic`)"""
    seed: int = 0
    """decides faults and latency"""
    faults: FaultPlan | str = "none"
    """what purchases meet: a plan, or the name of a profile (`none`, `typical`, `storm`)"""
    release_faults: FaultPlan | str = "none"
    """what releases meet, likewise"""
    lookup_faults: FaultPlan | str = "none"
    """what the look-ups and the account query meet, likewise"""
    inquiry: Inquiry = Inquiry.TRUE
    absent_as: Absence = Absence.CODE
    absent_code: int = -440
    """the code for a number that is not ours, in getdidinfo, getringto and releasenumbers"""
    lag: float = 0.0
    """seconds until the account query notices a purchase or a release"""
    speed: float = 1.0
    """how many times faster than said everything simulated goes"""
    latency: tuple[float, float] = (0.04, 0.12)
    """seconds that a request takes, at least and at most: half of it before it is executed, half after"""
    reserved_for: float = 120.0
    """seconds that a number stays reserved (-220) after its release, or by a fault"""
    late_by: float = 20.0
    """seconds after the answer when a late request is executed"""
    slow_for: float = 5.0
    """seconds that a slow request waits before it is executed"""
    drip_for: float = 60.0
    """seconds that a dripping answer takes in all: longer than a client should wait"""
    two_step: bool = False
    """check and charge in two steps, so that two requests at once are both charged: worse than documented"""
    two_step_gap: float = 0.05
    """seconds between the two steps"""
    rate_cap: int | None = None
    """requests in any real second (`speed` does not count), above which the answer is 429; None: no cap"""
    retry_after: int = 1
    """whole real seconds that Retry-After names"""
    return_as_string: bool = False
    """RETURN as a JSON string instead of a number: both were seen"""
    zone: tzinfo = UTC
    """time zone that DateCreated is written in: the provider's is not documented"""
    state: Path | None = None
    """file that remembers what was sold, for a simulator that is killed and started again; None: memory only"""

    def __post_init__(self) -> None:
        low, high = self.latency
        durations = (low, self.lag, self.reserved_for, self.late_by, self.slow_for, self.drip_for, self.two_step_gap)
        if not self.speed > 0:
            raise ValueError(f"speed is a factor above 0, not {self.speed}")
        if min(durations) < 0 or high < low:
            raise ValueError("durations are seconds, none below 0, and latency is the least and the most")
        if not 0 <= self.port <= _HIGHEST_PORT:
            raise ValueError(f"port is a number from 0 to {_HIGHEST_PORT}, not {self.port}")
        if self.rate_cap is not None and self.rate_cap < 1:
            raise ValueError(f"rate_cap is at least 1 request a second, or None, not {self.rate_cap}")
        if self.username in self.more_accounts:
            raise ValueError(f"two accounts have the user name {self.username!r}")
        if self.iso_letters not in {2, 3}:
            raise ValueError(f"a country has an ISO code of 2 or 3 letters, not {self.iso_letters}")
        self.purchase_plan()
        self.release_plan()
        self.lookup_plan()

    def purchase_plan(self) -> FaultPlan:
        """Return what purchases meet, as a plan."""
        return FaultPlan.profile(self.faults) if isinstance(self.faults, str) else self.faults

    def release_plan(self) -> FaultPlan:
        """Return what releases meet, as a plan."""
        return FaultPlan.profile(self.release_faults) if isinstance(self.release_faults, str) else self.release_faults

    def lookup_plan(self) -> FaultPlan:
        """Return what look-ups meet, as a plan."""
        return FaultPlan.profile(self.lookup_faults) if isinstance(self.lookup_faults, str) else self.lookup_faults
