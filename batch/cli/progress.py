"""What a run tells while it goes on: a bar at a terminal, lines elsewhere."""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, assert_never

from batch.cli.forecast import Forecast
from batch.cli.logs import Level, log
from batch.cli.output import is_terminal
from batch.ledger.records import Status
from batch.pool.notices import (
    Alarm,
    Began,
    Halted,
    Learnt,
    Moved,
    Notice,
    Paused,
    Phase,
    Resumed,
    Steered,
    Stepped,
)

if TYPE_CHECKING:
    from tqdm import tqdm

_FORMAT = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}  {rate_fmt}  ETA {remaining}{postfix}"
_GOOD = frozenset({Status.PURCHASED, Status.OWNED})
_SHARE = 10
"""Lines a phase where there is no bar: one for each tenth."""
_LEAST = 100
"""Steps of a phase that has such lines."""
_USUAL_WIDTH = 100
_USUAL_HEIGHT = 24
_BUYING = "buying"
_CANARY = "buying the canary"
_ASKING = "asking about numbers in doubt"
_SENDING = frozenset({_BUYING, _CANARY})


def shows_bar(*, quiet: bool) -> bool:
    """Whether there is a bar: stderr is a terminal, and nobody minds."""
    return not quiet and is_terminal(sys.stderr) and not os.environ.get("NO_COLOR")


class Progress:
    """Takes a run's notices; a context, so that a bar is closed. Never raises and never waits."""

    def __init__(self, *, bar: bool, total: int | None = None, forecast: Forecast | None = None) -> None:
        """`total`: numbers that the run still has to see to; None: as its phase says. `forecast`: of the buying."""
        self._shows_bar = bar
        self._to_do = total
        self._forecast = forecast
        self._run = ""
        self._paused = False
        self._bar: tqdm[Any] | None = None
        self._phase = ""
        self._total = 0
        self._steps = 0
        self._counts: Counter[Status] = Counter()
        self._not_good: dict[str, Status] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __call__(self, notice: Notice) -> None:
        """Show one notice."""
        match notice:
            case Began(run, continued):
                self._run = run.name
                log(Level.INFO, "run continues" if continued else "run begins", run=run.name, rows=run.rows)
            case Phase(name, total):
                self._begin(name, total)
            case Moved():
                self._moved(notice)
            case Stepped():
                self._step()
            case Paused(seconds, reason):
                log(Level.WARNING, "pause", seconds=round(seconds, 1), reason=reason)
            case Resumed():
                log(Level.INFO, "goes on")
            case Steered(paused, rate):
                self._steered(rate, paused=paused)
            case Learnt(words):
                log(Level.INFO, words)
            case Halted(reason):
                log(Level.ERROR, "halted: no further purchase is sent", reason=reason)
            case Alarm(words):
                log(Level.ERROR, "alarm", words=words)
            case _:
                assert_never(notice)

    @property
    def counts(self) -> str:
        """What became of numbers so far: bought or owned, not bought, in doubt."""
        good = sum(self._counts[status] for status in _GOOD)
        doubt = self._counts[Status.DOUBT]
        bad = sum(self._counts.values()) - good - doubt
        return f"✓ {good:,}  ✗ {bad:,}  ? {doubt:,}" if _is_unicode() else f"ok {good:,}  x {bad:,}  ? {doubt:,}"

    def _shown(self) -> str | None:
        return self.counts if self._phase in {*_SENDING, _ASKING} else None

    def _told(self) -> str | None:
        """What is forecast, while it is bought."""
        if self._phase != _BUYING or self._forecast is None:
            return None
        return "paused" if self._paused else self._forecast.words()

    def _steered(self, rate: Decimal, *, paused: bool) -> None:
        if paused:
            log(Level.WARNING, "paused by hand", next=f"numbatch continue {self._run}", rate=str(rate))
        else:
            log(Level.INFO, "goes on", rate=str(rate))
        self._paused = paused
        if self._forecast is not None:
            self._forecast.steer(rate)
        self._refresh()

    def _begin(self, name: str, total: int | None) -> None:
        self._close()
        self._phase = name
        self._total = self._to_do if name == _BUYING and self._to_do is not None else total or 0
        self._steps = min(self._total, sum(self._counts.values())) if name == _BUYING else 0
        if self._forecast is not None:
            self._forecast.begin(self._total, self._steps)
        log(Level.INFO, name, total=self._total or None, forecast=self._told() if self._total else None)
        if self._shows_bar and self._total:
            from tqdm import tqdm  # noqa: PLC0415 - only where a bar is shown

            with suppress(OSError, ValueError):  # the terminal may be gone meanwhile, and the run goes on
                bar: tqdm[Any] = tqdm(
                    total=self._total,
                    initial=self._steps,
                    desc=name,
                    unit="",
                    bar_format=_FORMAT,
                    file=sys.stderr,
                    leave=False,
                    **_size(),
                )
                self._bar = bar

    def _moved(self, moved: Moved) -> None:
        log(
            Level.DEBUG,
            "number",
            number=moved.number,
            status=moved.status,
            code=moved.code,
            reason=moved.reason or None,
        )
        before = self._not_good.pop(moved.number, None)
        if moved.status not in _GOOD:
            self._not_good[moved.number] = moved.status
        self._counts[moved.status] += 1
        if before is not None:
            self._counts[before] -= 1
        # While buying each number is a step, once; afterwards each doubt that ends.
        if before is None or (self._phase == _ASKING and moved.status is not Status.DOUBT):
            self._step()

    def _step(self) -> None:
        if self._total and self._steps >= self._total:
            return
        self._steps += 1
        if self._forecast is not None:
            self._forecast.at(self._steps)
        if self._bar is not None:
            with suppress(OSError, ValueError):
                self._bar.set_postfix_str(self._beside(), refresh=False)
                self._bar.update()
        elif self._total >= _LEAST and self._steps * _SHARE // self._total > (self._steps - 1) * _SHARE // self._total:
            log(Level.INFO, self._phase, done=self._steps, of=self._total, counts=self._shown(), forecast=self._told())

    def _beside(self) -> str:
        """What stands beside the bar."""
        return "  ".join(one for one in (self._shown(), self._told()) if one)

    def _refresh(self) -> None:
        if self._bar is not None:
            with suppress(OSError, ValueError):
                self._bar.set_postfix_str(self._beside())

    def _close(self) -> None:
        if self._bar is not None:
            with suppress(OSError, ValueError):
                self._bar.close()
            self._bar = None


def _is_unicode() -> bool:
    return (getattr(sys.stderr, "encoding", None) or "").lower().replace("-", "").startswith("utf")


def _size() -> dict[str, Any]:
    """The bar's size: the terminal's, whenever that changes; a usual one where the terminal does not know its own."""
    try:
        known = bool(os.get_terminal_size(sys.stderr.fileno()).columns)
    except (OSError, ValueError):
        known = False
    return {"dynamic_ncols": True} if known else {"ncols": _USUAL_WIDTH, "nrows": _USUAL_HEIGHT}
