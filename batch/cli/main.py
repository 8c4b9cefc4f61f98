"""From arguments to an exit code: whatever goes wrong is said in plain words, and never as a traceback."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from batch.cli.interrupt import interruptible
from batch.cli.output import close_quietly, is_terminal, lost, open_standard_streams, tell

_NOT_SAID = 1
"""All went well, and what was asked for did not reach stdout: whoever reads that must not take it for whole."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code. Never raises but for what ends a process at once."""
    open_standard_streams()
    try:
        code = _caught(arguments)
    finally:
        close_quietly()
    full = lost()
    if full is None:
        return code
    tell(f"numbatch: what was asked for could not all be written to stdout: {full.strerror or full}")
    return code or _NOT_SAID


def _caught(arguments: Sequence[str]) -> int:
    with interruptible() as interruption:
        try:
            return _run(arguments)
        except KeyboardInterrupt as interrupted:
            tell("; ".join(("numbatch: interrupted", *map(str, interrupted.args))))
            return interruption.exit_code
        except SystemExit as leaving:
            return leaving.code if isinstance(leaving.code, int) else 2
        except Exception as error:  # noqa: BLE001 - the last resort: a traceback is no message to a user
            return _fault(error)


def _run(arguments: Sequence[str]) -> int:
    from cyclopts import CycloptsError  # noqa: PLC0415 - within reach of the handlers above

    from batch.cli.app import make_app  # noqa: PLC0415
    from batch.errors import NumbatchError  # noqa: PLC0415

    asked, part = _words(arguments)
    app = make_app(asked=asked, part=part, plain=not is_terminal(sys.stdout))
    try:
        code = app(list(arguments), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        name = _first_word(arguments)
        _tell_usage(str(error).strip(), arguments, command=name if name and name in app else "")
        return 2
    except NumbatchError as error:
        from batch.cli.masking import mask  # noqa: PLC0415

        tell(mask(f"numbatch: {error}"))
        return error.exit_code
    return code if isinstance(code, int) else 0


def _tell_usage(problem: str, arguments: Sequence[str], *, command: str) -> None:
    """Say what is wrong with the arguments; a password among them is not said again."""
    from batch.cli.masking import mask, remember_flags  # noqa: PLC0415

    held_secret = remember_flags(arguments)
    tell(f"numbatch: {mask(problem)}")
    tell(
        f"  `numbatch {command} --help` shows what it takes." if command else "  `numbatch --help` lists the commands."
    )
    if held_secret:
        tell(
            "  A password is never a flag: all who use this machine can read those. `numbatch init` asks for it, and "
            "NUMBATCH_PASSWORD, password_command or password_file may give it."
        )


def _words(arguments: Sequence[str]) -> tuple[str, str]:
    """The command that is called, and the word after it: its own command, where it has some."""
    first, second, *_ = [*(word for word in arguments if not word.startswith("-")), "", ""]
    return first, second


def _first_word(arguments: Sequence[str]) -> str:
    return next((word for word in arguments if not word.startswith("-")), "")


def _log_details(error: BaseException) -> None:
    """Where it happened, with -v."""
    if "batch.cli.logs" in sys.modules:
        from batch.cli.logs import log_traceback  # noqa: PLC0415

        log_traceback(error)


def _fault(error: Exception) -> int:
    """Say in one line that the program itself is at fault.

    The error's words may hold anything, so they are masked; the traceback is told on request only.
    """
    from batch.cli.masking import mask  # noqa: PLC0415

    _log_details(error)
    # Masked first: a line's end may lie within what must not be shown.
    [line, *_] = mask(f"numbatch: a fault of the program itself: {type(error).__name__}: {error}").splitlines()
    tell(line)
    tell("  The same command with -v shows where. What was bought is in the ledger: `numbatch runs`.")
    return 1
