"""Plants mistakes in the state machine, and counts how many of them the fast tests of its area notice.

Functions are changed by mutmut, tables by `tables`. A mutant that survives is either explained in equivalent.toml (it is the
same program), or a test is missing: fewer than 95 in 100 killed, or one survivor without an explanation, is a failure.

    python tests/mutation/mutate.py [functions|tables]

Works in a copy below build/; minutes on one core.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COPIES = ROOT / "build" / "mutation"
LEAST = 95.0
_TOO_LONG = 120.0
_STATE_TESTS = (
    "tests/unit/ledger/test_states.py",
    "tests/unit/ledger/test_states_closely.py",
    "tests/unit/ledger/test_statuses.py",
    "tests/unit/ledger/test_statuses_closely.py",
)
_ATTRIBUTION_TESTS = ("tests/unit/reconciler/test_attribution.py", "tests/unit/reconciler/test_attribution_bounds.py")
_CODE_TESTS = ("tests/unit/provider/multitel/test_codes.py",)

FUNCTIONS = ("batch/ledger/states.py", "batch/ledger/statuses.py", "batch/reconciler/attribution.py")
FUNCTION_TESTS = (*_STATE_TESTS, *_ATTRIBUTION_TESTS)
TABLES = {
    "batch/ledger/states.py": _STATE_TESTS,
    "batch/ledger/events.py": _STATE_TESTS,
    "batch/ledger/statuses.py": _STATE_TESTS,
    "batch/codes.py": (*_STATE_TESTS, *_CODE_TESTS),
    "batch/provider/multitel/codes.py": _CODE_TESTS,
    "batch/reconciler/attribution.py": _ATTRIBUTION_TESTS,
}


class Verdict(NamedTuple):
    """What became of one mutant."""

    name: str
    killed: bool
    change: str = ""


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; 1 where too much survived."""
    failed = False
    if "tables" in arguments or not arguments:
        failed |= _judge("tables", list(_tables()))
    if "functions" in arguments or not arguments:
        failed |= _judge("functions", list(_functions()))
    return int(failed)


def _judge(what: str, verdicts: Sequence[Verdict]) -> bool:
    """Print the figures, and every survivor that nothing explains; whether it is a failure."""
    explained = [
        re.compile(one["change"]) for one in tomllib.loads((HERE / "equivalent.toml").read_text())["equivalent"]
    ]
    survived = [one for one in verdicts if not one.killed]
    unexplained = [one for one in survived if not any(known.fullmatch(one.change) for known in explained)]
    killed = len(verdicts) - len(survived)
    share = 100 * killed / len(verdicts) if verdicts else 0.0
    lines = [f"{what}: {killed} of {len(verdicts)} mutants killed ({share:.1f} %)"]
    lines.append(f"  survived, and explained: {len(survived) - len(unexplained)}")
    lines += [f"  survived: {one.name}: {one.change}" for one in unexplained]
    sys.stdout.write("\n".join([*lines, ""]))
    return share < LEAST or bool(unexplained)


def _copy(name: str, settings: str = "") -> Path:
    """A fresh copy of the program and its tests, for mistakes to be made in."""
    copy = COPIES / name
    shutil.rmtree(copy, ignore_errors=True)
    for part in ("batch", "tests", "templates"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + settings)
    return copy


def _functions() -> Iterator[Verdict]:
    copy = _copy(
        "functions",
        "\n[tool.mutmut]\n"
        'source_paths = ["batch"]\nalso_copy = ["templates"]\n'
        f"only_mutate = {list(FUNCTIONS)}\n"
        'pytest_add_cli_args = ["-q", "-x", "-p", "no:cacheprovider"]\n'
        f"pytest_add_cli_args_test_selection = {list(FUNCTION_TESTS)}\n",
    )
    _mutmut(copy, "run", "--max-children", "1")
    for line in _mutmut(copy, "results", "--all", "true").splitlines():
        name, _, status = line.strip().rpartition(": ")
        if name:
            killed = status in {"killed", "timeout"}
            yield Verdict(name, killed, "" if killed else _diff(_mutmut(copy, "show", name)))


def _mutmut(copy: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *words], cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"mutmut {words[0]} failed:\n{done.stdout[-4000:]}")
    return done.stdout


def _diff(shown: str) -> str:
    changed = [line for line in shown.splitlines() if re.match(r"[-+](?![-+]{2} )", line)]
    return " / ".join(line[0] + line[1:].strip() for line in changed)


def _tables() -> Iterator[Verdict]:
    # The copy's tests import the copy: its directory is the first that they look in.
    copy = _copy("tables")
    sys.path.insert(0, str(HERE.parent))
    from mutation.tables import table_mutants  # noqa: PLC0415 - found by the line above

    for path, tests in TABLES.items():
        source = (ROOT / path).read_text()
        target = copy / path
        if not _passes(copy, tests):
            raise SystemExit(f"the tests of {path} fail without any mutant")
        for mutant in table_mutants(path.removesuffix(".py").replace("/", "."), source):
            target.write_text(mutant.source)
            yield Verdict(path, not _passes(copy, tests), mutant.words)
        target.write_text(source)


def _passes(copy: Path, tests: Sequence[str]) -> bool:
    try:
        # Without bytecode: two mutants of a second have the same date and size.
        done = subprocess.run(
            [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            cwd=copy, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_TOO_LONG, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
