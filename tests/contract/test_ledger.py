"""What every ledger must do, whichever it is: one suite, parametrised by ledger."""

from __future__ import annotations

import asyncio
import itertools
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from batch.codes import CodeKind
from batch.errors import LedgerError, UsageError
from batch.ledger.attempts import AnswerNote, Claimed, NotClaimed, OwnedAnswer, SeenNote
from batch.ledger.events import (
    Absent,
    CertainlyNotSent,
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
from batch.ledger.records import Bounds, Environment, InvocationEnd, InvocationFacts, LedgerKey, Status, Why
from batch.ledger.sqlite import SqliteLedger
from batch.ledger.states import Forbidden
from batch.number import Number
from batch.order import Column, OrderFile, Orders, Row, RowKind, Source

KEY = LedgerKey("multitel", Environment.REHEARSAL, "acme", "127.0.0.1:1")
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
FREELY = Bounds()
H = 60.0
S = 10.0


class Clock:
    """Time stands still unless told."""

    def __init__(self):
        self.seconds = 0.0

    def now(self):
        return NOON + timedelta(seconds=self.seconds)

    def elapsed(self):
        return self.seconds

    async def sleep(self, seconds):
        self.seconds += seconds


def facts(**changed):
    return replace(InvocationFacts(NOON, "ann", "desk", 1, "0.1", {"rate": "5"}), **changed)


def number(index):
    return Number(str(12025550100 + index))


def orders(count=3, *, key="k", price: Decimal | None = Decimal(2), uri="sip:a@b", extra=()):
    rows = [
        Row(
            i,
            RowKind.ORDER,
            Source(0, "S", i + 2),
            number(i),
            {"URI": uri},
            (number(i), uri, None),
            price,
            country="US",
        )
        for i in range(count)
    ]
    columns = (Column("Number", "Number"), Column("URI", "URI"), Column("Cost centre"))
    return Orders((OrderFile(Path("o.xlsx"), "ab", "S", count),), columns, [*rows, *extra], key=key)


class Book:
    """A ledger in a directory, opened and opened again; and the few words that the tests are written in."""

    def __init__(self, open_ledger):
        self._open = open_ledger
        self.clock = Clock()
        self.ledger = None
        self.begun = None
        self.rows = []

    async def reopen(self, *, gracefully=True):
        if self.ledger is not None and gracefully:
            await self.ledger.close()
        self.ledger = await self._open(self.clock)
        return self.ledger

    async def begin(self, wanted=None, **changed):
        self.begun = await self.ledger.begin(wanted or orders(), facts(**changed))
        self.rows = list(await self.ledger.open_rows(self.begun, -1, 100, retry_refused=True))
        return self.begun

    async def claim(self, index=0, bounds=FREELY):
        return await self.ledger.claim(self.begun, self.rows[index], bounds)

    async def answer(self, index, answered, claimed, note=None, /, **more):
        event = answered(claimed.attempt, claimed.generation, self.begun.run.name, **more)
        return await self.ledger.answer(self.begun, self.rows[index], event, note or AnswerNote(code=more.get("code")))

    async def buy(self, index=0):
        claimed = await self.claim(index)
        return await self.answer(index, Success, claimed, AnswerNote(code=int(self.rows[index].number), seconds=0.2))

    async def lose(self, index=0, **bounds):
        return await self.answer(
            index, Unanswered, await self.claim(index, Bounds(**bounds)), AnswerNote(reason="timed out")
        )

    async def refuse(self, index, code, kind=CodeKind.FINAL, *, give_up=False, note=None):
        note = note or AnswerNote(code=code)
        return await self.answer(index, Refusal, await self.claim(index), note, code=code, kind=kind, give_up=give_up)

    async def see(self, index, kind, *, age=H, note=None, **more):
        doubt = await self.ledger.doubt(number(index))
        event = kind(version=doubt.row.version if doubt else 0, age=age, calibrated=True, **more)
        return await self.ledger.verdict(number(index), event, note or SeenNote())

    def read(self, run=None):
        reader = self.ledger.reader()
        try:
            return list(reader.rows(run or self.begun.run))
        finally:
            reader.close()

    def row(self, index, run=None):
        return self.read(run)[index]

    def status(self, index, run=None):
        return self.row(index, run).status

    async def totals(self):
        totals = await self.ledger.totals(self.begun)
        return totals.bought, totals.open, totals.spent, totals.reserved


def sqlite(directory, *, inline):
    def open_ledger(clock):
        return SqliteLedger.open(
            directory / "ledgers", KEY, clock=clock, heads=directory / "heads", create=True, inline=inline
        )

    return open_ledger


@pytest.fixture(params=["sqlite", "sqlite-inline"])
async def book(request, tmp_path):
    book = Book(sqlite(tmp_path, inline=request.param == "sqlite-inline"))
    await book.reopen()
    yield book
    await book.ledger.close()


# Runs ----------------------------------------------------------------------------------------------------------------


async def test_the_same_content_continues_the_run_and_other_content_is_another(book):
    first = await book.begin()
    again = await book.ledger.begin(orders(), facts())
    other = await book.ledger.begin(orders(key="other"), facts())
    assert (first.continued, again.continued, other.continued) == (False, True, False)
    assert first.run == again.run
    assert first.invocation < again.invocation
    assert other.run.name != first.run.name
    assert first.run.key.startswith(first.run.name)


async def test_orders_without_a_key_are_refused(book):
    with pytest.raises(UsageError):
        await book.ledger.begin(orders(key=""), facts())


async def test_rows_come_back_as_they_were_ordered(book):
    extra = (
        Row(3, RowKind.DUPLICATE, Source(0, "S", 9), number(0), {}, (1, Decimal("1.50"), NOON), note="as row 2"),
        Row(
            4, RowKind.INVALID, Source(0, "S", 10), "12x", {}, (True, 1.5, NOON.date()), note="no number", country="FR"
        ),
    )
    wanted = orders(extra=extra)
    await book.begin(wanted)
    for row, source in zip(book.read(), wanted.rows, strict=True):
        assert (row.position, row.kind, row.source, row.number) == (
            source.position,
            source.kind,
            source.source,
            source.number,
        )
        assert (row.fields, tuple(row.cells), row.price, row.country) == (
            source.fields,
            source.cells,
            source.price,
            source.country,
        )
    assert [row.status for row in book.read()[3:]] == [Status.DUPLICATE, Status.INVALID]
    assert [row.reason for row in book.read()[3:]] == ["as row 2", "no number"]
    assert book.row(4).confirmed_by == "validation"


async def test_half_a_surrogate_pair_in_a_cell_or_an_answer_harms_nothing(book):
    extra = (Row(1, RowKind.INVALID, Source(0, "\ud800", 9), "\ud800é", {}, ("\ud800", None, None), note="\udfff"),)
    await book.begin(orders(1, extra=extra))
    row = book.row(1)
    assert (row.number, row.source.sheet, row.reason, row.cells[0]) == ("?é", "?", "?", "\ud800")
    await book.answer(0, Success, await book.claim(0), AnswerNote(reason="\ud800"))
    await book.ledger.end(book.begun, InvocationEnd(NOON, 0, halt_reason="\ud800"))
    assert book.row(0).reason == "?"


async def test_open_rows_are_handed_out_in_order_and_only_while_they_are_open(book):
    await book.begin(orders(6))
    assert [row.position for row in await book.ledger.open_rows(book.begun, 1, 3)] == [2, 3, 4]
    await book.buy(0)
    await book.refuse(1, -275)
    await book.refuse(2, -220, CodeKind.RESERVED, give_up=True)
    await book.lose(3)
    await book.ledger.owned(book.begun, book.rows[4], OwnedAnswer.OWNED)
    assert [row.position for row in await book.ledger.open_rows(book.begun, -1, 9)] == [2, 5]
    assert [row.position for row in await book.ledger.open_rows(book.begun, -1, 9, retry_refused=True)] == [1, 2, 5]


async def test_a_row_is_found_by_its_number(book):
    await book.begin()
    assert (await book.ledger.row(book.begun, number(1))).position == 1
    assert await book.ledger.row(book.begun, Number("1")) is None
    await book.buy(1)
    assert not (await book.ledger.row(book.begun, number(1))).owned


async def test_an_invocation_ends_and_is_told_of(book):
    await book.begin()
    ended = InvocationEnd(NOON, 5, Why.HALTED, "no balance", Decimal("10.50"), Decimal(0))
    await book.ledger.end(book.begun, ended)
    reader = book.ledger.reader()
    report = reader.report(book.begun.run)
    assert [(one.facts, one.end) for one in report.invocations] == [(facts(), ended)]
    assert report.head == reader.head()
    assert report.key == KEY
    reader.close()


async def test_rows_that_were_not_reached_say_why_the_run_stopped(book):
    await book.begin(pid=1)
    assert book.row(0).why is Why.INTERRUPTED
    await book.ledger.end(book.begun, InvocationEnd(NOON, 8, Why.LIMIT))
    assert (book.status(0), book.row(0).why) == (Status.NOT_SENT, Why.LIMIT)
    await book.begin(pid=os.getpid())
    assert book.row(0).why is Why.PENDING


async def test_the_price_setting_of_the_last_invocation_is_kept(book):
    await book.begin()
    reader = book.ledger.reader()
    assert reader.report(book.begun.run).assumed is None
    await book.claim(0, Bounds(assumed=Decimal("1.25")))
    assert reader.report(book.begun.run).assumed == Decimal("1.25")
    reader.close()


async def test_a_run_can_be_resumed_without_its_orders(book):
    await book.begin()
    await book.buy(0)
    resumed = await book.ledger.resume(book.begun.run, facts())
    assert resumed.continued
    assert (await book.ledger.totals(resumed)).bought == 1


# Claims --------------------------------------------------------------------------------------------------------------


async def test_a_claim_is_durable_and_counted(book):
    await book.begin()
    claimed = await book.claim()
    assert isinstance(claimed, Claimed)
    assert (claimed.attempt, claimed.generation, claimed.row.state) == (1, 1, State.BUYING)
    assert claimed.mark.elapsed == book.clock.elapsed()
    await book.reopen()
    [doubt] = await book.ledger.adopt()
    assert (doubt.number, doubt.row.state, doubt.row.open) == (number(0), State.DOUBT, 1)
    assert [one.outcome for one in doubt.attempts] == [""]


async def test_no_claim_while_an_attempt_is_open_nor_once_it_is_bought(book):
    await book.begin()
    claimed = await book.claim()
    assert (await book.claim()).why is None
    await book.answer(0, Success, claimed)
    again = await book.claim()
    assert isinstance(again, NotClaimed)
    assert (again.why, again.row.state) == (None, State.BOUGHT)


async def test_a_number_in_doubt_by_another_run_is_elsewhere(book):
    await book.begin()
    await book.lose(0)
    await book.begin(orders(key="two"))
    assert book.rows[0].elsewhere
    assert (await book.claim(0)).why is Why.ELSEWHERE
    assert (book.status(0), book.row(0).why) == (Status.NOT_SENT, Why.ELSEWHERE)


async def test_a_refusal_stands_until_told_otherwise_and_only_for_its_own_run(book):
    await book.begin()
    await book.refuse(0, -275)
    assert await book.claim() == NotClaimed(None, (await book.claim()).row)
    assert isinstance(await book.claim(0, Bounds(retry_refused=True)), Claimed)
    assert book.status(0) is Status.DOUBT
    await book.begin(orders(key="two"))
    assert book.status(1) is Status.NOT_SENT


async def test_another_run_buys_what_this_run_was_refused_and_this_run_still_says_refused(book):
    first = await book.begin()
    await book.refuse(0, -275)
    await book.begin(orders(key="two"))
    await book.buy(0)
    assert book.status(0) is Status.PURCHASED
    assert (book.status(0, first.run), book.row(0, first.run).code) == (Status.REFUSED, -275)


async def test_a_deferred_number_is_tried_by_the_next_invocation(book):
    await book.begin()
    await book.refuse(0, -220, CodeKind.RESERVED, note=AnswerNote(code=-220, reserved_left=840.0))
    [row, *_] = await book.ledger.open_rows(book.begun, -1, 9)
    assert row.reserved_left == 840.0
    await book.refuse(0, -220, CodeKind.RESERVED, give_up=True)
    assert (book.status(0), book.row(0).code) == (Status.DEFERRED, -220)
    await book.begin()
    assert book.rows[0].reserved_left is None
    assert isinstance(await book.claim(0), Claimed)


async def test_attempts_without_an_answer_are_counted_in_this_invocation_only(book):
    await book.begin()
    for _ in range(2):
        await book.lose(0, max_attempts=2)
        await book.see(0, Absent)
    assert (await book.claim(0, Bounds(max_attempts=2))).why is Why.ATTEMPTS
    assert isinstance(await book.claim(0, Bounds(max_attempts=3)), Claimed)
    await book.see(0, Absent)
    await book.reopen()
    await book.ledger.adopt()
    await book.see(0, Absent)
    await book.begin()
    assert isinstance(await book.claim(0, Bounds(max_attempts=1)), Claimed)


async def test_certainly_unsent_tries_have_a_budget_of_their_own_and_429_has_none(book):
    await book.begin()
    for _ in range(4):
        await book.answer(0, TooMany, await book.claim(0, Bounds(max_attempts=1)))
    await book.answer(0, CertainlyNotSent, await book.claim(0, Bounds(max_attempts=2)))
    assert isinstance(await book.claim(1, Bounds(max_attempts=1)), Claimed)
    assert (await book.claim(0, Bounds(max_attempts=1))).why is Why.ATTEMPTS


# Money ---------------------------------------------------------------------------------------------------------------


async def test_spend_counts_what_is_bought_and_the_worst_of_what_is_open(book):
    await book.begin(orders(4))
    limit = Bounds(max_spend=Decimal(5))
    await book.buy(0)
    claimed = await book.claim(1, limit)
    assert await book.totals() == (1, 1, Decimal(2), Decimal(2))
    assert (await book.claim(2, limit)).why is Why.MAX_SPEND
    await book.answer(1, Refusal, claimed, code=-275)
    assert isinstance(await book.claim(2, limit), Claimed)


async def test_a_number_in_doubt_stays_reserved_until_its_absence_is_believed(book):
    await book.begin()
    await book.lose(0)
    assert (await book.see(0, Absent, age=S)).rule == "A2"
    assert await book.totals() == (0, 1, 0, Decimal(2))
    assert (await book.see(0, Absent)).rule == "A3"
    assert await book.totals() == (0, 0, 0, 0)


async def test_429_stays_reserved_until_a_definite_answer_and_counts_once(book):
    await book.begin()
    limit = Bounds(max_spend=Decimal(2), max_numbers=1)
    await book.answer(0, TooMany, await book.claim(0, limit))
    assert await book.totals() == (0, 1, 0, Decimal(2))
    assert (await book.claim(1, limit)).why is Why.MAX_SPEND
    assert (await book.claim(1, Bounds(max_numbers=1))).why is Why.MAX_NUMBERS
    claimed = await book.claim(0, limit)
    await book.answer(0, CertainlyNotSent, claimed)
    assert await book.totals() == (0, 1, 0, Decimal(2))
    await book.answer(0, Success, await book.claim(0, limit))
    assert await book.totals() == (1, 0, Decimal(2), 0)


async def test_a_number_of_unknown_price_is_not_sent_under_a_limit(book):
    await book.begin(orders(price=None))
    assert (await book.claim(0, Bounds(max_spend=Decimal(9)))).why is Why.PRICE_UNKNOWN
    assert isinstance(await book.claim(0, Bounds(max_spend=Decimal(9), assumed=Decimal(3))), Claimed)
    assert await book.totals() == (0, 1, 0, Decimal(3))
    assert isinstance(await book.claim(1), Claimed)
    await book.answer(1, Success, (await book.ledger.doubt(number(1))) or Claimed(1, 1, None, None))
    assert await book.totals() == (1, 1, 0, Decimal(3))


async def test_no_more_numbers_than_were_allowed_over_all_invocations(book):
    await book.begin()
    await book.buy(0)
    await book.reopen()
    await book.begin()
    assert (await book.claim(0, Bounds(max_numbers=1))).why is Why.MAX_NUMBERS
    assert isinstance(await book.claim(0, Bounds(max_numbers=2)), Claimed)


async def test_the_price_read_back_replaces_the_worst_case(book):
    await book.begin()
    await book.buy(0)
    await book.buy(2)
    assert await book.ledger.unpriced(book.begun, -1, 9) == [(0, number(0)), (2, number(2))]
    await book.ledger.price(book.begun, 0, Decimal("1.00"), Decimal("0.50"))
    assert await book.ledger.unpriced(book.begun, -1, 9) == [(2, number(2))]
    assert await book.totals() == (2, 0, Decimal("3.50"), 0)
    row = book.row(0)
    assert (row.setup, row.monthly) == (Decimal("1.00"), Decimal("0.50"))
    with pytest.raises(UsageError):
        await book.ledger.price(book.begun, 1, Decimal(1), Decimal(1))
    await book.reopen()
    await book.begin()
    assert await book.totals() == (2, 0, Decimal("3.50"), 0)


# Answers and verdicts ------------------------------------------------------------------------------------------------


async def test_a_purchase_is_told_with_its_times_and_attempts(book):
    await book.begin()
    await book.answer(0, TooMany, await book.claim(0))
    book.clock.seconds = 5
    claimed = await book.claim(0)
    book.clock.seconds = 6
    await book.answer(0, Success, claimed, AnswerNote(code=12025550100, seconds=0.9))
    row = book.row(0)
    assert (row.status, row.code, row.attempts, row.confirmed_by) == (Status.PURCHASED, 12025550100, 2, "answer")
    assert row.requested_at == NOON + timedelta(seconds=5)
    assert row.confirmed_at == NOON + timedelta(seconds=6)
    reader = book.ledger.reader()
    attempts = list(reader.attempts(book.begun.run))
    reader.close()
    assert [(one.outcome, one.seconds) for one in attempts] == [("too many requests", 0.0), ("success", 0.9)]


async def test_a_refused_account_leaves_the_row_not_sent_with_its_code(book):
    await book.begin()
    led_to = await book.refuse(0, 99, CodeKind.ACCOUNT)
    assert led_to.halt
    row = book.row(0)
    assert (row.status, row.why, row.code) == (Status.NOT_SENT, Why.ACCOUNT, 99)
    assert await book.totals() == (0, 0, 0, 0)
    assert isinstance(await book.claim(0), Claimed)
    assert book.status(0) is Status.DOUBT


async def test_a_refused_account_after_a_lost_attempt_is_asked_about_first(book):
    await book.begin()
    await book.answer(0, TooMany, await book.claim(0))
    await book.refuse(0, 99, CodeKind.ACCOUNT)
    assert (book.status(0), book.row(0).code) == (Status.DOUBT, 99)
    await book.see(0, Absent, age=S)
    assert (book.status(0), book.row(0).why, book.row(0).code) == (Status.NOT_SENT, Why.ACCOUNT, 99)
    assert await book.totals() == (0, 0, 0, 0)


async def test_sold_is_asked_about_and_then_refused_or_already_owned(book):
    await book.begin()
    await book.refuse(0, -165, CodeKind.SOLD)
    await book.refuse(1, -165, CodeKind.SOLD)
    assert (book.status(0), book.row(0).code) == (Status.DOUBT, -165)
    await book.see(0, Absent, age=S)
    await book.see(1, Present, age=S)
    assert (book.status(0), book.row(0).code, book.row(0).confirmed_by) == (Status.REFUSED, -165, "inquiry")
    assert (book.status(1), book.row(1).bought_in, book.row(1).confirmed_by) == (Status.OWNED, "", "inquiry")
    assert await book.totals() == (0, 0, 0, 0)


async def test_a_lost_attempt_that_shows_as_ours_is_purchased(book):
    begun = await book.begin()
    await book.lose(0)
    row = book.row(0)
    assert (row.status, row.reason, row.attempts) == (Status.DOUBT, "timed out", 1)
    note = SeenNote("inquiry, presumed", NOON, Decimal(1), Decimal("0.25"))
    step = await book.see(0, Present, age=S, bought_by=begun.run.name, note=note)
    assert step.rule == "A1"
    row = book.row(0)
    assert (row.status, row.confirmed_by, row.setup, row.monthly) == (
        Status.PURCHASED,
        "inquiry, presumed",
        Decimal(1),
        Decimal("0.25"),
    )
    assert await book.totals() == (1, 0, Decimal("1.25"), 0)
    assert await book.ledger.doubt(number(0)) is None


async def test_a_late_success_after_the_inquiry_is_counted_once(book):
    begun = await book.begin()
    claimed = await book.claim(0)
    await book.answer(0, Unanswered, claimed)
    await book.see(0, Present, age=S, bought_by=begun.run.name)
    step = await book.answer(0, Success, claimed)
    assert (step.rule, step.alarm) == ("P4", "")
    assert await book.totals() == (1, 0, Decimal(2), 0)


async def test_an_unfamiliar_code_is_in_doubt_and_refused_when_the_account_does_not_show_it(book):
    await book.begin()
    step = await book.answer(0, Unfamiliar, await book.claim(0), code=-777)
    assert step.rule == "P9b"
    assert (book.status(0), book.row(0).code) == (Status.DOUBT, -777)
    await book.see(0, Absent)
    assert (book.status(0), book.row(0).code) == (Status.REFUSED, -777)


async def test_a_deferred_number_with_a_lost_attempt_is_asked_about_first(book):
    await book.begin()
    await book.answer(0, TooMany, await book.claim(0))
    await book.refuse(0, -220, CodeKind.RESERVED, give_up=True)
    assert book.status(0) is Status.DOUBT
    await book.see(0, Absent, age=S)
    assert (book.status(0), book.row(0).code) == (Status.DEFERRED, -220)


async def test_what_one_run_lost_another_run_resolves(book):
    first = await book.begin()
    await book.lose(0)
    await book.begin(orders(key="two"))
    await book.see(0, Present, bought_by=first.run.name)
    assert book.status(0, first.run) is Status.PURCHASED
    row = book.row(0)
    assert (row.status, row.bought_in, row.confirmed_by) == (Status.OWNED, first.run.name, "ledger")
    [open_row, *_] = await book.ledger.open_rows(book.begun, -1, 9)
    assert open_row.owned


async def test_a_doubt_that_another_run_caused_first_is_owned_by_the_run_in_doubt(book):
    first = await book.begin()
    await book.lose(0)
    await book.see(0, Absent)
    await book.begin(orders(key="two"))
    await book.refuse(0, -165, CodeKind.SOLD)
    await book.see(0, Present, bought_by=first.run.name)
    assert book.status(0, first.run) is Status.PURCHASED
    assert (book.status(0), book.row(0).bought_in) == (Status.OWNED, first.run.name)


async def test_a_lost_attempt_that_wakes_is_in_doubt_and_reserved_again(book):
    await book.begin()
    claimed = await book.claim(0)
    await book.answer(0, Unanswered, claimed)
    await book.see(0, Absent)
    assert await book.totals() == (0, 0, 0, 0)
    step = await book.answer(0, Unanswered, claimed)
    assert step.rule == "P9'"
    assert await book.totals() == (0, 1, 0, Decimal(2))
    await book.answer(0, Success, claimed)
    assert await book.totals() == (1, 0, Decimal(2), 0)


async def test_nothing_is_written_when_the_inquiry_says_nothing(book):
    await book.begin()
    await book.lose(0)
    before = book.ledger.reader().head()
    assert (await book.see(0, Absent, age=0)).rule == "A5"
    assert book.ledger.reader().head() == before


async def test_a_purchase_attributed_to_a_run_without_an_attempt_is_refused_and_spoils_nothing(book):
    await book.begin()
    await book.lose(0)
    with pytest.raises(LedgerError):
        await book.see(0, Present, bought_by="none")
    assert (await book.see(0, Absent)).rule == "A3"


async def test_a_release_by_answer_gives_the_number_back_and_keeps_its_charge(book):
    begun = await book.begin()
    await book.buy(0)
    step = await book.answer(0, Released, Claimed(1, 1, None, None))
    assert (step.rule, step.released_run) == ("R3", begun.run.name)
    row = book.row(0)
    assert (row.status, row.released_at) == (Status.RELEASED, NOON)
    assert await book.totals() == (1, 0, Decimal(2), 0)
    assert not [row for row in await book.ledger.open_rows(book.begun, -1, 9) if row.position == 0]
    assert (await book.claim(0)).why is Why.RELEASED
    await book.begin(orders(key="two"))
    await book.buy(0)
    assert (book.status(0), book.status(0, begun.run)) == (Status.PURCHASED, Status.RELEASED)


async def test_a_number_is_given_back_by_its_own_attempt_and_can_be_taken_up_where_that_has_no_answer(book):
    begun = await book.begin()
    await book.buy(0)
    await book.refuse(1, -275)
    await book.buy(2)
    [first, second] = await book.ledger.bought_rows(begun, -1, 9)
    assert (first.number, second.number) == (number(0), number(2))
    assert (first.confirmed_at, first.confirmed_by) == (NOON, "answer")
    assert [(one.attempt, one.kind, one.outcome) for one in first.attempts] == [(1, "buy", "success")]
    with pytest.raises(Forbidden):
        await book.ledger.release(begun, first.row, Release("none", first.state.version, 0.0))
    claimed = await book.ledger.release(begun, first.row, Release(begun.run.name, first.state.version, 0.0))
    assert (claimed.attempt, claimed.row.state) == (2, State.RELEASING)
    assert book.status(0) is Status.PURCHASED
    await book.answer(0, ReleaseFailed, claimed, AnswerNote(code=-1))
    [first, _] = await book.ledger.bought_rows(begun, -1, 9)
    assert first.state == await book.ledger.number(number(0))
    assert first.state.state is State.RELEASE_DOUBT
    assert [one.kind for one in first.attempts] == ["buy", "release"]
    assert (await book.see(0, Absent)).rule == "R6"
    assert (book.row(0).status, book.row(0).released_at) == (Status.RELEASED, NOON)
    assert [one.number for one in await book.ledger.bought_rows(begun, -1, 9)] == [number(2)]
    assert not await book.ledger.bought_rows(begun, 2, 9)
    assert await book.ledger.number(Number("12025559999")) == NumberRow()


async def test_what_others_gave_back_is_released_and_keeps_its_charge(book):
    begun = await book.begin()
    await book.buy(0)
    [bought] = await book.ledger.bought_rows(begun, -1, 9)
    step = await book.ledger.given_back(begun, bought.row, Vanished(begun.run.name, bought.state.version, S))
    assert (step.rule, step.released_run) == ("R1'", begun.run.name)
    assert book.status(0) is Status.RELEASED
    assert await book.totals() == (1, 0, Decimal(2), 0)


@pytest.mark.parametrize("held", [False, True])
async def test_what_is_gone_is_open_again_for_a_run_that_buys_again(book, held):
    first = await book.begin()
    if held:
        await book.refuse(0, -275)
        [row, *_] = await book.ledger.unknown_rows(first, -1, 9)
        event = Rebuilt((await book.ledger.number(number(0))).version, calibrated=True)
        await book.ledger.rebuilt(first, row, event, SeenNote(by="ann"))
    else:
        await book.buy(0)
    second = await book.begin(orders(key="two"))
    await book.ledger.owned(second, book.rows[0], OwnedAnswer.GONE)
    assert number(0) not in [row.number for row in await book.ledger.open_rows(second, -1, 9)]
    [row, *_] = await book.ledger.open_rows(second, -1, 9, rebuy=True)
    assert (row.number, row.owned) == (number(0), True)
    version = (await book.ledger.number(number(0))).version
    assert (await book.ledger.given_back(second, row, Rebuy(version, H))).rule == "O2"
    assert (await book.ledger.open_rows(second, -1, 9))[0].number == number(0)
    await book.buy(0)
    assert (await book.ledger.number(number(0))).generation == 2
    assert (book.status(0), book.status(0, first.run)) == (
        Status.PURCHASED,
        Status.OWNED if held else Status.RELEASED,
    )
    await book.reopen()


async def test_a_refused_number_with_a_lost_attempt_is_listed_until_it_shows_as_ours(book):
    begun = await book.begin()
    await book.refuse(1, -275)
    assert not await book.ledger.lost_rows(begun, -1, 9)
    await book.lose(0)
    await book.see(0, Absent)
    await book.refuse(0, -275)
    assert (await book.see(0, Absent)).rule == "A4"
    [row] = await book.ledger.lost_rows(begun, -1, 9)
    assert row.number == number(0)
    assert not await book.ledger.lost_rows(begun, row.position, 9)
    assert await book.ledger.doubt(row.number) is None
    doubt = await book.ledger.doubt(row.number, lost=True)
    assert [one.outcome for one in doubt.attempts] == ["no verdict", "refused"]
    assert await book.ledger.doubt(number(1), lost=True) is None
    event = Present(doubt.row.version, 0.0, calibrated=True, bought_by=begun.run.name)
    assert (await book.ledger.verdict(row.number, event, SeenNote())).rule == "A6"
    assert (book.row(0).status, book.row(0).confirmed_by) == (Status.PURCHASED, "inquiry")
    assert await book.totals() == (1, 0, Decimal(2), 0)
    assert not await book.ledger.lost_rows(begun, -1, 9)
    await book.reopen()


async def test_adopting_twice_begins_each_doubt_anew(book):
    await book.begin()
    await book.claim(0)
    await book.lose(1)
    await book.buy(2)
    first = await book.ledger.adopt()
    second = await book.ledger.adopt()
    assert [one.number for one in first] == [one.number for one in second] == [number(0), number(1)]
    assert all(one.row.version < two.row.version for one, two in zip(first, second, strict=True))


# What is owned, and reasons of a row's own ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "status", "why", "by"),
    [
        (OwnedAnswer.OWNED, Status.OWNED, None, "inquiry"),
        (OwnedAnswer.NOT_ASKED, Status.OWNED, None, "ledger, not asked"),
        (OwnedAnswer.GONE, Status.NOT_SENT, Why.GONE, "inquiry"),
    ],
)
async def test_what_was_found_out_about_an_owned_number_is_kept_for_the_row(book, answer, status, why, by):
    first = await book.begin()
    await book.buy(0)
    await book.begin(orders(key="two", uri="sip:c@d"))
    assert book.rows[0].owned
    assert (book.status(0), book.row(0).confirmed_by) == (Status.OWNED, "ledger")
    await book.ledger.owned(book.begun, book.rows[0], answer)
    row = book.row(0)
    assert (row.status, row.why, row.confirmed_by, row.bought_in) == (status, why, by, first.run.name)
    assert row.differs == (() if answer is OwnedAnswer.GONE else ("URI",))
    assert len(await book.ledger.controls(9)) == (0 if answer is OwnedAnswer.GONE else 1)


async def test_an_order_that_agrees_with_what_was_bought_does_not_differ(book):
    await book.begin()
    await book.buy(0)
    await book.begin(orders(key="two"))
    await book.ledger.owned(book.begun, book.rows[0], OwnedAnswer.OWNED)
    assert book.row(0).differs == ()
    await book.ledger.owned(book.begun, book.rows[0], OwnedAnswer.NOT_ASKED)
    assert book.row(0).confirmed_by == "inquiry"


async def test_a_row_that_was_not_asked_about_is_asked_next_time(book):
    await book.begin()
    await book.buy(0)
    await book.begin(orders(key="two"))
    await book.ledger.owned(book.begun, book.rows[0], OwnedAnswer.NOT_ASKED)
    assert [row.position for row in await book.ledger.open_rows(book.begun, -1, 9)] == [0, 1, 2]


async def test_a_reason_of_its_own_stands_until_the_row_is_met_again(book):
    await book.begin()
    await book.ledger.not_sent(book.begun, book.rows[0], Why.ATTEMPTS)
    await book.ledger.not_sent(book.begun, book.rows[1], Why.MAX_SPEND)
    assert [book.row(i).why for i in (0, 1)] == [Why.ATTEMPTS, Why.MAX_SPEND]
    await book.begin()
    await book.ledger.end(book.begun, InvocationEnd(NOON, 5, Why.HALTED))
    assert [book.row(i).why for i in (0, 1, 2)] == [Why.ATTEMPTS, Why.HALTED, Why.HALTED]
    await book.buy(0)
    assert book.row(0).why is None


async def test_a_reason_does_not_replace_what_is_known(book):
    await book.begin()
    await book.refuse(0, -275)
    await book.ledger.not_sent(book.begun, book.rows[0], Why.ATTEMPTS)
    assert book.status(0) is Status.REFUSED


# Reading -------------------------------------------------------------------------------------------------------------


async def test_counts_agree_with_the_rows(book):
    extra = (Row(6, RowKind.DUPLICATE, Source(0, "S", 9), number(0), {}, (None, None, None)),)
    await book.begin(orders(6, extra=extra))
    await book.buy(0)
    await book.refuse(1, -275)
    await book.lose(2)
    await book.ledger.not_sent(book.begun, book.rows[3], Why.ATTEMPTS)
    reader = book.ledger.reader()
    counts = reader.counts(book.begun.run)
    statuses = [row.status for row in reader.rows(book.begun.run)]
    reader.close()
    assert counts == {status: statuses.count(status) for status in Status}
    assert sum(counts.values()) == 7


async def test_runs_are_found_by_any_unique_beginning(book):
    reader = book.ledger.reader()
    with pytest.raises(UsageError, match="no run yet"):
        reader.find(None)
    names = [(await book.begin(orders(key=f"{i}"))).run.name for i in range(20)]
    assert [run.name for run in reader.runs()] == names[::-1]
    assert reader.find(None).name == names[-1]
    assert reader.find(names[0]).name == names[0]
    with pytest.raises(UsageError, match="no run 'zz'"):
        reader.find("zz")
    firsts = [name[0] for name in names]
    shared = next(first for first in firsts if firsts.count(first) > 1)
    with pytest.raises(UsageError, match="Several"):
        reader.find(shared)
    with pytest.raises(UsageError):
        reader.find("")
    with pytest.raises(UsageError):
        next(reader.rows(replace(reader.find(None), name="zz")))
    reader.close()


async def test_a_number_tells_its_life_over_all_runs(book):
    first = await book.begin()
    await book.refuse(0, -275)
    await book.begin(orders(key="two"))
    await book.buy(0)
    reader = book.ledger.reader()
    told = [(one.run, one.rule, one.before, one.after, one.code) for one in reader.history(number(0))]
    reader.close()
    two = book.begun.run.name
    assert told == [
        (first.run.name, "P1", "free", "buying", None),
        (first.run.name, "P8", "buying", "refused", -275),
        (two, "P1", "refused", "buying", None),
        (two, "P4", "buying", "bought", 12025550100),
    ]


async def test_a_preview_tells_what_a_run_would_find_and_sums_to_its_rows(book):
    extra = (
        Row(5, RowKind.DUPLICATE, Source(0, "S", 9), number(0), {}, (None, None, None)),
        Row(6, RowKind.INVALID, Source(0, "S", 9), "x", {}, (None, None, None)),
    )
    wanted = orders(5, extra=extra)
    await book.begin(wanted)
    await book.buy(0)
    await book.refuse(1, -275)
    await book.lose(2)
    await book.refuse(3, -220, CodeKind.RESERVED, give_up=True)
    reader = book.ledger.reader()

    def told(preview):
        return (
            preview.purchased,
            preview.already_owned,
            preview.in_doubt,
            preview.refused,
            preview.deferred,
            preview.duplicates,
            preview.invalid,
            preview.to_buy,
        )

    assert told(reader.preview(wanted)) == (1, 0, 1, 1, 1, 1, 1, 1)
    assert told(reader.preview(wanted, retry_refused=True)) == (1, 0, 1, 0, 1, 1, 1, 2)
    assert reader.preview(wanted).run == book.begun.run
    other = orders(5, key="two", extra=extra)
    assert told(reader.preview(other)) == (0, 1, 1, 0, 0, 1, 1, 3)
    assert reader.preview(other).run is None
    await book.begin(other)
    await book.ledger.owned(book.begun, book.rows[0], OwnedAnswer.GONE)
    assert told(reader.preview(other)) == (0, 1, 1, 0, 0, 1, 1, 3)
    reader.close()


async def test_a_prospect_names_the_rows_that_the_preview_counts(book):
    wanted = orders(6)
    await book.begin(wanted)
    await book.buy(0)
    await book.refuse(1, -275)
    await book.lose(2)
    await book.refuse(3, -220, CodeKind.RESERVED, give_up=True)  # reserved is not refused
    reader = book.ledger.reader()
    kept = reader.prospect(wanted)
    assert kept.preview == reader.preview(wanted)
    assert list(kept.open) == [3, 4, 5]
    assert (kept.bought, kept.spent) == (2, Decimal(4))
    again = reader.prospect(wanted, retry_refused=True)
    assert list(again.open) == [1, 3, 4, 5]
    assert again.refused_before == 1
    other = reader.prospect(orders(6, key="two"))
    assert list(other.open) == [1, 3, 4, 5]
    assert (other.refused_before, other.bought, other.spent, other.differing) == (1, 0, Decimal(0), 0)
    reader.close()


async def test_a_prospect_counts_owned_numbers_that_were_bought_with_other_routing(book):
    await book.begin()
    await book.buy(0)
    await book.buy(1)
    reader = book.ledger.reader()
    changed = orders(key="two", uri="sip:c@d")
    assert reader.prospect(changed).differing == 2
    assert reader.prospect(orders(key="three")).differing == 0
    await book.begin(changed)
    assert reader.prospect(changed).differing == 2
    reader.close()


async def test_a_prospect_of_a_rebuy_counts_what_is_known_to_be_gone_among_what_it_buys(book):
    await book.begin()
    await book.buy(0)
    await book.buy(1)
    other = orders(4, key="two")
    await book.begin(other)
    reader = book.ledger.reader()
    assert reader.prospect(other, rebuy=True).gone == []
    assert reader.prospect(other, rebuy=True).unasked == 2
    await book.ledger.owned(book.begun, book.rows[0], OwnedAnswer.GONE)
    await book.ledger.owned(book.begun, book.rows[1], OwnedAnswer.OWNED)
    for wanted, unasked in ((other, 0), (orders(4, key="three"), 1)):
        left = reader.prospect(wanted)
        assert (list(left.open), left.gone, left.preview.already_owned, left.rebuy) == ([2, 3], [0], 2, False)
        again = reader.prospect(wanted, rebuy=True)
        assert (list(again.open), again.gone, again.rebuy, again.unasked) == ([0, 2, 3], [0], True, unasked)
        assert (again.preview.already_owned, again.preview.to_buy) == (1, 3)
    reader.close()


async def test_controls_are_bought_by_a_definite_answer_latest_first(book):
    begun = await book.begin(orders(4))
    await book.buy(0)
    await book.lose(1)
    await book.see(1, Present, bought_by=begun.run.name)
    book.clock.seconds = 7
    await book.buy(2)
    assert [one.number for one in await book.ledger.controls(9)] == [number(2), number(0)]
    [latest] = await book.ledger.controls(1)
    assert latest.intent_at == latest.confirmed_at == NOON + timedelta(seconds=7)


async def test_a_number_is_known_once_it_is_ordered(book):
    await book.begin()
    assert await book.ledger.knows(number(2))
    assert not await book.ledger.knows(number(9))


async def test_a_reader_reads_while_a_run_writes(book):
    await book.begin()
    reader = book.ledger.reader()
    rows = reader.rows(book.begun.run)
    assert next(rows).status is Status.NOT_SENT
    await book.buy(1)
    assert [row.status for row in rows] == [Status.NOT_SENT, Status.NOT_SENT], "one snapshot a call"
    assert reader.counts(book.begun.run)[Status.PURCHASED] == 1
    reader.close()


async def test_everything_is_there_again_on_a_new_connection(book):
    await book.begin(orders(4))
    await book.buy(0)
    await book.refuse(1, -275)
    await book.lose(2)
    before, totals = book.read(), await book.totals()
    await book.reopen()
    assert book.read(book.begun.run) == before
    await book.begin(orders(4))
    assert await book.totals() == totals


async def test_a_ledger_that_is_closed_writes_nothing_more(book):
    await book.begin()
    await book.ledger.close()
    await book.ledger.close()
    with pytest.raises(LedgerError):
        await book.claim()
    await book.reopen()


async def test_many_claims_at_once_are_each_made_once(book):
    await book.begin(orders(40))
    claims = await asyncio.gather(*(book.claim(i % 40) for i in range(120)))
    assert sum(isinstance(one, Claimed) for one in claims) == 40
    kinds = itertools.groupby(sorted(type(one).__name__ for one in claims))
    assert {kind: len(list(group)) for kind, group in kinds} == {"Claimed": 40, "NotClaimed": 80}


# Marks ---------------------------------------------------------------------------------------------------------------


async def test_a_mark_is_kept_with_its_attempt_and_with_no_other(book):
    await book.begin()
    claimed = await book.ledger.claim(book.begun, book.rows[0], FREELY, "a1b2c3d4e5")
    assert claimed.sent_with == "a1b2c3d4e5"
    await book.answer(0, Unanswered, claimed)
    assert (await book.claim(1)).sent_with == ""
    await book.reopen()
    assert [one.mark for one in (await book.ledger.doubt(number(0))).attempts] == ["a1b2c3d4e5"]
    reader = book.ledger.reader()
    assert [one.mark for one in reader.attempts(book.begun.run)] == ["a1b2c3d4e5", ""]
    assert [one.reason for one in reader.history(number(0))] == ["at worst 2, marked a1b2c3d4e5", ""]
    assert reader.history(number(1))[0].reason == "at worst 2"
    assert dict(next(reader.rows(book.begun.run)).fields) == {"URI": "sip:a@b"}
    reader.close()


async def test_a_mark_without_a_price_stands_in_the_history_too(book):
    await book.begin(orders(price=None))
    await book.ledger.claim(book.begun, book.rows[0], FREELY, "a1b2c3d4e5")
    await book.reopen()
    reader = book.ledger.reader()
    assert reader.history(number(0))[0].reason == "marked a1b2c3d4e5"
    reader.close()


async def test_marks_make_no_routing_differ(book):
    await book.begin()
    claimed = await book.ledger.claim(book.begun, book.rows[0], FREELY, "a1b2c3d4e5")
    await book.answer(0, Success, claimed)
    await book.begin(orders(key="other"))
    await book.ledger.owned(book.begun, book.rows[0], OwnedAnswer.OWNED)
    assert book.row(0).differs == ()


async def test_what_the_account_shows_after_a_lost_ledger_is_held_and_never_bought(book):
    await book.begin()
    claimed = await book.claim(0)
    await book.answer(0, Success, claimed)
    rows = await book.ledger.unknown_rows(book.begun, -1, 9)
    assert [(row.position, row.number, row.version) for row in rows] == [(1, number(1), 0), (2, number(2), 0)]
    assert [row.position for row in await book.ledger.unknown_rows(book.begun, 1, 9)] == [2]
    unseen = await book.ledger.rebuilt(book.begun, rows[0], Rebuilt(0, calibrated=False), SeenNote(by="ann"))
    assert (unseen.rule, unseen.after.state) == ("A5", State.FREE)
    shown = await book.ledger.rebuilt(book.begun, rows[0], Rebuilt(0, calibrated=True), SeenNote(by="ann"))
    assert (shown.rule, shown.after.state) == ("B1", State.HELD)
    assert isinstance(await book.claim(1), NotClaimed)
    await book.reopen()
    assert [book.row(index).status for index in range(3)] == [Status.PURCHASED, Status.OWNED, Status.NOT_SENT]
    assert [row.position for row in await book.ledger.open_rows(book.begun, -1, 9)] == [2]
    reader = book.ledger.reader()
    assert reader.history(number(1))[-1].reason == "rebuilt by ann"
    assert [one.number for one in reader.controls(9)] == [number(0)]
    assert (reader.knows(number(2)), reader.knows(number(9))) == (True, False)
    reader.close()
