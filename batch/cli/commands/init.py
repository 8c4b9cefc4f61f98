"""`numbatch init`: a settings file, the account's ledger, credentials checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.begin import Begun, begin, begin_with_settings
from batch.cli.founding import Asked, ask_account, settings_path, write_settings
from batch.cli.options import COMMON, WHERE, Common, Where
from batch.cli.output import say, tell
from batch.errors import UsageError
from batch.ledger.records import LedgerKey

_OFFLINE = Annotated[bool, Parameter(show_default=False, help="Don't ask the provider whether the login is right.")]
_USERNAME = Annotated[str | None, Parameter(metavar="NAME", help="The login, or the API user.")]
_UNREACHABLE = 5
_ANY_NUMBER = "12025550100"
"""A number of the range kept for fiction, to ask about."""


def init(
    *, username: _USERNAME = None, offline: _OFFLINE = False, where: Where = WHERE, common: Common = COMMON
) -> int:
    """Write a commented settings file, make the account's ledger, and check the credentials.

    Asks at a terminal; elsewhere it takes settings and environment as every command does. What is there already is left as
    it is. The ledger of a live account is made by this command alone.

    For example:
        numbatch init
        NUMBATCH_USERNAME=acme NUMBATCH_PASSWORD=… numbatch init --account acme
    """
    begin(common)
    path = settings_path(where.config)
    if path.is_file():
        tell(f"Settings are there: {path}")
    else:
        asked = ask_account(Asked(where.account or "", username or "", where.base_url or "", where.ledger or ""), path)
        write_settings(path, asked)
        tell(f"Settings written: {path}")
    begun = begin_with_settings(common, replace(where, config=str(path)))
    return _found(begun, offline=offline)


def _found(begun: Begun, *, offline: bool) -> int:
    """Make the ledger, and check the login; what is missing is said last."""
    from batch.cli.loop import new_runner  # noqa: PLC0415 - when flags and settings are right
    from batch.cli.place import PROVIDER, find_environment, ledger_directory, ledger_place  # noqa: PLC0415
    from batch.clock import SystemClock  # noqa: PLC0415
    from batch.ledger.sqlite import create_ledger  # noqa: PLC0415

    settings = begun.settings
    clock = SystemClock()
    with new_runner() as runner:
        environment, at = runner.run(find_environment(settings))
        if not settings.account.id:
            raise UsageError(
                "nothing says which account this is, so its ledger was not made",
                remedy="Set `id` or `username` in [accounts.NAME], or NUMBATCH_USERNAME, or --account; then again.",
            )
        key = LedgerKey(PROVIDER, environment, settings.account.id, at)
        where = ledger_place(ledger_directory(settings, begun.environ), key)
        path: Path = runner.run(create_ledger(where.directory, key, clock=clock, heads=where.heads))
        tell(f"Ledger of account {key.account} ({environment}): {path}")
        if offline:
            return 0
        return runner.run(_check_login(begun))


async def _check_login(begun: Begun) -> int:
    """Ask the provider about a number that is nobody's: it refuses a wrong login, whatever it says of the number."""
    from batch.cli.scene import new_provider, real_scene  # noqa: PLC0415 - as above
    from batch.clock import SystemClock  # noqa: PLC0415
    from batch.number import Number  # noqa: PLC0415
    from batch.provider.multitel.codes import CODES  # noqa: PLC0415
    from batch.provider.protocol import Blocked, Unclear  # noqa: PLC0415

    async with real_scene(begun) as scene, new_provider(scene, SystemClock()) as provider:
        answer = await provider.inquire(Number(_ANY_NUMBER))
        balance = None if isinstance(answer, Blocked | Unclear) else await provider.balance()
    found_in = scene.credentials.found_in
    match answer:
        case Blocked(code):
            entry = CODES.get(code)
            why = f"{entry.meaning}" if entry else "refused"
            raise UsageError(
                f"the provider refuses the login of {scene.credentials.username} from {found_in}: {code} ({why})",
                remedy="Mend user name or password, then run `numbatch init` again: it goes on from here.",
            )
        case Unclear(reason):
            tell(f"numbatch: the login could not be checked: {reason}")
            return _UNREACHABLE
        case _:
            money = (
                ""
                if balance is None or isinstance(balance, Unclear)
                else f", balance {balance} {scene.settings.currency}"
            )
            if not begun.quiet:
                say(f"The login of {scene.credentials.username} is right ({found_in}){money}")
            return 0
