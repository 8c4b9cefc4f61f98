"""`numbatch doctor`: what to mend before the first real run, and what the provider really answers."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.begin import Begun, begin, begin_with_settings
from batch.cli.doctoring.findings import Examined, Level, ok, problem
from batch.cli.masking import mask, remember
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.output import printable, say, say_json, tell
from batch.errors import LedgerError, UsageError
from batch.settings.places import USERNAME

if TYPE_CHECKING:
    from batch.cli.place import LedgerPlace
    from batch.number import Number
    from batch.settings.credentials import Credentials

_OUTPUT = Annotated[
    Path | None,
    Parameter(name=("--output", "-o"), metavar="REPORT.txt", help="A report without secrets, to send to somebody."),
]
_NUMBER = Annotated[
    str | None, Parameter(metavar="NUMBER", help="One of the account's numbers; else the ledger is asked for one.")
]
_OFFLINE = Annotated[bool, Parameter(show_default=False, help="Ask nobody: look at this machine only.")]


def doctor(
    *,
    number: _NUMBER = None,
    offline: _OFFLINE = False,
    output: _OUTPUT = None,
    json: Json = False,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Say what to mend before the first real run, and what the provider really answers.

    Looks at settings, credentials, ledger and this machine, then asks the provider a dozen questions within the rate. Buys
    nothing, gives nothing back, changes nothing; no answer's value is shown. Where base_url is one of the provider's two TLS
    hosts, the other is asked too, without credentials. Exit code 0 where nothing must be mended, 2 for settings, credentials or
    ledger, 5 where the provider refuses, can't be reached or can't be relied on.

    For example:
        numbatch doctor
        numbatch doctor --number +12035550100 -o report.txt
    """
    begin(common)
    if output is not None:
        from batch.cli.doctoring.report import require_place  # noqa: PLC0415 - when one is wanted

        require_place(output)
    examined = Examined()
    begun = _settings(where, common, examined)
    if begun is not None:
        _examine(begun, examined, number, offline=offline)
    if output is not None:
        from batch.cli.doctoring.report import write_report  # noqa: PLC0415 - as above

        write_report(output, examined)
    _tell(examined, common, output, as_json=json)
    return examined.exit_code


def _settings(where: Where, common: Common, examined: Examined) -> Begun | None:
    """The settings; None where they can't be read: nothing else is known then."""
    try:
        return begin_with_settings(common, where)
    except UsageError as error:
        examined.secrets.add(os.environ.get(USERNAME, "").strip())
        examined.add(problem("settings", error.problem, error.remedy))
        return None


def _examine(begun: Begun, examined: Examined, number: str | None, *, offline: bool) -> None:
    from batch.cli.doctoring import machine  # noqa: PLC0415 - when settings are right
    from batch.cli.loop import new_runner  # noqa: PLC0415

    settings = begun.settings
    own = _own_number(number, begun)
    examined.secrets |= {settings.account.id, settings.account.username, settings.account.name}
    examined.add(*machine.settings_files(settings), machine.zone(settings), machine.reader())
    credentials = _credentials(begun, examined)
    with new_runner() as runner:
        place = runner.run(_place(begun, examined, credentials))
        if place is not None:
            _look_at_ledger(begun, examined, place)
        if not offline:
            runner.run(_ask(begun, examined, credentials, place, own))


def _own_number(number: str | None, begun: Begun) -> Number | None:
    if number is None:
        return None
    from batch.cli.numbers import read_number  # noqa: PLC0415 - when one is given

    return read_number(number, begun.settings)


def _credentials(begun: Begun, examined: Examined) -> Credentials | None:
    from batch.settings.credentials import find_credentials  # noqa: PLC0415 - as above

    try:
        found = find_credentials(begun.settings, begun.environ)
    except UsageError as error:
        examined.add(problem("credentials", error.problem, error.remedy))
        return None
    remember(found.password.reveal())
    examined.secrets.add(found.username)
    examined.add(
        ok("credentials", f"user name and password are found ({found.found_in}), for {found.host} and no other host")
    )
    return found


async def _place(begun: Begun, examined: Examined, credentials: Credentials | None) -> LedgerPlace | None:
    """Which ledger a run would use; None where that can't be told."""
    from batch.cli.place import PROVIDER, find_environment, ledger_directory, ledger_place  # noqa: PLC0415
    from batch.ledger.records import LedgerKey  # noqa: PLC0415

    try:
        environment, at = await find_environment(begun.settings)
        account = begun.settings.account.id or (credentials.username if credentials else "")
        examined.add(ok("environment", f"{environment}{f', at {at}' if at else ''}"))
        if not account:
            examined.add(
                problem("account", "nothing says which account this is", "Set `id` or `username` in [accounts.NAME].")
            )
            return None
        return ledger_place(
            ledger_directory(begun.settings, begun.environ), LedgerKey(PROVIDER, environment, account, at)
        )
    except UsageError as error:
        examined.add(problem("environment", error.problem, error.remedy))
        return None


def _look_at_ledger(begun: Begun, examined: Examined, place: LedgerPlace) -> None:
    from batch.cli.doctoring import machine  # noqa: PLC0415 - as above
    from batch.cli.doctoring.ledgers import ledger_findings  # noqa: PLC0415
    from batch.ledger.sqlite import ledger_path  # noqa: PLC0415

    path = ledger_path(place.directory, place.key)
    examined.secrets |= {path.name, path.stem}
    examined.add(*ledger_findings(place, begun.environ), machine.room(place.directory))
    heads = place.heads.parent if place.heads.name == "heads" else place.heads.parent.parent
    examined.add(*machine.directories(place.directory, heads))


async def _ask(
    begun: Begun,
    examined: Examined,
    credentials: Credentials | None,
    place: LedgerPlace | None,
    own: Number | None,
) -> None:
    """The host, and where there is a login what the provider answers."""
    from batch.cli.doctoring.host import host_assumptions, host_findings, look_at_hosts  # noqa: PLC0415 - with HTTP
    from batch.clock import SystemClock  # noqa: PLC0415

    clock = SystemClock()
    try:
        hosts = await look_at_hosts(begun.settings, clock)
    except UsageError:  # said already, as where the environment was looked for
        return
    examined.add(*host_findings(hosts))
    examined.assumptions.extend(host_assumptions(hosts))
    if hosts.is_reached and credentials is not None:
        await clock.sleep(1 / float(begun.settings.rate))  # the host was just asked
        await _question(begun, examined, credentials, place, own)


async def _question(
    begun: Begun, examined: Examined, credentials: Credentials, place: LedgerPlace | None, own: Number | None
) -> None:
    from batch.cli.doctoring.answers import answer_findings, assumptions  # noqa: PLC0415 - as above
    from batch.cli.doctoring.questions import Known, Questions  # noqa: PLC0415
    from batch.cli.looking import Login  # noqa: PLC0415
    from batch.cli.scene import new_provider  # noqa: PLC0415
    from batch.clock import SystemClock  # noqa: PLC0415
    from batch.ledger.sqlite import SqliteReader  # noqa: PLC0415
    from batch.pool.pacer import Pacer  # noqa: PLC0415

    clock, settings = SystemClock(), begun.settings
    reader = None
    if place is not None:
        with suppress(LedgerError):  # there is none, or it was found to be damaged
            reader = SqliteReader.open(place.directory, place.key)
    pacer = Pacer(settings.rate, clock)
    pacer.start()
    try:
        async with new_provider(Login(settings, credentials), clock) as provider:
            questions = Questions(provider, pacer, clock, Known(reader, own), horizon=settings.horizon)
            seen = await questions.ask_all(own, settings.default_country or "")
            examined.add(*answer_findings(seen, provider.codes, provider.host))
    finally:
        await pacer.close()
        if reader is not None:
            reader.close()
    examined.answers |= {function: shape.words() for function, shape in seen.shapes.items()}
    examined.assumptions.extend(assumptions(seen))


def _tell(examined: Examined, common: Common, output: Path | None, *, as_json: bool) -> None:
    if as_json:
        say_json(_json(examined))
        return
    for line in examined.lines([Level.WARNING, Level.PROBLEM] if common.quiet else Level):
        say(printable(mask(line)))
    if common.quiet:
        return
    if examined.answers:
        say()
        say("What the provider answers (names and kinds, no values):")
        for function, words in examined.answers.items():
            say(printable(mask(f"  {function}: {words}")))
    if examined.assumptions:
        say()
        say("What the program assumes of it:")
        for one in examined.assumptions:
            say(printable(mask(f"  {one.line}")))
    if output is not None:
        tell(f"Report written, without login and whole numbers: {output}")


def _json(examined: Examined) -> dict[str, object]:
    return {
        "exit_code": examined.exit_code,
        "findings": [
            {"level": one.level, "topic": one.topic, "text": mask(one.text), "remedy": mask(one.remedy)}
            for one in examined.findings
        ],
        "answers": examined.answers,
        "assumptions": [
            {"text": one.text, "verdict": one.verdict, "seen": mask(one.seen)} for one in examined.assumptions
        ],
    }
