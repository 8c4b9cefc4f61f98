"""All commands, in the groups of the contract. Each is imported when it is called, and not before: `--help` is fast."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from cyclopts import App, Group, Parameter

from batch import __version__

PREPARE = Group("Prepare", sort_key=1)
BUY = Group("Buy", sort_key=2)
AFTER = Group("After", sort_key=3)
LOOK = Group("Look", sort_key=4)
SET_UP = Group("Set up", sort_key=5)

_ABOUT = "Buy phone numbers in bulk from a spreadsheet: each at most once, every one accounted for."
_EPILOGUE = (
    "Begin with `numbatch demo`: no account, no money. Each command shows an example with --help.\n"
    "Exit codes: 0 all bought, 1 fault, 2 usage, 3 workbook, 4 rows need a person, 5 halted, 6 in doubt, 7 locked, "
    "8 bound reached (numbatch explain 4)."
)


class Entry(NamedTuple):
    """A command: its name, its group, its line in the overview, and its own commands where it has some.

    `module`: the name of its module and function, where that is another.
    """

    name: str
    group: Group
    about: str
    parts: Mapping[str, str] = MappingProxyType({})
    module: str = ""


COMMANDS = (
    Entry("demo", PREPARE, "Show it all on this machine: no account, no money, half a minute."),
    Entry("template", PREPARE, "Write a blank order workbook, with instructions."),
    Entry("check", PREPARE, "Validate every row of order workbooks; sends nothing."),
    Entry("plan", PREPARE, "Say what a run would do: numbers, cost, duration, GO or NO-GO."),
    Entry("diff", PREPARE, "Tell what changed between two order sheets, by number."),
    Entry("run", BUY, "Buy the numbers, and write the result workbook."),
    Entry("resolve", BUY, "Ask about every number in doubt, and record what the provider says."),
    Entry("release", BUY, "Give back what a run bought, and only that."),
    Entry("pause", BUY, "Pause a run that is under way: no further purchase leaves."),
    Entry("continue", BUY, "Let a paused run go on.", module="continue_"),
    Entry("rate", BUY, "Set the rate of a run that is under way."),
    Entry("report", AFTER, "Write the result workbook again, from the ledger alone."),
    Entry("verify", AFTER, "Compare a result workbook, whoever saved it since, with the ledger."),
    Entry("audit", AFTER, "Compare what a run asked for with what the account holds now."),
    Entry("match", AFTER, "Match the provider's invoice with what the ledger says was bought."),
    Entry("export", AFTER, "Export what a run bought, for a PBX, for Teams, or by your own template."),
    Entry("bundle", AFTER, "Put a run's workbook, requests and plan into one file, for auditors."),
    Entry("runs", AFTER, "List the runs."),
    Entry("status", AFTER, "Tell one run's totals."),
    Entry("history", AFTER, "Tell one number's life, over all runs."),
    Entry(
        "ledger",
        SET_UP,
        "Check the ledger's file, or write a copy of it.",
        MappingProxyType(
            {
                "verify": "Check the ledger from its first entry to its last, and against its head file.",
                "backup": "Write a consistent copy of the ledger, also while a run is under way.",
            }
        ),
    ),
    Entry("init", SET_UP, "Write a settings file, make the account's ledger, check the credentials."),
    Entry("doctor", SET_UP, "Say what to mend before the first real run, and what the provider really answers."),
    Entry("simulate", SET_UP, "Serve a local provider for rehearsals, with faults on request."),
    Entry("countries", LOOK, "List the countries that the provider has numbers of."),
    Entry("areas", LOOK, "List the areas of a country, and their prefixes."),
    Entry("search", LOOK, "List numbers in stock, with prices; or write an order workbook of them."),
    Entry("show", LOOK, "Show what the account holds about one number, and what the ledger knows of it."),
    Entry("ringto", LOOK, "Tell where a number's calls go."),
    Entry("balance", LOOK, "Tell the account's balance."),
    Entry("explain", LOOK, "Say what a return code, status, exit code or problem code means, and what to do."),
)


def make_app(*, asked: str, plain: bool, part: str = "") -> App:
    """The application. `asked` is the command that is called, `part` its own, `plain`: help without boxes and colour, for no terminal.

    Only the command asked for is imported, and shows its own text with its example.
    """
    app = App(
        name="numbatch",
        help=_ABOUT,
        help_epilogue=_EPILOGUE,
        version=f"numbatch {__version__}",
        help_format="plaintext",
        help_formatter="plain" if plain else "default",
        result_action="return_value",
        default_parameter=Parameter(negative=()),
        group_commands=Group("Options", sort_key=9),
        suppress_keyboard_interrupt=False,
    )
    app.register_install_completion_command(
        group=app.group_commands, help="Install completion for your shell.", help_epilogue=""
    )
    for entry in COMMANDS:
        if entry.parts:
            app.command(_with_parts(entry, part=part if entry.name == asked else None))
            continue
        about = {} if entry.name == asked else {"help": entry.about}
        module = entry.module or entry.name
        app.command(
            f"batch.cli.commands.{module}:{module}",
            name=entry.name,
            group=entry.group,
            help_epilogue="",
            **about,
        )
    return app


def _with_parts(entry: Entry, *, part: str | None) -> App:
    """A command with commands of its own, each imported when it is called."""
    example = f"\n\nFor example:\n    numbatch {entry.name} {next(iter(entry.parts))}" if part is not None else ""
    parts = App(
        name=entry.name,
        group=entry.group,
        help=entry.about + example,
        help_epilogue="",
        group_commands=Group("Commands"),
        version_flags=(),
    )
    for name, about in entry.parts.items():
        told = {} if name == part else {"help": about}
        parts.command(f"batch.cli.commands.{entry.name}:{name}", name=name, help_epilogue="", **told)
    return parts
