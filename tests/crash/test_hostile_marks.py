"""Files that somebody made to do harm, to be marked: marked, or refused by name; never a fault, and nothing half written."""

from __future__ import annotations

import pytest
from support.hostile_kinds import KINDS, make

from batch.errors import OrdersError
from batch.loader import LoadOptions, load
from batch.loader.annotating.asking import annotate
from batch.order import OrderFile
from batch.provider.multitel.fields import FIELDS


PACKAGES = [seed for seed in range(KINDS) if make(seed).name.endswith((".xlsx", ".xlsm"))]
"""What is changed in its package; of another format a new workbook is written, of what the readers let through."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", PACKAGES, ids=lambda seed: make(seed).kind)
def test_a_hostile_file_is_marked_or_refused_by_name(tmp_path, seed):
    import hashlib  # noqa: PLC0415

    hostile = make(seed)
    path, target = tmp_path / hostile.name, tmp_path / f"marked{'.xlsm' if hostile.name.endswith('m') else '.xlsx'}"
    path.write_bytes(hostile.content)
    readable = True
    try:
        orders = load([path], FIELDS)
        file, problems = orders.files[0], orders.problems
    except OrdersError:
        readable = False
        # As if the checks had passed it: the marking stands on its own feet.
        file, problems = OrderFile(path, hashlib.sha256(hostile.content).hexdigest(), "Orders", 1), ()
    try:
        annotate(file, problems, target, FIELDS, LoadOptions())
    except OrdersError as error:
        assert error.problem
        assert error.remedy
        assert not target.exists()
    else:
        if readable:
            assert [row.number for row in load([target], FIELDS).rows] == [row.number for row in orders.rows]
    assert {one.name for one in tmp_path.iterdir()} <= {path.name, target.name}
