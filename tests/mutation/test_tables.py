"""The mutants of tables are those that they should be."""

from __future__ import annotations

from pathlib import Path

from mutation.tables import table_mutants

ROOT = Path(__file__).resolve().parents[2]


def mutants(path):
    module = path.removesuffix(".py").replace("/", ".")
    return list(table_mutants(module, (ROOT / path).read_text()))


def test_each_state_is_taken_out_of_a_set_and_each_other_put_in():
    words = [one.words.partition(": ")[2] for one in mutants("batch/ledger/statuses.py")]
    assert {"without State.BOUGHT", "with State.HELD", "without Why.PENDING", "with Why.ATTEMPTS"} <= set(words)


def test_each_code_is_left_out_renumbered_and_of_every_other_kind():
    words = [one.words.partition(": ")[2] for one in mutants("batch/provider/multitel/codes.py")]
    assert "-165 is -166" in words
    assert "without ReturnCode(code=-165" in words
    assert "with an entry more" in words
    assert words.count("CodeKind.SOLD is CodeKind.FINAL") == 1
    assert not [one for one in words if "Actor" in one]


def test_every_mutant_is_another_program_that_still_compiles():
    for path in (
        "batch/ledger/states.py",
        "batch/ledger/statuses.py",
        "batch/codes.py",
        "batch/provider/multitel/codes.py",
    ):
        source = (ROOT / path).read_text()
        for one in mutants(path):
            assert one.source != source
            compile(one.source, path, "exec")
