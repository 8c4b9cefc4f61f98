"""How many numbers the orders of a run may stand for: they are counted before the first block is taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from batch.loader.findings import Findings
from batch.loader.spans import Span
from batch.loader.wishes import Wished

MOST: Final = 1_000_000
"""Numbers of a run, over all its files. A block costs one row in a sheet and a row a number in memory."""


def note_extent(spans: Sequence[Span | Wished | None], before: int, findings: Findings) -> int:
    """How many numbers `spans` stand for; noted as an error of the whole sheet where those `before` and they are too many."""
    count = sum(span.wanted if isinstance(span, Wished) else span.size for span in spans if span is not None)
    if before + count > MOST:
        more = f", beside {before:,} of the files before" if before else ""
        problem = f"its rows stand for {count:,} numbers{more}; a run may have {MOST:,}"
        findings.add("numbers-too-many", 0, problem=problem)
    return count
