"""Every line of the state table, and everything that it forbids; no I/O."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batch.codes import CodeKind
from batch.ledger import states
from batch.ledger.events import (
    Absent,
    CertainlyNotSent,
    Claim,
    Found,
    NumberRow,
    Present,
    Rebuilt,
    Rebuy,
    Refusal,
    Release,
    Released,
    ReleaseFailed,
    State,
    Success,
    TooMany,
    Unanswered,
    Unfamiliar,
    Vanished,
)
from batch.ledger.states import SEND_BEFORE, Forbidden, Timing, may_send, step

R, OTHER = "7f3a", "beef"
S, H = 10.0, 60.0
V = 5

FREE = NumberRow(version=V)
BUYING = NumberRow(State.BUYING, attempt=2, version=V, open=2, run=R)
DOUBT = replace(BUYING, state=State.DOUBT)
CODED = replace(DOUBT, open=None, code=-165, kind=CodeKind.SOLD)
BOUGHT = replace(BUYING, state=State.BOUGHT, open=None, buyer=R)
REFUSED = replace(BUYING, state=State.REFUSED, open=None, code=-275, kind=CodeKind.FINAL)
HELD = replace(REFUSED, state=State.HELD)
RELEASING = replace(BOUGHT, state=State.RELEASING, attempt=3, open=3)
RELEASE_DOUBT = replace(RELEASING, state=State.RELEASE_DOUBT)
EVERY_STATE = [FREE, BUYING, DOUBT, BOUGHT, REFUSED, HELD, RELEASING, RELEASE_DOUBT]

LOST = {"lost": (1,)}


def answer(answered, attempt=2, generation=1, run=R, /, **more):
    return answered(attempt, generation, run, **more)


def refusal(kind, code=-1, attempt=2, **more):
    return answer(Refusal, attempt, code=code, kind=kind, **more)


def seen(kind, age=H, version=V, calibrated=True, **more):
    return kind(version=version, age=age, calibrated=calibrated, **more)


def row(base, **changed):
    return replace(base, **changed)


TABLE = [
    # rule, before, event, after (its version aside: every write counts one up)
    ("P1", FREE, Claim(R), row(BUYING, attempt=1, open=1)),
    ("P1", row(FREE, **LOST, attempt=1), Claim(R), row(BUYING, **LOST)),
    ("P1", row(REFUSED, run=OTHER), Claim(R), row(BUYING, attempt=3, open=3)),
    ("P1", REFUSED, Claim(R, again=True), row(BUYING, attempt=3, open=3)),
    ("P3", BUYING, answer(CertainlyNotSent), row(BUYING, state=State.FREE, open=None)),
    ("P3", DOUBT, answer(CertainlyNotSent), row(BUYING, state=State.FREE, open=None)),
    ("P4", BUYING, answer(Success), BOUGHT),
    ("P4", DOUBT, answer(Success), BOUGHT),
    ("P4", CODED, answer(Success), BOUGHT),
    ("P4", REFUSED, answer(Success, 1, 1, OTHER), row(BOUGHT, buyer=OTHER, run=OTHER)),
    ("P4", HELD, answer(Success), BOUGHT),
    ("P4", row(FREE, attempt=2, lost=(2,)), answer(Success), BOUGHT),
    ("P4", row(BUYING, **LOST), answer(Success, 1, 1, OTHER), row(BOUGHT, open=2, buyer=OTHER, run=OTHER)),
    ("P4", BOUGHT, answer(Success), BOUGHT),
    ("P4", BOUGHT, answer(Success, 1, 1, OTHER), BOUGHT),
    ("P4", row(BOUGHT, open=2, buyer=OTHER), answer(Success), row(BOUGHT, buyer=OTHER)),
    ("P4", RELEASING, answer(Success, 1), RELEASING),
    ("P4", RELEASE_DOUBT, answer(Success, 1), RELEASE_DOUBT),
    ("P4", row(RELEASING, lost=(1,)), answer(Success, 1), RELEASING),
    ("P4", row(RELEASING, buyer=OTHER), answer(Success, 1), row(BOUGHT, attempt=3, open=3)),
    ("P4'", BUYING, answer(Success, 1, 0), BUYING),
    ("P5", BUYING, refusal(CodeKind.ACCOUNT, 99), row(BUYING, state=State.FREE, open=None)),
    ("P5", DOUBT, refusal(CodeKind.ACCOUNT, 99), row(BUYING, state=State.FREE, open=None)),
    (
        "P5",
        row(BUYING, **LOST),
        refusal(CodeKind.ACCOUNT, 99),
        row(CODED, **LOST, code=99, kind=CodeKind.ACCOUNT),
    ),
    ("P6", BUYING, refusal(CodeKind.RESERVED, -220), row(BUYING, state=State.FREE, open=None)),
    (
        "P6",
        BUYING,
        refusal(CodeKind.RESERVED, -220, give_up=True),
        row(REFUSED, code=-220, kind=CodeKind.RESERVED),
    ),
    (
        "P6",
        row(DOUBT, **LOST),
        refusal(CodeKind.RESERVED, -220, give_up=True),
        row(CODED, **LOST, code=-220, kind=CodeKind.RESERVED),
    ),
    ("P7", BUYING, refusal(CodeKind.SOLD, -165), CODED),
    ("P8", BUYING, refusal(CodeKind.FINAL, -275), REFUSED),
    ("P8", row(BUYING, **LOST), refusal(CodeKind.FINAL, -275), row(CODED, **LOST, code=-275, kind=CodeKind.FINAL)),
    ("P9", BUYING, answer(Unanswered), DOUBT),
    ("P9", DOUBT, answer(Unanswered), DOUBT),
    ("P9", DOUBT, answer(TooMany), DOUBT),
    ("P9a", BUYING, answer(TooMany), row(BUYING, state=State.FREE, open=None, lost=(2,))),
    ("P9b", BUYING, answer(Unfamiliar, code=7), row(DOUBT, code=7, kind=CodeKind.UNKNOWN)),
    ("P9b", DOUBT, answer(Unfamiliar, code=7, other=True), row(DOUBT, code=7, kind=CodeKind.UNKNOWN)),
    ("P9'", row(FREE, attempt=2, lost=(1, 2)), answer(Unanswered, 1), row(DOUBT, open=1, lost=(2,))),
    ("P9'", row(REFUSED, **LOST), answer(TooMany, 1), row(REFUSED, state=State.DOUBT, open=1)),
    ("P10", BUYING, refusal(CodeKind.FINAL, attempt=1), BUYING),
    ("P10", BOUGHT, refusal(CodeKind.FINAL), BOUGHT),
    ("P10", row(DOUBT, open=1), refusal(CodeKind.FINAL, attempt=1), row(DOUBT, open=None)),
    ("P10", BUYING, answer(CertainlyNotSent, 1), BUYING),
    ("P10", BOUGHT, answer(CertainlyNotSent), BOUGHT),
    ("P10", BUYING, answer(Unanswered, 1), BUYING),
    ("P10", BOUGHT, answer(Unanswered), BOUGHT),
    ("P10", BUYING, answer(Unanswered, 2, 0), BUYING),
    ("P10", BOUGHT, answer(ReleaseFailed), BOUGHT),
    ("P10", FREE, answer(Released), FREE),
    ("P10", RELEASING, answer(Released, 3, 0), RELEASING),
    ("P11", BUYING, Found(), DOUBT),
    ("P12", DOUBT, Found(), DOUBT),
    ("P12", RELEASE_DOUBT, Found(), RELEASE_DOUBT),
    ("A1", DOUBT, seen(Present, S, bought_by=R), BOUGHT),
    ("A1", DOUBT, seen(Present, S, bought_by=OTHER), row(BOUGHT, buyer=OTHER, run=OTHER)),
    ("A1", CODED, seen(Present, S), row(CODED, state=State.HELD)),
    ("A3", DOUBT, seen(Absent), row(DOUBT, state=State.FREE, open=None, lost=(2,))),
    (
        "A3",
        row(DOUBT, code=7, kind=CodeKind.UNKNOWN, **LOST),
        seen(Absent),
        row(REFUSED, code=7, kind=CodeKind.UNKNOWN, lost=(1, 2)),
    ),
    ("A4", CODED, seen(Absent, S), row(CODED, state=State.REFUSED)),
    ("A4", row(CODED, code=99, kind=CodeKind.ACCOUNT), seen(Absent, S), row(BUYING, state=State.FREE, open=None)),
    ("A4", row(DOUBT, open=None), seen(Absent, S), row(BUYING, state=State.FREE, open=None)),
    (
        "A6",
        row(REFUSED, **LOST),
        seen(Present, 0, bought_by=OTHER),
        row(REFUSED, **LOST, state=State.BOUGHT, run=OTHER, buyer=OTHER),
    ),
    ("A6", row(REFUSED, **LOST), seen(Present, 0), row(REFUSED, **LOST, state=State.HELD)),
    ("B1", FREE, Rebuilt(V, calibrated=True), row(FREE, state=State.HELD)),
    ("B1", row(FREE, **LOST, run=R), Rebuilt(V, calibrated=True), row(FREE, **LOST, run=R, state=State.HELD)),
    ("B1", REFUSED, Rebuilt(V, calibrated=True), row(REFUSED, state=State.HELD, code=None, kind=None)),
    ("O2", BOUGHT, Rebuy(V, 0), row(FREE, generation=2, attempt=2, run=R)),
    ("O2", row(BOUGHT, open=1), Rebuy(V, H), row(FREE, generation=2, attempt=2, run=R)),
    ("O2", HELD, Rebuy(V, 0), row(FREE, generation=2, attempt=2, run=R)),
    ("R1", BOUGHT, Release(R, V, 0), RELEASING),
    ("R1", row(BOUGHT, open=1), Release(R, V, H), RELEASING),
    ("R1'", BOUGHT, Vanished(R, V, S), row(FREE, generation=2, attempt=2, run=R)),
    ("R2", RELEASING, answer(CertainlyNotSent, 3), row(BOUGHT, attempt=3)),
    ("R3", RELEASING, answer(Released, 3), row(FREE, generation=2, attempt=3, run=R)),
    ("R3", RELEASE_DOUBT, answer(Released, 3), row(FREE, generation=2, attempt=3, run=R)),
    ("R3", BOUGHT, answer(Released), row(FREE, generation=2, attempt=2, run=R)),
    ("R4", RELEASING, answer(ReleaseFailed, 3), RELEASE_DOUBT),
    ("R4", RELEASE_DOUBT, answer(ReleaseFailed, 3), RELEASE_DOUBT),
    ("R4", RELEASING, Found(), RELEASE_DOUBT),
    ("R6", RELEASE_DOUBT, seen(Present), row(BOUGHT, attempt=3)),
    ("R6", RELEASE_DOUBT, seen(Absent), row(FREE, generation=2, attempt=3, run=R)),
]


@pytest.mark.parametrize(("rule", "before", "event", "after"), TABLE)
def test_each_line_leads_where_the_table_says_and_counts_one_write(rule, before, event, after):
    led_to = step(before, event)
    assert (led_to.rule, led_to.after) == (rule, replace(after, version=V + 1))


def test_every_rule_of_the_docstring_has_a_line_here():
    written = {line.split()[1] for line in (states.__doc__ or "").splitlines() if line.startswith("- ")}
    nothing_written = {"P2", "A2", "A5", "R5"}
    assert {rule for rule, *_ in TABLE} == written - nothing_written


NOTHING = [
    ("A2", DOUBT, seen(Absent, H - 1)),
    ("A5", DOUBT, seen(Present, S - 1, bought_by=R)),
    ("A5", DOUBT, seen(Present, calibrated=False)),
    ("A5", DOUBT, seen(Present, version=V - 1)),
    ("A5", DOUBT, seen(Absent, calibrated=False)),
    ("A5", DOUBT, seen(Absent, version=V - 1)),
    ("A5", CODED, seen(Absent, S - 1)),
    *(("A5", one, seen(Absent)) for one in EVERY_STATE if one.state not in {State.DOUBT, State.RELEASE_DOUBT}),
    *(("A5", one, seen(Present)) for one in EVERY_STATE if one.state not in {State.DOUBT, State.RELEASE_DOUBT}),
    ("A6", row(REFUSED, **LOST), seen(Absent)),
    ("A5", row(REFUSED, **LOST), seen(Present, calibrated=False)),
    ("A5", row(REFUSED, **LOST), seen(Present, version=V - 1)),
    ("A5", row(HELD, **LOST), seen(Present)),
    ("A5", FREE, Rebuilt(V, calibrated=False)),
    ("A5", FREE, Rebuilt(V - 1, calibrated=True)),
    *(("A5", one, Rebuilt(V, calibrated=True)) for one in EVERY_STATE if one.state not in {State.FREE, State.REFUSED}),
    ("R5", RELEASE_DOUBT, seen(Present, H - 1)),
    ("R5", RELEASE_DOUBT, seen(Absent, H - 1)),
    ("A5", RELEASE_DOUBT, seen(Absent, calibrated=False)),
    ("A5", RELEASE_DOUBT, seen(Present, version=V - 1)),
]


@pytest.mark.parametrize(("rule", "before", "event"), NOTHING)
def test_what_proves_nothing_changes_nothing(rule, before, event):
    led_to = step(before, event)
    assert (led_to.rule, led_to.after) == (rule, before)


FORBIDDEN = [
    *((one, Claim(R)) for one in EVERY_STATE if one.state not in {State.FREE, State.REFUSED}),
    (REFUSED, Claim(R)),
    (FREE, Claim(R, released=True)),
    (row(REFUSED, open=1), Claim(R, again=True)),
    (BUYING, refusal(CodeKind.UNKNOWN)),
    *((one, Found()) for one in (FREE, BOUGHT, REFUSED, HELD)),
    *((one, Rebuy(V, H)) for one in EVERY_STATE if one.state not in {State.BOUGHT, State.HELD}),
    (HELD, Rebuy(V - 1, H)),
    *((one, Release(R, V, H)) for one in EVERY_STATE if one.state is not State.BOUGHT),
    *((one, Vanished(R, V, H)) for one in EVERY_STATE if one.state is not State.BOUGHT),
    (BOUGHT, Rebuy(V - 1, H)),
    (BOUGHT, Release(R, V - 1, H)),
    (BOUGHT, Vanished(R, V - 1, H)),
    (row(BOUGHT, open=1), Rebuy(V, H - 1)),
    (row(BOUGHT, open=1), Release(R, V, H - 1)),
    (BOUGHT, Release(OTHER, V, H)),
    (BOUGHT, Vanished(OTHER, V, H)),
    (BOUGHT, Vanished(R, V, S - 1)),
]


@pytest.mark.parametrize(("before", "event"), FORBIDDEN)
def test_what_the_table_has_no_line_for_is_forbidden(before, event):
    with pytest.raises(Forbidden):
        step(before, event)


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (BUYING, refusal(CodeKind.ACCOUNT, 99)),
        (BUYING, answer(Success, 1, 0)),
        (BOUGHT, answer(Success, 1)),
        (row(BOUGHT, open=2), answer(Success)),
        (BUYING, answer(Unfamiliar, other=True)),
    ],
)
def test_what_must_stop_the_run_halts_it(before, event):
    assert step(before, event).halt


@pytest.mark.parametrize(
    ("before", "event"),
    [(BOUGHT, answer(Success, 1)), (row(BOUGHT, open=2), answer(Success)), (BUYING, answer(Success, 1, 0))],
)
def test_a_second_success_is_an_alarm(before, event):
    assert step(before, event).alarm


@pytest.mark.parametrize(
    ("before", "event"), [(BUYING, answer(Success)), (BUYING, answer(Unfamiliar)), (BOUGHT, answer(Success))]
)
def test_the_ordinary_neither_halts_nor_alarms(before, event):
    led_to = step(before, event)
    assert (led_to.halt, led_to.alarm) == ("", "")


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (BOUGHT, Rebuy(V, H)),
        (BOUGHT, Vanished(R, V, S)),
        (RELEASING, answer(Released, 3)),
        (RELEASE_DOUBT, seen(Absent)),
    ],
)
def test_what_gives_a_number_back_names_the_run_whose_purchase_it_was(before, event):
    led_to = step(before, event)
    assert led_to.released_run == R
    assert led_to.after.buyer == ""
    assert led_to.after.lost == ()


def test_an_intent_may_leave_only_while_it_is_current_and_fresh():
    assert may_send(BUYING, 2, SEND_BEFORE)
    assert may_send(RELEASING, 3, 0.0)
    assert not may_send(BUYING, 2, SEND_BEFORE + 0.1)
    assert not may_send(BUYING, 1, 0.0)
    assert not may_send(DOUBT, 2, 0.0)
    assert not may_send(BUYING, 2, float("inf"))


def test_the_waits_are_those_that_were_set():
    timing = Timing(delay=1, horizon=2)
    assert step(DOUBT, seen(Absent, 2), timing).rule == "A3"
    assert step(DOUBT, seen(Absent, 1), timing).rule == "A2"
    assert step(DOUBT, seen(Present, 0.5), timing).rule == "A5"
