"""What holds for the whole process of a command, wherever an error arises: no dump of its memory, no raw traceback."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


def guard_process() -> None:
    """Leave no core file, which would hold the password; bring what no caller can catch to where secrets are masked.

    That is: errors that end a thread, errors in finalisers and callbacks, and what libraries log of themselves.
    """
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - POSIX only

        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    threading.excepthook = _thread_ended
    sys.unraisablehook = _unraisable
    logging.lastResort = _Masked(logging.WARNING)


class _Masked(logging.Handler):
    """Says a library's own warnings as ours are said."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        from batch.cli.logs import Level, log  # noqa: PLC0415 - seldom needed

        with suppress(Exception):  # a record that can't be told must not end anything
            log(Level.WARNING, record.getMessage(), by=record.name)
        if record.exc_info is not None and record.exc_info[1] is not None:
            _tell(record.exc_info[1])


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        _tell(args.exc_value)


def _unraisable(args: UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        _tell(args.exc_value)


def _tell(error: BaseException) -> None:
    from batch.cli.logs import Level, log, log_traceback  # noqa: PLC0415 - seldom needed

    log(Level.WARNING, "a fault beside the command's own work", error=f"{type(error).__name__}: {error}")
    log_traceback(error)
