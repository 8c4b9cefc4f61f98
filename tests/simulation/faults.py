"""The faults of the reliability table: which of them a seed met, and which tests show those that have no place in a simulation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

DELIVERED_TWICE = ", delivered twice"

SHOWN: Mapping[str, tuple[str, ...]] = {
    "killed before the intent is on disk": ("killed before an intent was on disk",),
    "killed after the intent, before the send": ("killed after an intent, before it was sent",),
    "killed before the outcome is on disk": ("killed before an outcome was on disk",),
    "killed at any other moment": ("killed",),
    "time-out, never executed": ("timed out, never executed",),
    "time-out, executed": ("timed out, executed",),
    "time-out, executed later": ("timed out, executed later",),
    "executed later than the horizon": ("executed later than the horizon",),
    "connection refused": ("connection refused",),
    "a bad certificate": ("bad certificate",),
    "reset before or amid the answer": ("reset",),
    "200 with nonsense": ("200 with nonsense",),
    "RETURN is another number": ("RETURN is another number",),
    "unknown code": ("unknown code",),
    "500, 502, 504": ("500, 502, 504",),
    "429": ("429", "429, executed nevertheless"),
    "503": ("503", "503 with Retry-After"),
    "as many doubts in a row as there are workers": ("as many doubts as workers",),
    "any redirect": ("redirect",),
    "99 amid the run": ("99",),
    "100, -55": ("100 and its like",),
    "-165 at first try": ("already ours",),
    "a refusal": ("refused",),
    "an answer heard when its process is dead": ("an answer from an earlier process",),
    "-220": ("-220",),
    "the inquiry fails": ("inquiry fails", "inquiry fails now and then", "inquiry refuses the account"),
    "the inquiry lags": ("inquiry lags",),
    "the inquiry says yes to all": ("inquiry says yes to all", "inquiry turns to yes"),
    "the inquiry says no to all": (
        "inquiry says no to all",
        "inquiry loses its memory",
        "inquiry changes its shape",
        "inquiry hides a number",
    ),
    "nothing to calibrate with": ("nothing to calibrate with", "a person says what they saw"),
    "a request delivered twice": (DELIVERED_TWICE,),
    "checked and charged in two steps": ("charged in two steps",),
    "the same number in another run": ("the same number in another run",),
    "released by hand since": ("released by hand",),
    "bought by hand": ("bought by hand",),
    "a release lost, refused or unsent": (
        "release lost, executed",
        "release lost, never executed",
        "release refused",
        "release unsent",
    ),
    "two runs overlap": ("two runs overlap",),
    "disk full at the intent": ("disk full at an intent",),
    "disk full at the outcome": ("disk full at an outcome",),
    "ledger missing": ("ledger lost",),
    "ledger older, restored": ("an old ledger put back",),
    "SIGINT, SIGTERM; again": ("interrupted",),
    "paused, and slowed down, by a person": ("paused by a person", "another rate"),
    "clock jumps": ("wall clock set",),
    "suspended between intent and send": ("suspended between intent and send",),
}
"""Each row of the table that a simulation can show, with the names under which its faults are counted."""

ELSEWHERE: Mapping[str, str] = {
    "which certificates are bad, DNS": "tests/e2e/test_tls.py, test_network.py",
    "a stale keep-alive, an answer that drips": "tests/e2e/test_network.py, tests/contract/test_provider.py",
    "which bodies are nonsense": "tests/property/test_answers.py",
    "the same number in other formatting or file": "tests/unit/loader/test_numbers.py",
    "the workbook was edited since, with other routing": "tests/unit/test_session.py",
    "ledger damaged, of a newer version, of an older one": "tests/unit/ledger/test_damage.py, test_migration.py",
    "killed while the workbook is written, Excel, read-only": "tests/crash/test_killed.py, test_disk.py",
    "I/O errors, limits, read-only disks": "tests/crash/test_disk.py",
    "stdout closed, no HOME, an empty environment": "tests/crash/test_cron.py",
    "a hook, metrics or events file fails": "no such output yet",
    "power cuts": "tests/crash/test_power_cut.py",
    "bad input": "tests/crash/test_hostile.py",
    "secrets": "tests/e2e/test_secrets.py",
}
"""Each row that it can't show, with the tests that do."""


def counted(met: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Each row that a simulation can show, with how often it was met."""
    for row, names in SHOWN.items():
        if names == (DELIVERED_TWICE,):
            yield row, sum(times for name, times in met.items() if name.endswith(DELIVERED_TWICE))
        else:
            yield row, sum(times for name, times in met.items() if name.removesuffix(DELIVERED_TWICE) in names)
