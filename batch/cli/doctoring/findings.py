"""What was found: how bad it is, whose matter it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    """a run is possible, and something is not as it should be"""
    PROBLEM = "problem"
    """mend it before the first real run"""


class Matter(StrEnum):
    """What a finding is about: it decides the exit code."""

    HERE = "here"
    """settings, credentials, ledger, this machine"""
    PROVIDER = "provider"
    """the provider refuses, can't be reached, or can't be relied on"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `topic` in a word or two, what is so, and what to do (empty: nothing)."""

    level: Level
    topic: str
    text: str
    remedy: str = ""
    matter: Matter = Matter.HERE

    @property
    def line(self) -> str:
        """All of it."""
        text = f"{self.text.rstrip('.')}. {self.remedy}" if self.remedy else self.text
        return f"{self.level:<8} {self.topic}: {' '.join(text.split())}"


def ok(topic: str, text: str) -> Finding:
    """Nothing is to be done."""
    return Finding(Level.OK, topic, text)


def warning(topic: str, text: str, remedy: str = "", matter: Matter = Matter.HERE) -> Finding:
    """A run is possible."""
    return Finding(Level.WARNING, topic, text, remedy, matter)


def problem(topic: str, text: str, remedy: str = "", matter: Matter = Matter.HERE) -> Finding:
    """To be mended first."""
    return Finding(Level.PROBLEM, topic, text, remedy, matter)


class Verdict(StrEnum):
    """What became of an assumption."""

    HOLDS = "holds"
    FAILS = "does not hold"
    OPEN = "not checked"


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that the provider does not document, or not clearly, and what was seen of it."""

    text: str
    verdict: Verdict
    seen: str = ""

    @property
    def line(self) -> str:
        """All of it."""
        return f"{self.verdict:<13} {self.text}{f': {self.seen}' if self.seen else ''}"


@dataclass(slots=True)
class Examined:
    """All that was found. `answers` are the provider's answers by function: their form, without values."""

    findings: list[Finding] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    """What a report that leaves this machine must not hold: user name, account."""

    def add(self, *found: Finding) -> None:
        """Note findings."""
        self.findings.extend(found)

    @property
    def exit_code(self) -> int:
        """0 where nothing must be mended; 2 for what is here, else 5 for the provider."""
        matters = {one.matter for one in self.findings if one.level is Level.PROBLEM}
        return 2 if Matter.HERE in matters else 5 if matters else 0

    def lines(self, levels: Iterable[Level] = Level) -> list[str]:
        """The findings of these levels, a line each."""
        wanted = set(levels)
        return [one.line for one in self.findings if one.level in wanted]
