"""Rebuilds and audits on virtual time: what is asked when, what is believed, and that nothing is bought meanwhile."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from decimal import Decimal

import pytest
from support.desk import KEY, OWNED, PURCHASED, at_desk, orders
from support.world import code, lost, number, truth

from batch.errors import LedgerError
from batch.ledger.sqlite import Rebuild, SqliteReader, ledger_path
from batch.order import StandIn
from batch.pool.notices import Alarm, Halted, Phase
from batch.provider.protocol import Blocked, NotOwned, Owned, Unclear
from batch.reconciler.audit import What, audit_rows, rows_to_ask
from batch.session import rebuild_orders

N = [number(n) for n in range(400)]
HORIZON = 60.0


def path_of(desk):
    return ledger_path(desk.home / "l", KEY)


def lose(desk):
    """The ledger's file is gone, and what SQLite left beside it."""
    for path in (desk.home / "l").glob("*.ledger*"):
        path.unlink()


async def rebuild(desk, *wanted, provider=None, wrap=lambda ledger: ledger, during=None, **options):
    """One process that rebuilds; the ledger is put in place where it is complete."""
    settings = desk.settings(**options)
    found = await Rebuild.begin(
        desk.home / "l", KEY, clock=desk.clock, heads=desk.home / "h", timing=settings.timing, inline=True
    )
    try:
        session = desk.session(wrap(found.open()), settings, provider)
        if during is not None:
            during(session)
        first, *others = wanted
        outcome = await rebuild_orders(first, session, *others)
        if outcome.complete:
            await found.complete()
    finally:
        await found.close()
    return outcome


def figures(outcome):
    return (outcome.exit_code, outcome.ours, outcome.absent, outcome.unclear, outcome.complete)


def after_the_loss(scenario, *, bought=10, of=20, **more):
    """`scenario` at a desk whose run bought some of its orders, and then lost its ledger."""

    async def whole(desk):
        await desk.buy(orders("a", N[:of]), limit=bought)
        lose(desk)
        desk.provider.questions.clear()
        await scenario(desk)
        assert len(desk.provider.sends) == bought, "a rebuild sends no purchase"

    at_desk(whole, **more)


def test_what_shows_is_owned_and_what_does_not_is_bought_by_the_next_run():
    async def scenario(desk):
        outcome = await rebuild(desk, orders("a", N[:20]))
        assert figures(outcome) == (0, 10, 10, 0, True)
        assert (outcome.known, outcome.in_doubt, outcome.proved, outcome.reason) == (0, 0, True, "")
        assert desk.told(Alarm) == []
        assert len(desk.provider.sends) == 10
        again = await desk.buy(orders("a", N[:20]))
        assert (again.exit_code, again.counts[OWNED], again.counts[PURCHASED]) == (0, 10, 10)
        del desk.provider.sends[10:]

    after_the_loss(scenario)


def test_each_workbook_is_a_run_of_its_own_and_a_number_of_several_is_asked_about_once():
    async def scenario(desk):
        first, second = orders("a", N[:20]), orders("b", N[5:30], fields={"URI": "sip:c@d"})
        outcome = await rebuild(desk, first, second)
        assert (figures(outcome), outcome.known) == ((0, 10, 20, 0, True), 0)
        assert len(outcome.runs) == 2
        assert all(len(desk.provider.asked(one)) == 1 for one in N[1:30]), "N[0] is a control, too"
        for wanted, ends, owned in ((first, 0, 10), (second, 4, 15)):  # what the first bought is otherwise than ordered
            done = await desk.buy(wanted)
            assert (done.exit_code, done.counts[OWNED], done.counts[PURCHASED]) == (ends, owned, 10)
            assert done.run.name in {run.name for run in outcome.runs}
        assert len({one for one, _ in desk.provider.books.charges}) == len(desk.provider.books.charges) == 30
        del desk.provider.sends[10:]

    after_the_loss(scenario)


def test_a_rebuild_of_several_workbooks_is_complete_when_all_of_them_are():
    async def scenario(desk):
        desk.provider.answers = lambda asked, true: Unclear("timed out") if asked == N[25] else true
        outcome = await rebuild(desk, orders("a", N[:20]), orders("b", N[10:30]))
        assert figures(outcome) == (6, 10, 19, 1, False)
        assert not path_of(desk).exists()
        desk.provider.answers = lambda _, true: true
        again = await rebuild(desk, orders("a", N[:20]), orders("b", N[10:30]))
        assert (figures(again), again.known) == ((0, 0, 20, 0, True), 10)

    after_the_loss(scenario)


def test_nothing_is_asked_until_what_was_sent_before_the_loss_can_no_longer_arrive():
    async def scenario(desk):
        desk.provider.script = {N[1]: [lost(executed=50.0)]}
        await desk.buy_until_killed(orders("a", N[:3]), after=5.0)
        lose(desk)
        began = desk.clock.elapsed()
        outcome = await rebuild(desk, orders("a", N[:3]))
        assert min(desk.provider.asked(*N[:3])) >= began + HORIZON
        assert outcome.ours >= 2
        assert N[1] in {charge for charge, _ in desk.provider.books.charges}
        desk.provider.label = "a"
        await desk.buy(orders("a", N[:3]))
        assert len({charge for charge, _ in desk.provider.books.charges}) == len(desk.provider.books.charges) == 3

    at_desk(scenario)


def test_where_nothing_shows_at_all_the_query_is_said_to_be_unproved():
    async def scenario(desk):
        outcome = await rebuild(desk, orders("b", N[100:120]))
        assert (figures(outcome), outcome.proved) == ((0, 0, 20, 0, True), False)
        assert "-165" in desk.told(Alarm)[0].words

    after_the_loss(scenario)


def test_a_number_that_shows_late_proves_the_absences_before_it():
    async def scenario(desk):
        desk.provider.already_ours(N[349])
        outcome = await rebuild(desk, orders("b", N[100:350]))
        assert (figures(outcome), outcome.proved) == ((0, 1, 249, 0, True), True)

    after_the_loss(scenario)


def test_a_query_that_says_yes_to_everything_is_not_believed():
    async def scenario(desk):
        desk.provider.answers = lambda asked, _: Owned(asked, None, None, None, "", {})
        outcome = await rebuild(desk, orders("a", N[:20]))
        assert figures(outcome) == (6, 0, 0, 20, False)
        assert "as it does of any number" in outcome.reason

    after_the_loss(scenario)


def test_a_query_that_turns_to_no_is_found_out_by_a_number_that_has_shown():
    async def scenario(desk):
        desk.provider.answers = lambda _, true: true if len(desk.provider.questions) < 105 else NotOwned("-440")
        outcome = await rebuild(desk, orders("a", N[:300]), workers=1)
        assert (outcome.exit_code, outcome.complete) == (6, False)
        assert "any more" in outcome.reason
        assert outcome.unclear >= 200
        desk.provider.answers = lambda _, true: true
        assert figures(await rebuild(desk, orders("a", N[:300])))[:1] == (0,)

    after_the_loss(scenario, of=300)


def test_what_gets_no_usable_answer_is_asked_again_and_then_left_for_the_same_command():
    async def scenario(desk):
        deaf = {N[3], N[15]}
        desk.provider.answers = lambda asked, true: Unclear("timed out") if asked in deaf else true
        outcome = await rebuild(desk, orders("a", N[:20]))
        assert (figures(outcome), outcome.reason) == ((6, 9, 9, 2, False), "timed out")
        assert len(desk.provider.asked(N[3])) == 4
        with pytest.raises(LedgerError, match="not complete"):
            await desk.buy(orders("a", N[:20]))
        deaf.clear()
        desk.provider.questions.clear()
        again = await rebuild(desk, orders("a", N[:20]))
        assert (figures(again), again.known) == ((0, 1, 10, 0, True), 9)
        assert desk.provider.asked(N[4]) == [], "what was recorded is not asked again"

    after_the_loss(scenario)


def test_an_answer_that_comes_late_is_as_good():
    async def scenario(desk):
        desk.provider.answers = lambda _, true: Unclear("503", busy=True) if len(desk.provider.questions) < 9 else true
        assert figures(await rebuild(desk, orders("a", N[:20]))) == (0, 10, 10, 0, True)

    after_the_loss(scenario)


def test_a_silent_provider_is_not_asked_about_every_number():
    async def scenario(desk):
        desk.provider.answers = lambda *_: Unclear("connection refused")
        outcome = await rebuild(desk, orders("a", N[:400]))
        assert (figures(outcome), outcome.reason) == ((6, 0, 0, 400, False), "connection refused")
        assert len(desk.provider.questions) < 4 * 40

    after_the_loss(scenario, of=400)


def test_an_absence_of_another_shape_is_none():
    async def scenario(desk):
        desk.provider.answers = lambda asked, true: NotOwned("-7") if asked == N[15] else true
        outcome = await rebuild(desk, orders("a", N[:20]))
        assert figures(outcome) == (6, 10, 9, 1, False)
        assert "-7" in outcome.reason

    after_the_loss(scenario)


@pytest.mark.parametrize("when", ["at once", "at the negative control", "at the positive control"])
def test_a_refused_account_halts_and_nothing_is_in_place(when):
    async def scenario(desk):
        def refused(asked, true):
            control = asked not in N[:20] if when == "at the negative control" else len(desk.provider.questions) > 21
            return Blocked(100) if when == "at once" or control else true

        desk.provider.answers = refused
        outcome = await rebuild(desk, orders("a", N[:20]), workers=1)
        assert (outcome.exit_code, outcome.complete, "100" in outcome.reason) == (5, False, True)
        assert len(desk.told(Halted)) == 1
        assert not path_of(desk).exists()

    after_the_loss(scenario)


def test_what_was_answered_before_a_halt_is_not_believed_without_its_control():
    async def scenario(desk):
        desk.provider.answers = lambda asked, true: Blocked(-55) if asked == N[9] else true
        outcome = await rebuild(desk, orders("a", N[:20]), workers=1)
        assert figures(outcome) == (5, 0, 0, 20, False)

    after_the_loss(scenario)


def test_a_fatal_answer_halts():
    async def scenario(desk):
        desk.provider.answers = lambda *_: Unclear("the certificate is not to be trusted", fatal=True)
        outcome = await rebuild(desk, orders("a", N[:20]))
        assert (outcome.exit_code, outcome.reason) == (5, "the certificate is not to be trusted")

    after_the_loss(scenario)


@pytest.mark.parametrize("unclear", ["the negative control", "the positive control"])
def test_a_control_without_a_usable_answer_is_asked_again(unclear):
    async def scenario(desk):
        def answers(asked, true):
            hit = (
                asked not in N[:20]
                if unclear == "the negative control"
                else desk.provider.asked(N[0])[1:] and asked == N[0]
            )
            return Unclear("timed out") if hit and len(desk.provider.questions) < 40 else true

        desk.provider.answers = answers
        assert figures(await rebuild(desk, orders("a", N[:20]), workers=1)) == (0, 10, 10, 0, True)

    after_the_loss(scenario)


def test_without_a_number_that_is_nobodys_nothing_is_believed():
    async def scenario(desk):
        async def knows(_):
            return True

        def wrap(ledger):
            ledger.knows = knows
            return ledger

        outcome = await rebuild(desk, orders("a", N[:20]), wrap=wrap)
        assert figures(outcome) == (6, 0, 0, 20, False)
        assert "no number by which" in outcome.reason

    after_the_loss(scenario)


def test_a_ledger_that_can_not_be_written_ends_the_rebuild():
    async def scenario(desk):
        async def fails(*_):
            raise LedgerError("the disk is full")

        def wrap(ledger):
            ledger.rebuilt = fails
            ledger.end = fails
            return ledger

        outcome = await rebuild(desk, orders("a", N[:20]), wrap=wrap)
        assert (outcome.exit_code, outcome.complete, outcome.reason) == (5, False, "the disk is full")

        def only_the_end(ledger):
            ledger.end = fails
            return ledger

        with pytest.raises(LedgerError):
            await rebuild(desk, orders("a", N[:20]), wrap=only_the_end)

    after_the_loss(scenario)


@pytest.mark.parametrize("signal", [2, 15])
@pytest.mark.parametrize("after", [3.0, HORIZON + 0.1])
def test_an_interrupted_rebuild_says_so_and_goes_on_later(signal, after):
    async def scenario(desk):
        def during(session):
            asyncio.get_running_loop().call_later(after, session.stop.request, signal)

        outcome = await rebuild(desk, orders("a", N[:20]), during=during, rate=Decimal(1))
        assert (outcome.exit_code, outcome.complete) == (128 + signal, False)
        assert figures(await rebuild(desk, orders("a", N[:20])))[0] == 0

    after_the_loss(scenario)


def test_a_rebuild_that_is_cancelled_from_outside_is_no_interruption():
    async def scenario(desk):

        work = asyncio.ensure_future(rebuild(desk, orders("a", N[:20])))
        await desk.clock.sleep(1.0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    after_the_loss(scenario)


async def older(desk):
    """A copy of the ledger as it is now, all in one file, to be put back later."""
    await (await desk.open(desk.settings())).close()
    kept = desk.root / "kept"
    shutil.copy(path_of(desk), kept)
    return lambda: shutil.copy(kept, path_of(desk))


def test_doubts_of_a_kept_ledger_are_resolved_as_ever():
    async def scenario(desk):
        desk.provider.script = {N[1]: [lost(executed=5.0)]}
        await desk.buy(orders("a", N[:20]), limit=2, resolve_horizon=3600.0, outage_give_up_after=1.0)
        await desk.buy_until_killed(orders("a", N[:20]), after=0.2, limit=1)
        put_back = await older(desk)
        await desk.buy(orders("a", N[:20]), limit=5)
        bought = len(desk.provider.books.charges)
        put_back()
        outcome = await rebuild(desk, orders("a", N[:20]))
        assert (outcome.exit_code, outcome.complete, outcome.in_doubt) == (0, True, 0)
        done = await desk.buy(orders("a", N[:20]))
        assert done.exit_code == 0
        assert len({one for one, _ in desk.provider.books.charges}) == len(desk.provider.books.charges) == 20
        assert done.counts[OWNED] + done.counts[PURCHASED] == 20
        assert done.counts[OWNED] <= bought

    at_desk(scenario)


def test_a_doubt_that_stays_does_not_keep_a_rebuild_from_ending():
    async def scenario(desk):
        await desk.buy(orders("a", N[:5]), limit=1)
        desk.provider.fault = lambda _: lost()
        desk.provider.answers = lambda asked, true: Unclear("timed out") if asked == N[1] else true
        await desk.buy_until_killed(orders("a", N[:5]), after=1.0)
        put_back = await older(desk)
        desk.provider.fault = lambda _: truth()
        await desk.resolve(desk.runs["a"], outage_give_up_after=1.0)
        put_back()
        outcome = await rebuild(desk, orders("a", N[:5]), orders("b", N[1:7]), outage_give_up_after=1.0)
        assert (outcome.exit_code, outcome.complete, outcome.in_doubt) == (6, True, 1)
        assert outcome.known + outcome.ours + outcome.absent == 6, "one doubt of two runs counts once"

    at_desk(scenario)


def test_a_halt_while_doubts_are_resolved_ends_the_rebuild():
    async def scenario(desk):
        await desk.buy(orders("a", N[:5]), limit=1)
        desk.provider.fault = lambda _: lost()
        await desk.buy_until_killed(orders("a", N[:5]), after=1.0)
        put_back = await older(desk)
        desk.provider.fault = lambda _: truth()
        await desk.resolve(desk.runs["a"])
        put_back()
        desk.provider.answers = lambda *_: Blocked(100)
        outcome = await rebuild(desk, orders("a", N[:5]))
        assert (outcome.exit_code, outcome.complete) == (5, False)

    at_desk(scenario)


# Audits ------------------------------------------------------------------------------------------------------------------


async def audit(desk, label="a"):
    reader = SqliteReader.open(desk.home / "l", KEY)
    try:
        rows = list(rows_to_ask(reader, desk.runs[label]))
        return await audit_rows(
            rows,
            reader,
            provider=desk.provider,
            options=desk.settings(),
            clock=desk.clock,
            tell=desk.notices.append,
        )
    finally:
        reader.close()


def test_an_account_that_holds_what_was_asked_for_has_no_difference():
    async def scenario(desk):
        await desk.buy(orders("a", N[:20]), limit=10)
        found = await audit(desk)
        assert (found.asked, found.agree, found.differences, found.unclear) == (10, 10, [], [])
        assert (found.exit_code, found.not_compared) == (0, ("URI",))  # the account reports no field at all
        assert [notice.name for notice in desk.told(Phase)][-1] == "asking the account"

    at_desk(scenario)


def test_what_is_gone_what_is_held_and_what_differs_is_told_in_the_order_of_the_sheet():
    async def scenario(desk):
        desk.provider.script = {N[2]: [lost(executed=1e6)], N[3]: [lost()]}
        fields = {"URI": "sip:a@b", "RingType": "1", "Channels": "2"}
        await desk.buy(orders("a", N[:5], fields=fields))
        desk.provider.give_back_by_hand(N[0])
        held = {"Uri": "a@B", "Channels": "3"}

        def reports(_, true):
            return replace(true, holding=held) if isinstance(true, Owned) else true

        desk.provider.answers = reports
        found = await audit(desk)
        whats = [(one.number, one.what, one.name, one.asked, one.has) for one in found.differences]
        assert whats[0] == (N[0], What.GONE, "", "", "")
        assert (N[1], What.DIFFERS, "Channels", "2", "3") in whats
        assert found.not_compared == ("RingType",)
        assert found.exit_code == 4

    at_desk(scenario)


def test_retired_and_unreported_fields_are_said_to_be_so_and_never_compared():
    async def scenario(desk):
        fields = {"URI": "a@b", "Ringstyle": "1", "RingType": "1", "Channels": "2", "FaxDetect": "1", "Vmring": "5"}
        await desk.buy(orders("a", N[:3], fields=fields))
        held = {"Uri": "a@b", "RingStyle": "1", "Channels": "2", "FaxDetect": "0", "Vmring": ""}

        def reports(asked, true):
            without = {name: has for name, has in held.items() if name != "Channels" or asked != N[1]}
            return replace(true, holding=without) if isinstance(true, Owned) else true

        desk.provider.answers = reports
        found = await audit(desk)
        assert (found.differences, found.agree, found.exit_code) == ([], 3, 0)
        assert found.compared == ("Ringstyle", "URI", "Channels")
        assert found.not_compared == ("RingType", "Channels")
        assert found.retired == ("FaxDetect", "Vmring")
        assert [(one.name, one.called, one.asked, one.compared, one.silent) for one in found.fields] == [
            ("RingType", "", 3, 0, 3),
            ("Ringstyle", "RingStyle", 3, 3, 0),
            ("URI", "Uri", 3, 3, 0),
            ("FaxDetect", "FaxDetect", 3, 0, 0),
            ("Vmring", "Vmring", 3, 0, 0),
            ("Channels", "Channels", 3, 2, 1),
        ]
        assert list(found.shown) == N[:3]
        assert None not in {one.setup for one in found.shown.values()}

    at_desk(scenario)


def test_a_number_that_was_bought_a_moment_ago_may_not_show_yet():
    async def scenario(desk):
        await desk.buy(orders("a", N[:4]))
        await desk.clock.sleep(100.0)
        desk.provider.world.lag = 9.0
        await desk.buy(orders("b", N[5:6]))
        desk.provider.give_back_by_hand(N[0])
        found = await audit(desk, "b")
        assert ([row.number for row in found.unclear], found.exit_code) == ([N[5]], 6)
        assert "a moment ago" in found.reason
        await desk.clock.sleep(10.0)
        assert [(one.number, one.what) for one in (await audit(desk, "a")).differences] == [(N[0], What.GONE)]

    at_desk(scenario)


def test_a_number_that_is_held_and_was_refused_is_an_unexpected_holding():
    async def scenario(desk):

        desk.provider.script = {N[1]: [code(-275)], N[2]: [code(-275)]}
        await desk.buy(orders("a", N[:4]))
        desk.provider.already_ours(N[1])
        found = await audit(desk)
        assert [(one.number, one.what) for one in found.differences] == [(N[1], What.HELD)]
        assert (found.agree, found.exit_code) == (3, 4)

    at_desk(scenario)


def test_an_absence_that_nothing_proves_could_not_be_told():
    async def scenario(desk):
        await desk.buy(orders("a", N[:1]))
        desk.provider.give_back_by_hand(N[0])
        found = await audit(desk)
        assert ([row.number for row in found.unclear], found.exit_code) == ([N[0]], 6)
        assert "no number by which" in found.reason

    at_desk(scenario)


def test_a_refused_account_blocks_the_audit():
    async def scenario(desk):
        await desk.buy(orders("a", N[:3]))
        desk.provider.answers = lambda *_: Blocked(-110)
        found = await audit(desk)
        assert (found.exit_code, len(found.unclear), found.agree) == (5, 3, 0)

    at_desk(scenario)


def test_an_alternative_that_was_bought_before_the_ledger_was_lost_still_stands_for_its_row():
    async def scenario(desk):
        plain = orders("a", N[:3])
        other = StandIn({"URI": "x@b"}, (N[30],), N[30])
        wanted = replace(plain, rows=[plain.rows[0], replace(plain.rows[1], stand_ins=(other,)), plain.rows[2]])
        desk.provider.script = {N[1]: [code(-275)]}
        await desk.buy(wanted)
        lose(desk)
        outcome = await rebuild(desk, wanted)
        assert (outcome.ours, outcome.known) == (3, 0)
        again = await desk.buy(wanted)
        assert again.exit_code == 0
        assert [(row.number, row.status) for row in desk.rows("a")] == [(one, OWNED) for one in (N[0], N[30], N[2])]
        assert len(desk.provider.sends) == 4

    at_desk(scenario)
