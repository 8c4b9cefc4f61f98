"""What every code and word means that the program shows: return codes, statuses, exit codes, problem codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from batch.cli.problems import UNREADABLE
from batch.codes import Actor, CodeTable
from batch.ledger.records import Status


@dataclass(frozen=True, slots=True)
class Meaning:
    """One entry: which `kind` of code it is, what it means, who acts and what to do; `note` says how sure that is."""

    kind: str
    code: str
    meaning: str
    actor: str
    todo: str
    note: str = ""

    def as_json(self) -> dict[str, str]:
        """The entry for programs."""
        return asdict(self)


EXIT_CODES = {
    0: ("Nothing is left to do: every number is bought, now or before.", Actor.NOBODY, "Nothing."),
    1: ("A fault of the program itself.", Actor.OPERATOR, "Run the same command with -v and report what it says."),
    2: (
        "Usage, settings or credentials are missing or wrong; nothing was sent.",
        Actor.OPERATOR,
        "The message names the setting and where it stands.",
    ),
    3: (
        "The workbook is missing, unreadable, empty or has invalid rows; nothing was sent.",
        Actor.OPERATOR,
        "`numbatch check ORDERS` lists every problem with its remedy.",
    ),
    4: (
        "Finished, and rows need a person: refused, deferred, skipped, not sent, other routing. Plan: NO-GO. Audit, diff: differences. Look-ups: nothing found.",
        Actor.OPERATOR,
        "Read the sheet Failures of the result workbook: each row says who acts and what to do.",
    ),
    5: (
        "Halted: login, balance, network, certificate, redirect, the ledger's disk, or refusals; the rest was not sent.",
        Actor.OPERATOR,
        "Mend what the message names, then run the same command again: it goes on where it stopped.",
    ),
    6: (
        "Some numbers are still in doubt: they may have been bought, and the provider could not yet be asked.",
        Actor.OPERATOR,
        "`numbatch resolve` asks again; until then they are not sent again.",
    ),
    7: (
        "Another run holds the lock of this ledger.",
        Actor.NOBODY,
        "Wait for it: --lock-wait 10m. The lock of a process that died is free.",
    ),
    8: (
        "Stopped at a bound that was set: --max-spend, --max-numbers, --limit or --until. The rest was not sent.",
        Actor.OPERATOR,
        "Run the same command again, with a higher bound if you mean it.",
    ),
    129: ("Interrupted (the terminal was closed): drained, recorded, resumable.", Actor.OPERATOR, "Run it again."),
    130: ("Interrupted (SIGINT): drained, recorded, resumable.", Actor.OPERATOR, "Run the same command again."),
    143: ("Interrupted (SIGTERM): drained, recorded, resumable.", Actor.OPERATOR, "Run the same command again."),
}

STATUSES = {
    Status.PURCHASED: ("This run bought it. It was charged.", Actor.NOBODY, "Nothing."),
    Status.OWNED: (
        "The account held it before, or an earlier run bought it. Not charged.",
        Actor.NOBODY,
        "Nothing; where Routing says that it differs, change the number's routing with the provider.",
    ),
    Status.REFUSED: (
        "The provider refused it, with a code. Not charged.",
        Actor.OPERATOR,
        "`numbatch explain CODE` says what to do; --retry-refused tries again.",
    ),
    Status.DEFERRED: (
        "Reserved (-220), given up for this run. Not charged.",
        Actor.ITSELF,
        "Run the same command again, later.",
    ),
    Status.DOUBT: (
        "Sent, and nobody knows yet: it may have been charged.",
        Actor.OPERATOR,
        "`numbatch resolve` asks the account; a person who has looked may say: --accept NUMBER=ours or not.",
    ),
    Status.NOT_SENT: (
        "The run stopped first; the reason is given. Not charged.",
        Actor.OPERATOR,
        "Run the same command again once the reason is gone.",
    ),
    Status.INVALID: ("The row is wrong; never sent.", Actor.OPERATOR, "Mend the row: `numbatch check` says how."),
    Status.DUPLICATE: ("The same number stands in an earlier row.", Actor.NOBODY, "Nothing: it is bought once."),
    Status.RELEASED: (
        "This run bought it, and it was given back. It keeps its charge.",
        Actor.NOBODY,
        "Nothing.",
    ),
}


def all_meanings(codes: CodeTable) -> Iterator[Meaning]:
    """Everything that can be explained, in groups."""
    for entry in codes.codes:
        note = "" if entry.confirmed else "unconfirmed: "
        yield Meaning("return code", str(entry.code), entry.meaning, entry.actor, entry.todo, f"{note}{entry.source}")
    for status, (meaning, actor, todo) in STATUSES.items():
        yield Meaning("status", status, meaning, actor, todo)
    for code, (meaning, actor, todo) in EXIT_CODES.items():
        yield Meaning("exit code", str(code), meaning, actor, todo)
    for name, (meaning, remedy) in sorted(_problems().items()):
        yield Meaning("problem", name, meaning, Actor.OPERATOR, remedy)


def _problems() -> dict[str, tuple[str, str]]:
    from batch.loader.problems import CODES  # noqa: PLC0415 - light, and only needed here
    from batch.provider.multitel.complaints import COMPLAINTS  # noqa: PLC0415

    unreadable = (
        "The file can't be read as an order workbook; the message says why.",
        "Get it again, or save it anew.",
    )
    loaders = {name: (one.meaning, one.remedy) for name, one in CODES.items()}
    return {UNREADABLE: unreadable, **COMPLAINTS, **loaders}
