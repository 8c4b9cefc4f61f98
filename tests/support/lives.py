"""One order bought by processes that are killed, from a simulator that outlives them all; then the books are compared."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from openpyxl import load_workbook
from support.agreement import disagreements
from support.blows import Blow, Traced
from support.command import Command, ServedSimulator
from support.ledgers import verify_ledger

import batch
from batch.ledger.records import Environment, LedgerKey
from batch.ledger.sqlite import SqliteReader, ledger_path
from batch.provider.simulator import FaultPlan, SimulatorOptions

_FIRST = 33123450000
_SETTINGS = {
    "NUMBATCH_RATE": "500",
    "NUMBATCH_TIMEOUT": "1s",
    "NUMBATCH_RESOLVE_DELAY": "100ms",
    "NUMBATCH_RESOLVE_HORIZON": "1s",  # the simulator's late requests come a seventh of a second after the answer
    "NUMBATCH_RESERVED_RETRY_EVERY": "200ms",
    "NUMBATCH_RESERVED_GIVE_UP_AFTER": "10s",
    "NUMBATCH_MAX_FAILURES": "off",
}
_FAULTS = FaultPlan({"executed, dropped": 0.08, "late": 0.12, "dropped": 0.05, "502": 0.03, "reserved": 0.02})
_GAP = 0.4
"""Simulated seconds between check and charge: a provider that is worse than documented, so that a blind re-send shows."""
_COMMANDS = {
    "run": ("run", "{orders}", "--json"),
    "resolve": ("resolve", "--json"),
    "report": ("report", "-q"),
    "init": ("init", "--offline"),
}
_HISTORY_EVERY = 8


@dataclass(frozen=True)
class Moment:
    """A death by SIGKILL when the provider meets its `nth` purchase: as it arrives, or as it has been `sold`, unanswered."""

    nth: int
    sold: bool = False

    def __str__(self) -> str:
        return f"{'sale' if self.sold else 'request'} {self.nth}"


@dataclass(frozen=True)
class Fate:
    """What befalls one order: the `seed` of the simulator's faults, how many `numbers`, which command dies how, in order.

    `str` of it, read again by `read`, is how a failure is replayed.
    """

    seed: int
    numbers: int = 12
    deaths: tuple[tuple[str, Blow | Moment], ...] = field(default=())

    def __str__(self) -> str:
        return f"{self.seed}/{self.numbers}: " + ", ".join(f"{command} {death}" for command, death in self.deaths)

    @classmethod
    def read(cls, text: str) -> Self:
        """What `str` wrote."""
        head, _, rest = text.partition(": ")
        seed, numbers = head.split("/")
        deaths: list[tuple[str, Blow | Moment]] = []
        for one in rest.split(", "):
            command, _, death = one.partition(" ")
            words = death.split()
            moment = re.fullmatch(r"(sale|request) (\d+)", death)
            deaths.append((command, Moment(int(words[1]), words[0] == "sale") if moment else Blow.read(death)))
        return cls(int(seed), int(numbers), tuple(deaths))


class Lives:
    """The place where a fate is lived: a context, for the simulator runs in it. `died` lists the deaths that came."""

    def __init__(self, root: Path, fate: Fate, faults: FaultPlan = _FAULTS) -> None:
        self.fate = fate
        self.numbers = [str(_FIRST + one) for one in range(fate.numbers)]
        self.died: list[tuple[str, Blow | Moment]] = []
        self._root = root
        for name in ("home", "work"):
            (root / name).mkdir(parents=True)
        where = {"NUMBATCH_LEDGER": str(root / "ledger"), "PYTHONPATH": str(Path(batch.__file__).parents[1])}
        self.numbatch = Command(root / "home", root / "work", {**_SETTINGS, **where})
        self.orders = self.numbatch.cwd / "orders.csv"
        self.results = self.numbatch.cwd / "orders-rehearsal.xlsx"
        block = f"{self.numbers[0]}-{self.numbers[-1]}"
        self.orders.write_text(f"Number,Type,URI\n{block},SIP,{{last4}}@pbx.example.com\n")
        options = SimulatorOptions(
            latency=(0.0, 0.1), late_by=6.0, reserved_for=8.0, two_step=True, two_step_gap=_GAP, speed=40.0,
            faults=faults, seed=fate.seed,
        )  # fmt: skip
        self.served = ServedSimulator(options)
        self._purchases: Counter[str] = Counter()
        self._victim: tuple[Moment, subprocess.Popen[str]] | None = None
        self._watch()

    def __enter__(self) -> Self:
        self.served.__enter__()
        self.numbatch.environ.update(self.served.environ)
        return self

    def __exit__(self, *error: object) -> None:
        self.served.__exit__(None, None, None)

    @property
    def key(self) -> LedgerKey:
        """Whose ledger it is."""
        place = self.served.base_url.split("/")[2]
        return LedgerKey("multitel", Environment.REHEARSAL, "rehearsal", place)

    @property
    def files(self) -> Mapping[str, Path]:
        """What blows may name: the files of ledger, lock and head file, their directories, and settings."""
        ledger = ledger_path(self._root / "ledger", self.key)
        config = self.numbatch.home / ".config" / "numbatch"
        heads = config / "heads" / sha256(os.fsencode(ledger.parent.resolve())).hexdigest()[:12]
        ends = (
            ".ledger",
            ".ledger-wal",
            ".ledger-shm",
            ".ledger-journal",
            ".ledger-new",
            ".ledger-new-journal",
            ".lock",
        )
        return {
            "directory": ledger.parent,
            "heads": heads,
            "settings": config / "numbatch.toml",
            "settings-new": config / "numbatch.toml.new",
            **{end: ledger.with_suffix(end) for end in ends},
            **{end: (heads / ledger.name).with_suffix(end) for end in (".head", ".head-new", ".head-live")},
        }

    def words(self, command: str) -> list[str]:
        """The command's whole line."""
        return self.numbatch.words(*(word.format(orders=self.orders) for word in _COMMANDS[command]))

    def traced(self) -> Traced:
        """Commands under strace, in this place."""
        return Traced(self.files, self._root / "trace", self.numbatch.cwd, self.numbatch.env())

    # Dying -----------------------------------------------------------------------------------------------------------

    def live(self) -> None:
        """Each death of the fate, then a healthy run; the books agree."""
        for command, death in self.fate.deaths:
            self.die(command, death)
        self.end()
        self.check()

    def die(self, command: str, death: Blow | Moment) -> bool:
        """Run the command until it is killed; whether it was, or ended before."""
        if command == "report" and not self.results.exists():
            self.end()
        if isinstance(death, Blow):
            done = self.traced().strike(self.words(command), death)
            killed = done.returncode == -death.signal
        else:
            done = self._killed_at(death, command)
            killed = done.returncode == -signal.SIGKILL
        assert killed or done.returncode in {0, 4, 6}, (str(self.fate), command, done.returncode, done.stderr)
        if killed:
            self.died.append((command, death))
        if command == "report":
            self._assert_none([*self._of_workbook(), *self._of_files()])
        return killed

    def _killed_at(self, moment: Moment, command: str) -> subprocess.CompletedProcess[str]:
        self._purchases.clear()
        words = self.words(command)
        process = self.numbatch.start(*words[3:])
        self._victim = (moment, process)
        try:
            out, err = process.communicate(timeout=90)
        finally:
            self._victim = None
            process.kill()
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def _watch(self) -> None:
        """Count purchases as they arrive and as they are sold, and kill at the one that was chosen."""
        simulator = self.served.simulator
        handle, on_entry = simulator._server.handle, simulator.world._on_entry

        async def watched(request: object) -> object:
            if "buynumbers" in str(request.rel_url):
                self._count("request")
            return await handle(request)

        def sold(entry: object) -> None:
            on_entry(entry)
            self._count("sale")

        simulator._server.handle = watched
        simulator.world._on_entry = sold

    def _count(self, what: str) -> None:
        self._purchases[what] += 1
        if self._victim is None:
            return
        moment, process = self._victim  # what its forerunner left may be sold first: hence "or more"
        if what == ("sale" if moment.sold else "request") and self._purchases[what] >= moment.nth:
            with suppress(ProcessLookupError):
                process.kill()

    # Living on -------------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """What died is done again, by a process that is let live: one run ends all doubt."""
        commands = [command for command, _ in self.died]
        for command in ("init", "resolve", "run", "report"):
            if command in commands or command == "run":
                done = self._whole(command)
                codes = {0, 4, 6} if command == "resolve" else {0, 4}
                told = (str(self.fate), command, done.returncode, done.stdout, done.stderr)
                assert done.returncode in codes, told

    def _whole(self, command: str) -> subprocess.CompletedProcess[str]:
        return self.numbatch(*self.words(command)[3:])

    def check(self) -> None:
        """Workbook, ledger and history agree with what the provider knows; the workbook is whole."""
        self._assert_none([*self._of_workbook(), *self._of_ledger(), *self._of_files()])
        if "init" in (command for command, _ in self.died):
            self._assert_settings_whole()
        if self.fate.seed % _HISTORY_EVERY == 0:
            self._assert_history()

    def _assert_none(self, troubles: list[str]) -> None:
        assert troubles == [], (str(self.fate), troubles)

    def _of_workbook(self) -> Iterator[str]:
        yield from disagreements(self.results, self.served.charged)

    def _of_ledger(self) -> Iterator[str]:
        verify_ledger(self._root / "ledger", self.key)
        charged = Counter(self.served.charged)
        for number in self.numbers:
            last = self._became(number)
            if (last == "bought") != (charged[number] == 1):
                yield f"the history of {number} ends {last}, and it was charged {charged[number]} times"

    def _became(self, number: str) -> str:
        reader = SqliteReader.open(self._root / "ledger", self.key)
        try:
            became = [entry.after for entry in reader.history(number) if entry.rule != "price"]
        finally:
            reader.close()
        return became[-1] if became else "never met"

    def _of_files(self) -> Iterator[str]:
        """Whatever is named like a workbook is the result, and opens."""
        for path in self.numbatch.cwd.glob("*.xlsx"):
            if path != self.results:
                yield f"there is a {path.name}"
            load_workbook(path)

    def _assert_history(self) -> None:
        """The command tells what the ledger holds, of the number that was tried most often."""
        number = max(self.numbers, key=lambda one: self.served.record().tries.get(one, 0))
        done = self.numbatch("history", number, "--json")
        assert done.returncode == 0, (str(self.fate), done.stderr)
        told = [entry["after"] for entry in json.loads(done.stdout) if entry["rule"] != "price"]
        assert told[-1] == self._became(number), (str(self.fate), told)

    def _assert_settings_whole(self) -> None:
        """The settings file is what an `init` writes that nobody disturbs."""
        elsewhere = self._root / "elsewhere"
        elsewhere.mkdir()
        done = self.numbatch(*self.words("init")[3:], env={"HOME": str(elsewhere)})
        assert done.returncode == 0, (str(self.fate), done.stderr)
        path = self.files["settings"]
        written = (elsewhere / path.relative_to(self.numbatch.home)).read_text()
        assert path.read_text() == written, str(self.fate)
