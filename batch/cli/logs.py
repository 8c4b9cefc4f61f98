"""Logs on stderr, through the progress bar and without secrets: text for people, JSON lines for collectors.

Nothing is logged for each row at the usual level. structlog is imported when the first line is written.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from batch.cli.masking import mask
from batch.cli.output import printable, tell


class Level(IntEnum):
    """How much a line matters."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


@dataclass(slots=True)
class _Chosen:
    as_json: bool = False
    least: Level = Level.WARNING
    logger: Any = None


_chosen = _Chosen()


def configure(*, as_json: bool, least: Level) -> None:
    """Choose how lines are written, and which."""
    _chosen.as_json = as_json
    _chosen.least = least
    _chosen.logger = None


def log(level: Level, event: str, **facts: object) -> None:
    """Write a line: what happened, and the facts."""
    if level < _chosen.least:
        return
    if _chosen.logger is None:
        _chosen.logger = _make()
    _chosen.logger.log(level, event, **{key: value for key, value in facts.items() if value is not None})


def log_traceback(error: BaseException) -> None:
    """Where an error happened, for -v: frames and source lines, never values."""
    lines = "".join(traceback.format_exception(error))
    if _chosen.as_json:
        log(Level.DEBUG, "details", traceback=lines)
    elif _chosen.least <= Level.DEBUG:
        tell(mask(lines.rstrip()))


def _make() -> Any:  # noqa: ANN401 - structlog's loggers are proxies without a type
    import structlog  # noqa: PLC0415 - 56 ms that `check` need not wait for

    render = structlog.processors.JSONRenderer(ensure_ascii=False) if _chosen.as_json else _as_text
    return structlog.wrap_logger(
        _Through(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if _chosen.as_json else "%H:%M:%S", utc=_chosen.as_json),
            _masked,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_chosen.least),
        cache_logger_on_first_use=False,
    )


class _Through:
    """Writes above the progress bar, on the stderr of this moment."""

    def msg(self, message: str) -> None:
        """Write one line."""
        tell(message)

    debug = info = warning = error = critical = log = msg


def _masked(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: mask(str(value)) if isinstance(value, str) else value for key, value in event.items()}


def _as_text(_logger: object, _method: str, event: Mapping[str, Any]) -> str:
    facts = "".join(
        f"  {key}={_fact(value)}" for key, value in event.items() if key not in {"event", "level", "timestamp"}
    )
    return printable(f"{event['timestamp']} {event['level']:<8}{event['event']}{facts}")


def _fact(value: object) -> str:
    text = str(value)
    return repr(text) if " " in text or not text else text
