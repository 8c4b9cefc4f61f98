"""Everything that the program shows can be explained."""

from __future__ import annotations

from batch.cli.commands.explain import _find
from batch.cli.meanings import EXIT_CODES, STATUSES, all_meanings
from batch.ledger.records import Status
from batch.provider.multitel.codes import CODES


def test_every_status_exit_code_and_return_code_has_a_meaning():
    assert set(STATUSES) == set(Status)
    assert set(EXIT_CODES) == {0, 1, 2, 3, 4, 5, 6, 7, 8, 129, 130, 143}
    known = list(all_meanings(CODES))
    assert {one.code for one in known if one.kind == "return code"} == {str(one.code) for one in CODES.codes}
    assert all(one.meaning and one.todo and one.actor for one in known)
    assert any(one.note.startswith("unconfirmed") for one in known)


def test_words_are_found_together_and_apart():
    known = list(all_meanings(CODES))
    assert [one.code for one in _find("In Doubt", known)] == ["in doubt"]
    assert [one.code for one in _find("-275 4", known)] == ["-275", "4"]
