"""Planted mistakes: each makes one line of the program wrong, as small as can be, and must be caught by an invariant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import batch.ledger.sqlite.answers
import batch.ledger.sqlite.claims
import batch.ledger.states
import batch.pool.pool
import batch.reconciler.agenda
import batch.reconciler.verdicts
from batch.clock import Mark
from batch.codes import CodeKind
from batch.ledger.attempts import BoughtRow
from batch.ledger.events import Refusal, Success, TooMany, Unanswered
from batch.ledger.states import Timing
from batch.pool.brakes import Brakes
from batch.pool.options import PoolOptions
from batch.pool.pacer import Pacer
from batch.pool.patience import Patience
from batch.pool.releaser import Releaser, Sent
from batch.pool.reserved import ReservedClocks
from batch.provider.protocol import NoAnswer
from batch.reconciler.attribution import Attribution, unanswered
from batch.reconciler.calibration import Calibration, Trust
from batch.reconciler.giving_back import Asked, Inquirer
from batch.reconciler.resolver import Resolver

answers, claims, states = batch.ledger.sqlite.answers, batch.ledger.sqlite.claims, batch.ledger.states
pool, verdicts = batch.pool.pool, batch.reconciler.verdicts
_free, _write, _step = states._free, states._write, states.step

MISTAKES: dict[str, Callable[[], Any]] = {}


def mistake(name: str):
    """Register what makes a mistake, by its name: a context manager."""

    def register(made: Callable[[], Iterator[None]]):
        MISTAKES[name] = contextmanager(made)
        return made

    return register


def _instead(name: str, of: object, attribute: str, new: object) -> None:
    MISTAKES[name] = lambda: patch.object(of, attribute, new)


def _after_the_fact(*, whatever_came: bool):
    """The intent is written when the answer is there, if then; a process that dies meanwhile leaves nothing on disk."""
    claim, answer = claims.claim, answers.answer
    kept = {}

    def claimed(store, begun, row, *bounds):
        store.execute("SAVEPOINT intent")
        entry, digest = store.chain._entry, store.chain._hash
        made = claim(store, begun, row, *bounds)
        if hasattr(made, "mark"):
            store.execute("ROLLBACK TO intent")
            store.chain._entry, store.chain._hash = entry, digest
            store._buying.pop(row.number, None)
            store.settle(begun.run.name, row.position)
            kept[row.number] = (begun, row, *bounds)
        store.execute("RELEASE intent")
        return made

    def answered(store, begun, row, event, note):
        intent = kept.pop(row.number, None)
        if intent is not None:
            if not whatever_came and isinstance(event, Unanswered):
                return states.Step("P9", _free(store.number(row.number)))
            claim(store, *intent)
        return answer(store, begun, row, event, note)

    with patch.object(claims, "claim", claimed), patch.object(answers, "answer", answered):
        yield


@mistake("the intent is skipped")
def _skip_the_intent():
    yield from _after_the_fact(whatever_came=False)


@mistake("the intent is recorded after the send")
def _intent_after_the_send():
    yield from _after_the_fact(whatever_came=True)


def _refused_when_silent(outcome, claimed, run, codes, *, give_up):
    if isinstance(outcome, NoAnswer):
        return Refusal(claimed.attempt, claimed.generation, run, code=-275, kind=CodeKind.FINAL)
    return _answer_of(outcome, claimed, run, codes, give_up=give_up)


_answer_of = pool.answer_of
_instead("a time-out is refused", pool, "answer_of", _refused_when_silent)
_instead("an absence is believed at once", PoolOptions, "timing", Timing(0.0, 0.0))
_instead("an absence is believed after the delay", PoolOptions, "timing", Timing(10.0, 10.0))


def _doubtless(row, event):
    led_to = _no_verdict(row, event)
    return _write("P9", _free(row)) if led_to.rule == "P9" and isinstance(event, Unanswered) else led_to


_no_verdict = states._no_verdict
_instead("sent again after doubt, without asking", states, "_no_verdict", _doubtless)


def _sold_for_good(row, event):
    if event.kind is CodeKind.SOLD:
        event = replace(event, kind=CodeKind.FINAL)
    return _refusal(row, event)


def _sold_to_us(outcome, claimed, run, codes, *, give_up):
    event = _answer_of(outcome, claimed, run, codes, give_up=give_up)
    sold = isinstance(event, Refusal) and event.kind is CodeKind.SOLD
    return Success(claimed.attempt, claimed.generation, run) if sold else event


_refusal = states._refusal
_instead("-165 is counted as sold", states, "_refusal", lambda row, event: _without_lost(_sold_for_good, row, event))
_instead("-165 is counted as bought", pool, "answer_of", _sold_to_us)


def _without_lost(refusal, row, event):
    return refusal(replace(row, lost=()) if event.kind is CodeKind.SOLD else row, event)


def _definite_in_doubt(event):
    return _is_definite(event) or isinstance(event, Unanswered)


_is_definite = answers.is_definite
_instead("a reservation is freed early", answers, "is_definite", _definite_in_doubt)
_instead(
    "429 does not count as spent",
    answers,
    "is_definite",
    lambda event: _is_definite(event) or isinstance(event, TooMany),
)


def _forgetful(rule):
    def stepped(row, event, timing=None):
        led_to = _step(row, event, timing)
        return replace(led_to, after=replace(led_to.after, lost=())) if led_to.rule == rule else led_to

    return stepped


@mistake("what an absence lost is forgotten")
def _forget_what_was_absent():
    with patch("batch.ledger.sqlite.verdicts.step", _forgetful("A3")):
        yield


_instead("what was answered 429 is forgotten", answers, "step", _forgetful("P9a"))

_resolver_init = Resolver.__init__
_adopt = Resolver.adopt


class _Wall:
    """A clock whose ages are the wall's."""

    def __init__(self, clock) -> None:
        self._clock = clock
        self.now, self.sleep = clock.now, clock.sleep

    def elapsed(self) -> float:
        return self._clock.now().timestamp()


def _resolver_by_the_wall(self, *arguments, clock, **named):
    _resolver_init(self, *arguments, clock=_Wall(clock), **named)


def _adopt_by_the_wall(self, doubt, row):
    age = (self._clock.now() - doubt.attempts[-1].intent_at).total_seconds()
    self._add(batch.reconciler.agenda.Question(doubt.number, row, self._clock.elapsed() - age))


_instead("ages by the wall clock", Resolver, "__init__", _resolver_by_the_wall)
_instead("ages that go on over a restart", Resolver, "adopt", _adopt_by_the_wall)


@mistake("a clock that is blind to suspension")
def _blind_clock():
    def marked(clock):
        return Mark(asyncio.get_running_loop().time(), clock.now().timestamp())

    def aged(_, since):
        return asyncio.get_running_loop().time() - since.elapsed

    with patch.object(claims, "mark", marked), patch.object(pool, "age", aged):
        yield


def _unfenced(row, event, timing):
    return _seen(row, replace(event, version=row.version), timing)


_seen = states._seen
_instead("a verdict is not fenced by the version", states, "_seen", _unfenced)


@mistake("the ledger's owned is not asked")
def _owned_not_asked():
    init = PoolOptions.__init__

    def unasked(self, *arguments, **named):
        init(self, *arguments, **{**named, "ask_owned": False})

    with patch.object(PoolOptions, "__init__", unasked):
        yield


# More than the table names -------------------------------------------------------------------------------------------


def _of_this_generation(row, event):
    return _success(row, replace(event, generation=row.generation))


async def _good(self, near, **__):
    if self._shape is None:
        await self._ask_foreign(near)
        self._shape = self._shape or "-440"  # whatever it said
    return Trust.GOOD


async def _still_good(self, positive):
    return Trust.GOOD


_presences = Calibration.presences


def _not_afterwards(self, near, **__):
    return _presences(self, near)


_success = states._success
_instead("an answer is not fenced by its generation", states, "_success", _of_this_generation)
_instead("the negative control is not asked", Calibration, "presences", _good)
_instead("a presence is believed by an earlier negative control", Calibration, "presences", _not_afterwards)
_instead("the positive control is not asked", Calibration, "absences", lambda self, near: self.presences(near))
_instead("the positive control is not asked again", Calibration, "_look_again", _still_good)
_instead("the shape of an absence is not compared", Calibration, "says_absent", lambda self, answer: True)


def _ours_if_at_all(doubt, *_, **__):
    could = unanswered(doubt)
    return Attribution(could[-1].run if could else "", "inquiry")


_instead("what is ours was bought by us", verdicts, "attribute", _ours_if_at_all)


def _from_the_beginning(self, row):
    return _left(self, replace(row, reserved_left=None))


_left = ReservedClocks.left
_instead("the clock of a reserved number begins anew with each process", ReservedClocks, "left", _from_the_beginning)

_brakes_init = Brakes.__init__


def _together(self, *arguments):
    _brakes_init(self, *arguments)
    self._alone = False


_instead("the first purchase does not go alone", Brakes, "__init__", _together)


def _unstoppable(row, event):
    return replace(_refusal(row, event), halt="")


_instead("an account that was refused does not halt", states, "_refusal", _unstoppable)


def _same_generation(rule, row):
    given_back = replace(_free(row), lost=(), buyer="")
    return _write(rule, given_back, released_run=row.buyer)


_instead("a number given back keeps its generation", states, "_next_generation", _same_generation)


def _at_once(row, event, timing):
    return _release_seen(row, replace(event, age=max(event.age, timing.horizon)), timing)


_release_seen = states._release_seen
_instead("a verdict ends a release at once", states, "_release_seen", _at_once)


@mistake("a released number may be claimed again by its run")
def _claimed_again():
    refused = claims._refused

    def lenient(store, begun, row, bounds, verdict, number, worst):
        return refused(store, begun, row, bounds, None if verdict == "released" else verdict, number, worst)

    with patch.object(claims, "_refused", lenient):
        yield


_inquire_before = Inquirer.ask


async def _believed_unasked(self, subjects):
    if subjects and isinstance(subjects[0], BoughtRow):
        return Asked(held=[(one, None) for one in subjects])
    return await _inquire_before(self, subjects)


async def _sent_again_blindly(self, bought, known_for):
    led_to = await _release_once(self, bought, known_for)
    if led_to is Sent.DOUBT:
        await self._provider.release(bought.number)
    return led_to


def _whoever_bought_it(self, bought, owned):
    return ""


_release_once = Releaser.release


@mistake("given back without asking")
def _without_asking():
    with patch.object(Inquirer, "ask", _believed_unasked), patch.object(Inquirer, "why_not_ours", _whoever_bought_it):
        yield


_instead("a release without an answer is repeated blindly", Releaser, "release", _sent_again_blindly)
_instead("what somebody else bought is given back", Inquirer, "why_not_ours", _whoever_bought_it)


@mistake("a release is believed not to have happened at once")
def _absent_early():
    """Its doubt is asked about at once, and the answer is taken to be as old as the horizon."""

    async def at_once(self, seconds):
        return not self._brakes.interrupted

    with patch.object(Patience, "wait", at_once), patch.object(states, "_release_seen", _at_once):
        yield


_instead("a pause is said, and not obeyed", Pacer, "hold", lambda *_: None)

_CLOCKS = {"jumps": True, "brief": True, "rude": 0.8, "late": False, "two_steps": False}
_QUERY = {"rude": 0.8, "late": False}
_PLAIN = {"late": False, "two_steps": False}

CAUGHT_BY: dict[str, tuple[int, dict[str, Any]]] = {
    "a pause is said, and not obeyed": (26, {}),
    "the intent is skipped": (0, {}),
    "the intent is recorded after the send": (2, {}),
    "a time-out is refused": (0, {}),
    "an absence is believed at once": (0, {}),
    "an absence is believed after the delay": (21, {}),
    "sent again after doubt, without asking": (0, {}),
    "-165 is counted as sold": (0, {}),
    "-165 is counted as bought": (0, {}),
    "a reservation is freed early": (17, {}),
    "429 does not count as spent": (101, {"steered": False}),
    "what an absence lost is forgotten": (12, {"late": True, "two_steps": False, "rude": 0.8}),
    "what was answered 429 is forgotten": (38, {}),
    "ages by the wall clock": (65, _CLOCKS),
    "ages that go on over a restart": (0, {"episode": "clock ahead", **_PLAIN}),
    "a clock that is blind to suspension": (6, {}),
    "a verdict is not fenced by the version": (0, {"episode": "another worker", **_PLAIN}),
    "the ledger's owned is not asked": (0, {}),
    "an answer is not fenced by its generation": (0, {"episode": "next generation", **_PLAIN}),
    "the negative control is not asked": (0, {"mood": "inquiry says yes to all", **_QUERY}),
    "a presence is believed by an earlier negative control": (0, {"mood": "inquiry turns to yes", **_QUERY}),
    "the positive control is not asked": (0, {}),
    "the positive control is not asked again": (42, {"mood": "inquiry loses its memory", "brief": True, **_QUERY}),
    "the shape of an absence is not compared": (0, {"mood": "inquiry hides a number", "brief": True, **_QUERY}),
    "what is ours was bought by us": (10, {}),
    "an account that was refused does not halt": (43, {}),
    "the first purchase does not go alone": (0, {}),
    "the clock of a reserved number begins anew with each process": (0, {"episode": "reserved", **_PLAIN}),
    "a verdict ends a release at once": (0, {"episode": "released late", **_PLAIN}),
    "given back without asking": (0, {"operators": True, **_PLAIN}),
    "a release without an answer is repeated blindly": (0, {"operators": True, **_PLAIN}),
    "what somebody else bought is given back": (0, {"episode": "bought anew", **_PLAIN}),
    "a release is believed not to have happened at once": (0, {"operators": True, **_PLAIN}),
    "a number given back keeps its generation": (
        0,
        {"operators": True, "people": True, "repeats": False, "late": False},
    ),
    "a released number may be claimed again by its run": (0, {"episode": "claimed again", **_PLAIN}),
}
"""From which seed on each is caught, and in which world where what shows it is rare: the same without it must pass."""
