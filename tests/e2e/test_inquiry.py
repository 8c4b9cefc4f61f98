"""An account query that lies, fails or changes its mind decides nothing: what is in doubt stays so, and is said to be.

Behind every lie are purchases that were executed and not answered, executed late, and never executed at all.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
from support.breakages import body, closes, executed, late, lost, says
from support.line import Line, line, told
from support.proxy import Exchange, Fault, Seen, answer, honest, on_purchases

from batch.provider.simulator import Inquiry

pytestmark = pytest.mark.slow

NUMBERS = 14
_ASKED = "getdidinfo"


def lose(wire: Line) -> dict[str, list[Fault]]:
    """Six purchases without an answer, two of each kind."""
    lost_ones = wire.numbers[3:9]
    return {number: [(executed(closes), late(0.2), lost(closes))[turn % 3]] for turn, number in enumerate(lost_ones)}


def answering(wire: Line, query: Callable[[Seen], Fault | None]) -> None:
    """The account query goes this way, and purchases are lost."""
    purchase = on_purchases(lose(wire))
    wire.proxy.faults = lambda seen: query(seen) if seen.function == _ASKED else purchase(seen)


def stays_in_doubt(wire: Line, *words: str) -> None:
    """One run under the fault: exit 6, all six in doubt, sent once each, and the words are said. A healthy one ends it."""
    done = wire.run()
    assert done.returncode == 6, done.stderr
    assert told(done)["counts"]["in doubt"] == 6
    assert max(wire.proxy.purchases().values()) == 1
    assert all(re.search(word, done.stderr) for word in words), done.stderr
    wire.served.simulator.inquiry = Inquiry.TRUE
    wire.finish(runs=2)


@pytest.mark.parametrize(
    ("inquiry", "words"),
    [
        (Inquiry.ALL_OURS, "says that [0-9]+ is ours, as it does of any number"),
        (Inquiry.NONE_OURS, "does not show [0-9]+, which was surely bought"),
        (Inquiry.FAILS, r"stays in doubt: the account query gave no usable answer for . s \(HTTP 500\)"),
        (Inquiry.DROPS, "stays in doubt: .*closed the connection without an answer"),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_a_query_that_always_says_the_same_or_nothing_gives_no_verdict(tmp_path, inquiry, words):
    with line(tmp_path, NUMBERS) as wire:
        wire.served.simulator.inquiry = inquiry
        answering(wire, lambda _seen: None)
        stays_in_doubt(wire, words)


def says_code(code: int) -> Fault:
    return lost(says(answer(b'{"DATA":[{"RETURN":%d}]}' % code)))


def another_number(text: bytes) -> bytes:
    """The answer, about the number after the one that it was about."""
    return re.sub(rb'"Number":"([0-9]+)"', lambda found: b'"Number":"%d"' % (int(found[1]) + 1), text)


async def silent(exchange: Exchange) -> None:
    await exchange.gone()
    exchange.close()


ODD = {
    "another number, and failing": (
        lambda text: another_number(text) if b'"Number"' in text else b"<html>",
        "no usable answer",
    ),
    "two rows": (lambda text: text.replace(b"[{", b'[{"Number":"1"},{'), "several rows|2 rows"),
    "no JSON": (lambda text: text[:-1], "not JSON"),
    "an echo": (lambda text: re.sub(rb'("Number":"[0-9]+").*?}', rb"\1}", text).replace(b'"RETURN"', b'"CODE"'), "."),
}


@pytest.mark.parametrize(("change", "words"), ODD.values(), ids=ODD)
def test_a_query_that_answers_oddly_gives_no_verdict(tmp_path, change, words):
    with line(tmp_path, NUMBERS) as wire:
        answering(wire, lambda _seen: executed(body(change)))
        stays_in_doubt(wire, "stays in doubt", words)


def test_a_query_that_never_answers_gives_no_verdict(tmp_path):
    with line(tmp_path, NUMBERS) as wire:
        answering(wire, lambda _seen: silent)
        stays_in_doubt(wire, r"stays in doubt: .*\(timed out\)")


def test_a_query_that_is_slow_delays_the_verdict_and_changes_none(tmp_path):
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.1)
        await honest(exchange)

    with line(tmp_path, NUMBERS) as wire:
        answering(wire, lambda _seen: slow)
        assert wire.run().returncode in {0, 6}
        wire.finish(runs=2)


@pytest.mark.parametrize("code", [100, -55, -110])
def test_a_query_by_which_the_account_is_refused_halts(tmp_path, code):
    with line(tmp_path, NUMBERS) as wire:
        answering(wire, lambda _seen: says_code(code))
        done = wire.run()
        assert done.returncode == 6, done.stderr
        assert told(done)["halt_reason"] == f"the account was refused ({code})"
        asked = sum(one.function == _ASKED for one in wire.proxy.seen)
        assert asked <= 8, "a refused login is not tried again and again"
        wire.finish(runs=2)


@pytest.mark.parametrize("change", [1, 5, 8])
@pytest.mark.parametrize("then", [Inquiry.ALL_OURS, Inquiry.NONE_OURS], ids=lambda one: one.name)
def test_a_query_that_turns_midway_gives_no_wrong_verdict(tmp_path, change, then):
    with line(tmp_path, NUMBERS) as wire:

        def turned(_seen: Seen) -> Fault | None:
            if sum(one.function == _ASKED for one in wire.proxy.seen) >= change:
                wire.served.simulator.inquiry = then
            return None

        answering(wire, turned)
        done = wire.run()  # which compares what the workbook claims with the provider's record
        assert done.returncode in {0, 6}, done.stderr
        assert max(wire.proxy.purchases().values()) <= 2
        wire.served.simulator.inquiry = Inquiry.TRUE
        wire.finish(runs=2)
