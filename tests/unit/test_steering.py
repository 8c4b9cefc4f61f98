"""A person's wishes of a run: obeyed within moments, forgotten with the process, read from no file that is not theirs."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import timedelta
from decimal import Decimal

import pytest
from support.desk import KEY, NOT_SENT, PURCHASED, at_desk, disk, orders
from support.virtual import VirtualClock, virtual
from support.world import lost, number

from batch.cli.steering import Reached, wish
from batch.errors import LedgerError, UsageError
from batch.ledger.records import Why
from batch.ledger.sqlite.place import ledger_path, lock_path
from batch.ledger.sqlite.wishes import FileControl
from batch.ledger.wishes import Control, Doing, Wishes
from batch.pool.notices import Steered

N = [number(n) for n in range(200)]
SLOW = {"rate": Decimal(5), "workers": 4}


class Desktop(Control):
    """Both ends in memory: `wished` is what somebody wishes; `said` all that the run said."""

    def __init__(self):
        self.wished = None
        self.said = []

    def begin(self, doing):
        self.wished = None
        self.said.append(doing)

    def wishes(self):
        return self.wished

    def tell(self, doing):
        self.said.append(doing)

    def end(self):
        self.said.append(None)

    def doing(self):
        return self.said[-1] if self.said else None

    def wish(self, wishes):
        self.wished = wishes

    def withdraw(self, wishes):
        self.wished = None


def _steered(desk):
    control = Desktop()
    desk.more = {"control": control}
    return control


async def _set(desk, control, *, paused=None, rate=None):
    def change(now):
        return now.paused if paused is None else paused, now.rate if rate is None else Decimal(rate)

    with desk.reading() as reader:
        run = reader.runs()[0]
    return await wish(control, run, change, desk.clock)


def test_nothing_is_bought_while_it_is_paused_and_doubts_are_asked_about():
    async def scenario(desk):
        control = _steered(desk)
        desk.provider.script = {N[10]: [lost(0.1, takes=1.0)]}
        buying = asyncio.create_task(desk.buy(orders("a", N), **SLOW))
        await asyncio.sleep(4)
        began = desk.clock.elapsed()
        assert (await _set(desk, control, paused=True)).paused
        paused = desk.clock.elapsed()
        assert paused - began < 2
        await asyncio.sleep(7200)
        assert max(desk.provider.sent()) <= paused
        assert desk.provider.asked(N[10])
        await _set(desk, control, paused=False)
        goes_on = desk.clock.elapsed()
        assert (await buying).counts[PURCHASED] == 200
        assert min(at for at in desk.provider.sent() if at > paused) < goes_on + 2
        assert desk.told(Steered) == [Steered(paused=True, rate=Decimal(5)), Steered(paused=False, rate=Decimal(5))]
        assert control.said[-1] is None
        desk.check()

    at_desk(scenario)


def test_the_rate_is_another_from_then_on():
    async def scenario(desk):
        control = _steered(desk)
        buying = asyncio.create_task(desk.buy(orders("a", N), **SLOW))
        await asyncio.sleep(4)
        await _set(desk, control, rate="0.5")
        slow = desk.clock.elapsed()
        await asyncio.sleep(40)
        assert 15 <= len([at for at in desk.provider.sent() if at > slow]) <= 20
        await _set(desk, control, rate="50")
        assert (await buying).counts[PURCHASED] == 200
        assert desk.clock.elapsed() < slow + 60
        desk.check()

    at_desk(scenario)


@pytest.mark.parametrize("how", ["until", "signal"])
def test_a_paused_run_ends_by_its_time_or_a_signal(how):
    async def scenario(desk):
        control = _steered(desk)
        until = desk.clock.now() + timedelta(seconds=60) if how == "until" else None
        buying = asyncio.create_task(desk.buy(orders("a", N), until=until, **SLOW))
        await asyncio.sleep(4)
        await _set(desk, control, paused=True)
        if how == "signal":
            desk.stop.request(2)
        outcome = await buying
        assert outcome.stop is (Why.UNTIL if how == "until" else Why.INTERRUPTED)
        assert outcome.counts[NOT_SENT] > 100
        desk.check()

    at_desk(scenario)


def test_one_that_waits_at_a_bound_is_paused_too():
    async def scenario(desk):
        control = _steered(desk)
        desk.provider.script = {N[n]: [lost(takes=1.0)] for n in (8, 9)}
        buying = asyncio.create_task(desk.buy(orders("a", N), max_numbers=12, **SLOW))
        await asyncio.sleep(8)
        await _set(desk, control, paused=True)
        paused = desk.clock.elapsed()
        await asyncio.sleep(300)
        assert max(desk.provider.sent()) <= paused
        await _set(desk, control, paused=False)
        assert (await buying).counts[PURCHASED] == 12
        desk.check()

    at_desk(scenario)


def test_wishes_for_another_run_and_wishes_that_are_obeyed_already_change_nothing():
    async def scenario(desk):
        control = _steered(desk)
        buying = asyncio.create_task(desk.buy(orders("a", N), **SLOW))
        await asyncio.sleep(2)
        control.wished = Wishes("ffff", 1, paused=True, rate=Decimal(1))
        await asyncio.sleep(2)
        await _set(desk, control, paused=False)
        assert (await buying).exit_code == 0
        assert not desk.told(Steered)

    at_desk(scenario)


# The command's end ---------------------------------------------------------------------------------------------------

DOING = Doing("7f3a", os.getpid(), 0, paused=False, rate=Decimal(5), agreed=Decimal(5))


class _Run:
    name, rows = "7f3a", 100


@pytest.mark.parametrize(
    ("doing", "said"),
    [
        (None, "run 7f3a is not under way"),
        (Doing("0815", 1, 0, paused=False, rate=Decimal(5), agreed=Decimal(5)), "not under way; run 0815 is"),
    ],
)
def test_a_run_that_is_not_under_way_is_said_to_and_nothing_is_wished(doing, said):
    control = Desktop()
    control.said = [doing]
    with pytest.raises(UsageError, match=said):
        virtual(wish(control, _Run, lambda now: (True, now.rate), VirtualClock()))
    assert control.wished is None


def test_a_run_that_does_not_answer_is_said_to_and_wished_to_go_on_as_before():
    control = Desktop()
    control.said = [DOING]
    with pytest.raises(UsageError, match="does not answer") as caught:
        virtual(wish(control, _Run, lambda now: (True, Decimal(1)), VirtualClock()))
    assert "taken back" in caught.value.remedy
    assert control.wished == Wishes("7f3a", 2, paused=False, rate=Decimal(5))


def test_what_another_wished_meanwhile_stays_when_one_gives_up():
    control = Desktop()
    control.said = [DOING]
    other = Wishes("7f3a", 7, paused=False, rate=Decimal(2))
    control.wish = lambda _: setattr(control, "wished", other)
    with pytest.raises(UsageError, match="does not answer"):
        virtual(wish(control, _Run, lambda now: (True, now.rate), VirtualClock()))
    assert control.wished == other


def test_a_run_that_read_the_wish_and_answered_too_late_goes_on_as_before():
    async def scenario(desk):
        control = _steered(desk)
        buying = asyncio.create_task(desk.buy(orders("a", N), **SLOW))
        await asyncio.sleep(4)
        control.tell = lambda _: None  # a full disk: it obeys, and can't say so
        with pytest.raises(UsageError, match="does not answer"):
            await _set(desk, control, paused=True)
        gave_up = desk.clock.elapsed()
        assert (await buying).counts[PURCHASED] == 200
        assert desk.clock.elapsed() < gave_up + 60
        assert desk.told(Steered) == [Steered(paused=True, rate=Decimal(5)), Steered(paused=False, rate=Decimal(5))]
        desk.check()

    at_desk(scenario)


def test_a_run_that_ends_meanwhile_is_said_to():
    control = Desktop()
    control.said = [DOING]

    def wished(wishes):
        control.wished = wishes
        control.end()

    control.wish = wished
    with pytest.raises(UsageError, match="not under way"):
        virtual(wish(control, _Run, lambda now: (True, now.rate), VirtualClock()))
    assert control.wished is None


def test_what_is_told_of_a_run_that_was_reached():
    reached = Reached(_Run, DOING, 1234)
    assert reached.so_far == "1,234 of 100 sent"
    assert reached.json() == {"run": "7f3a", "paused": False, "rate": "5", "sent": 1234, "rows": 100}


# The files -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def place():
    with disk() as directory:
        lock_path(ledger_path(directory, KEY)).write_text(f"{os.getpid()}\n")
        yield directory


def _files(place):
    return {one.suffix: one for one in place.iterdir()}


WISHES = Wishes("7f3a", 3, paused=True, rate=Decimal("2.5"))


def test_wishes_cross_over_and_are_forgotten_when_a_run_begins_and_ends(place):
    run, person = FileControl(place, KEY), FileControl(place, KEY)
    assert person.doing() is None
    assert run.wishes() is None
    person.wish(WISHES)
    assert run.wishes() == WISHES == run.wishes()
    run.begin(DOING)
    assert run.wishes() is None
    assert person.doing() == DOING
    person.wish(WISHES)
    person.withdraw(Wishes("7f3a", 4, paused=True, rate=Decimal(1)))
    assert run.wishes() == WISHES
    assert {path.stat().st_mode & 0o777 for suffix, path in _files(place).items() if suffix != ".lock"} == {0o600}
    person.withdraw(WISHES)
    assert run.wishes() is None
    run.end()
    assert person.doing() is None
    assert set(_files(place)) == {".lock"}


def test_what_a_process_says_that_does_not_hold_the_lock_is_not_believed(place):
    run = FileControl(place, KEY)
    run.begin(DOING)
    lock_path(ledger_path(place, KEY)).write_text("")
    assert run.doing() is None


@pytest.mark.parametrize(
    "held",
    [
        "",
        "[]",
        "{",
        "[" * 4000,
        '{"run": "7f3a"}',
        '{"run":"a","sequence":1,"paused":true,"rate":"-1"}',
        '{"run":"a","sequence":1,"paused":true,"rate":"1e400"}',
        '{"run":"a","sequence":Infinity,"pid":Infinity,"paused":true,"rate":"1","agreed":"1"}',
        '{"run":"a","sequence":1,"paused":true,"rate":"NaN"}',
    ],
)
def test_what_is_no_wish_is_passed_over(place, held):
    control = FileControl(place, KEY)
    control.wish(WISHES)
    path = _files(place)[".wishes"]
    path.write_text(held)
    assert control.wishes() is None
    path.replace(path.with_suffix(".doing"))
    assert control.doing() is None


def test_no_link_is_followed_and_no_directory_read(place):
    control = FileControl(place, KEY)
    control.wish(WISHES)
    path = _files(place)[".wishes"]
    aside = path.with_suffix(".aside")
    path.rename(aside)
    path.symlink_to(aside)
    assert control.wishes() is None
    control.wish(WISHES)
    assert not path.is_symlink()
    assert json.loads(aside.read_text())["sequence"] == 3
    path.unlink()
    path.mkdir()
    assert control.wishes() is None


def test_a_directory_that_can_not_be_written_stops_no_run_and_is_said_to_a_person(place):
    control = FileControl(place / "gone", KEY)
    control.begin(DOING)
    control.end()
    with pytest.raises(LedgerError):
        control.wish(WISHES)
    path = ledger_path(place, KEY).with_suffix(".wishes")
    path.mkdir()
    with pytest.raises(LedgerError, match="can't be written"):
        FileControl(place, KEY).wish(WISHES)
    assert not [one for one in place.iterdir() if one.name.startswith(f"{path.name}-")]
