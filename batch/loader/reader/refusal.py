"""A file that can't be read: why, and what to do about it."""

from __future__ import annotations


class Refusal(Exception):
    """The file as a whole can't be read: `problem`, and how to mend it: `remedy`."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
