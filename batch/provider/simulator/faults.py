"""What can go wrong with one request, and the seeded plans that choose.

A fault says two things apart: whether and when the provider *executes* the request, and what it *answers*. What a
client sees of the two is the answer alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from batch.provider.simulator.chance import fraction

_TRIES_WITH_FAULTS = 3


class Execution(StrEnum):
    """When the provider executes what it was asked for."""

    FIRST = "first"
    """before it answers"""
    NEVER = "never"
    """not at all"""
    LATE = "late"
    """`SimulatorOptions.late_by` after it answered, or hung up"""
    TWICE = "twice"
    """two times before it answers, as when something on the way delivers a request again; the second result is told"""


class Answer(StrEnum):
    """What the client gets."""

    TRUTH = "truth"
    """the result of the execution, as documented"""
    DRIP = "drip"
    """the truth, a byte at a time, which takes `SimulatorOptions.drip_for` in all"""
    CUT = "cut"
    """the first half of the truth, then the connection is closed"""
    CODE = "code"
    """`Fault.code` as RETURN"""
    BODY = "body"
    """`Fault.body`, with `Fault.status` and `Fault.headers`"""
    DROP = "drop"
    """nothing: the connection is closed"""
    RESET = "reset"
    """nothing: the connection is reset (RST)"""


class StockChange(StrEnum):
    """What befalls a number in the stock as it is asked for."""

    RESERVED = "reserved"
    """reserved for `SimulatorOptions.reserved_for`"""
    WITHDRAWN = "withdrawn"
    """no longer in the inventory, for good"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to go wrong."""

    does: str
    """what happens, in words"""
    execution: Execution = Execution.FIRST
    answer: Answer = Answer.TRUTH
    hold: bool = False
    """waits `SimulatorOptions.slow_for` before it executes"""
    stock: StockChange | None = None
    code: int = 0
    """RETURN, where `answer` is CODE"""
    status: int = 200
    """HTTP status, where `answer` is BODY"""
    body: str = ""
    """where `answer` is BODY; `{number}` stands for the number, `{other}` for the number after it"""
    retry_after: bool = False
    """send Retry-After with `SimulatorOptions.retry_after` seconds"""
    redirect: bool = False
    """send a Location on this same simulator, which counts who follows it as `redirected` and never sells"""

    def __post_init__(self) -> None:
        told = self.answer in {Answer.TRUTH, Answer.DRIP, Answer.CUT}
        if told and self.execution in {Execution.NEVER, Execution.LATE}:
            raise ValueError(f"there is no result to tell when a request is executed {self.execution}")


def _status(status: int, reason: str, *, executed: bool, retry_after: bool = False) -> Fault:
    told = " with Retry-After" if retry_after else ""
    return Fault(
        does=f"{'executed' if executed else 'not executed'}, then HTTP {status} {reason}{told}",
        execution=Execution.FIRST if executed else Execution.NEVER,
        answer=Answer.BODY,
        status=status,
        body=f"<html><head><title>{status} {reason}</title></head><body><h1>{reason}</h1></body></html>",
        retry_after=retry_after,
    )


def _body(does: str, body: str, *, executed: bool) -> Fault:
    return Fault(
        does=f"{'executed' if executed else 'not executed'}, then {does}",
        execution=Execution.FIRST if executed else Execution.NEVER,
        answer=Answer.BODY,
        body=body,
    )


FAULTS: Mapping[str, Fault] = {
    "executed, dropped": Fault(does="executed, then the connection is closed without an answer", answer=Answer.DROP),
    "executed, reset": Fault(does="executed, then the connection is reset", answer=Answer.RESET),
    "late": Fault(
        does="the connection is closed, and the request is executed later",
        execution=Execution.LATE,
        answer=Answer.DROP,
    ),
    "late, 504": Fault(
        does="HTTP 504 Gateway Timeout, and the request is executed later",
        execution=Execution.LATE,
        answer=Answer.BODY,
        status=504,
        body="<html><body><h1>504 Gateway Time-out</h1></body></html>",
    ),
    "dropped": Fault(
        does="the connection is closed, and nothing is ever executed", execution=Execution.NEVER, answer=Answer.DROP
    ),
    "slow": Fault(does="slow: waits, then executes and answers", hold=True),
    "drip": Fault(does="executed, and the answer comes a byte at a time", answer=Answer.DRIP),
    "cut": Fault(does="executed, then the connection is closed amid the answer", answer=Answer.CUT),
    "delivered twice": Fault(does="executed twice, and answered the second time", execution=Execution.TWICE),
    "500": _status(500, "Internal Server Error", executed=False),
    "executed, 500": _status(500, "Internal Server Error", executed=True),
    "502": _status(502, "Bad Gateway", executed=False),
    "executed, 502": _status(502, "Bad Gateway", executed=True),
    "504": _status(504, "Gateway Timeout", executed=False),
    "executed, 504": _status(504, "Gateway Timeout", executed=True),
    "503": _status(503, "Service Unavailable", executed=False),
    "executed, 503": _status(503, "Service Unavailable", executed=True),
    "503, retry after": _status(503, "Service Unavailable", executed=False, retry_after=True),
    "executed, 503, retry after": _status(503, "Service Unavailable", executed=True, retry_after=True),
    "429": _status(429, "Too Many Requests", executed=False),
    "429, retry after": _status(429, "Too Many Requests", executed=False, retry_after=True),
    "html": _body("HTML with status 200", "<html><body>Down for maintenance</body></html>", executed=False),
    "executed, html": _body("HTML with status 200", "<html><body>Welcome</body></html>", executed=True),
    "cut json": _body("a JSON body without its end", '{"DATA":[{"RETURN":', executed=False),
    "empty": _body("an empty body with status 200", "", executed=False),
    "executed, empty": _body("an empty body with status 200", "", executed=True),
    "other number": _body("RETURN is another number", '{"DATA":[{"RETURN":{other}}]}', executed=False),
    "executed, other number": _body("RETURN is another number", '{"DATA":[{"RETURN":{other}}]}', executed=True),
    "redirect": Fault(
        does="not executed, HTTP 307 to another address",
        execution=Execution.NEVER,
        answer=Answer.BODY,
        status=307,
        redirect=True,
    ),
    "nan": _body("RETURN is NaN", '{"DATA":[{"RETURN":NaN}]}', executed=True),
    "boolean": _body("RETURN is a boolean", '{"DATA":[{"RETURN":true}]}', executed=True),
    "float": _body("RETURN is the number with a fraction", '{"DATA":[{"RETURN":{number}.0}]}', executed=True),
    "null": _body("RETURN is null", '{"DATA":[{"RETURN":null}]}', executed=False),
    "nested": _body("RETURN is nested", '{"DATA":[{"RETURN":[{number}]}]}', executed=True),
    "no return": _body("RETURN is missing", '{"DATA":[{}]}', executed=False),
    "no row": _body("DATA has no row", '{"DATA":[]}', executed=False),
    "two rows": _body("DATA has two rows", '{"DATA":[{"RETURN":{number}},{"RETURN":-165}]}', executed=True),
    "no DATA": _body("DATA is missing", "{}", executed=False),
    "own code": Fault(
        does="-605: not executed, a code of the function's own",
        execution=Execution.NEVER,
        answer=Answer.CODE,
        code=-605,
    ),
    "reserved": Fault(does="-220: reserved for a while, then for sale again", stock=StockChange.RESERVED),
    "withdrawn": Fault(does="-275: no longer in the inventory", stock=StockChange.WITHDRAWN),
}
"""Every fault that a plan can draw, by name."""

_TYPICAL = {
    "executed, dropped": 0.01,
    "dropped": 0.01,
    "late": 0.005,
    "500": 0.005,
    "502": 0.0025,
    "executed, 504": 0.0073,
    "503, retry after": 0.0002,
    "cut": 0.005,
    "slow": 0.01,
    "reserved": 0.01,
    "withdrawn": 0.01,
}

_STORM = {
    "executed, dropped": 0.03,
    "executed, reset": 0.01,
    "dropped": 0.03,
    "late": 0.02,
    "late, 504": 0.01,
    "executed, 500": 0.01,
    "502": 0.01,
    "503": 0.005,
    "503, retry after": 0.005,
    "429, retry after": 0.01,
    "cut": 0.01,
    "cut json": 0.005,
    "executed, html": 0.005,
    "executed, empty": 0.005,
    "nan": 0.005,
    "delivered twice": 0.01,
    "slow": 0.005,
    "reserved": 0.01,
    "withdrawn": 0.005,
}

_PROFILES: Mapping[str, Mapping[str, float]] = {"none": {}, "typical": _TYPICAL, "storm": _STORM}


@dataclass(frozen=True)
class FaultPlan:
    """Which fault a request meets, by seed, number and try: never by the order in which requests arrive."""

    rates: Mapping[str, float] = field(default_factory=dict)
    """by name in `FAULTS`: the share of first tries that meet it, from 0 to 1, and no more than 1 together"""
    fade: float = 0.25
    """each further try meets faults at this fraction of the rate before it, and from the fourth on there are none"""

    def __post_init__(self) -> None:
        unknown = sorted(self.rates.keys() - FAULTS.keys())
        if unknown:
            raise ValueError(f"no such fault: {', '.join(unknown)}; there are: {', '.join(FAULTS)}")
        if min(self.rates.values(), default=0) < 0 or sum(self.rates.values()) > 1 + 1e-9:
            raise ValueError("fault rates are shares of all requests: none below 0, and no more than 1 together")

    @classmethod
    def profile(cls, name: str) -> FaultPlan:
        """Return a named plan: `none`, `typical` (7.5 % of first tries) or `storm` (20 %).

        None of them halts a run by itself: no refused account, no redirect, no unknown code.
        """
        if name not in _PROFILES:
            raise ValueError(f"no fault profile named {name!r}; there are: {', '.join(_PROFILES)}")
        return cls(_PROFILES[name])

    def pick(self, seed: int, number: str, nth: int) -> Fault | None:
        """Return the fault of the `nth` try (from 1) of `number`, or None: it goes well."""
        if not self.rates or nth > _TRIES_WITH_FAULTS:
            return None
        left = fraction(seed, number, nth) / self.fade ** (nth - 1) if self.fade or nth == 1 else 1.0
        for name, rate in self.rates.items():
            if left < rate:
                return FAULTS[name]
            left -= rate
        return None
