"""Files that somebody made to do harm, to be marked: marked, or refused by name; never a fault, and nothing half written."""

from __future__ import annotations

import hashlib

import pytest
from support.hostile import Hostile
from support.hostile_kinds import KINDS, make

from batch.errors import OrdersError
from batch.loader import LoadOptions, load
from batch.loader.annotating.asking import annotate
from batch.order import OrderFile
from batch.provider.multitel.fields import FIELDS

TURNS = 4


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(TURNS))
def test_a_hostile_package_is_marked_or_refused_by_name(tmp_path, turn):
    for seed in range(turn, KINDS, TURNS):
        hostile = make(seed)
        # Of another format a new workbook is written, of what the readers let through.
        if hostile.name.endswith((".xlsx", ".xlsm")):
            (tmp_path / str(seed)).mkdir()
            _mark(hostile, tmp_path / str(seed))


def _mark(hostile: Hostile, folder) -> None:
    path, target = folder / hostile.name, folder / f"marked.{hostile.name[-4:]}"
    path.write_bytes(hostile.content)
    numbers = None
    try:
        orders = load([path], FIELDS)
        file, problems, numbers = orders.files[0], orders.problems, [row.number for row in orders.rows]
    except OrdersError:
        # As if the checks had passed it: the marking stands on its own feet.
        file, problems = OrderFile(path, hashlib.sha256(hostile.content).hexdigest(), "Orders", 1), ()
    try:
        annotate(file, problems, target, FIELDS, LoadOptions())
    except OrdersError as error:
        assert error.problem, hostile.kind
        assert error.remedy, hostile.kind
        assert not target.exists(), hostile.kind
    else:
        assert numbers is None or [row.number for row in load([target], FIELDS).rows] == numbers, hostile.kind
    assert {one.name for one in folder.iterdir()} <= {path.name, target.name}
