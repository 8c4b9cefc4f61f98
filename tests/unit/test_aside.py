"""Work beside the purchases that fails ends the run, and says what it was."""

from __future__ import annotations

import pytest
from support.virtual import virtual

from batch.errors import LedgerDamaged
from batch.pool.brakes import Brakes
from batch.pool.options import PoolOptions
from batch.session.aside import begin_aside, end_aside


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ZeroDivisionError("a secret"), "a fault of the program: ZeroDivisionError (balance)"),
        (LedgerDamaged("The ledger is damaged."), "The ledger is damaged."),
    ],
)
def test_what_fails_beside_a_run_halts_it_and_is_named(error, reason):
    async def fail():
        raise error

    async def scenario():
        brakes = Brakes(PoolOptions(), lambda _: None)
        task = begin_aside(fail(), "balance", brakes)
        await brakes.stopped.wait()
        await end_aside(task)
        return brakes.halt_reason

    assert virtual(scenario()) == reason


def test_what_is_ended_or_done_halts_nothing():
    async def scenario():
        brakes = Brakes(PoolOptions(), lambda _: None)

        async def wait():
            await brakes.stopped.wait()

        async def nothing():
            pass

        done = begin_aside(nothing(), "done", brakes)
        await done
        await end_aside(begin_aside(wait(), "watch", brakes), done)
        return brakes.halt_reason, brakes.ending

    assert virtual(scenario()) == ("", False)
