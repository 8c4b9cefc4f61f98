"""What the account's answer about a number means: a verdict, or none yet.

A presence is believed after the negative control has answered once more; an absence from the horizon on (from the delay on,
where nothing was sent), and after the positive control has shown once more. Until then they wait here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from batch.fields import FieldTable
from batch.ledger.attempts import Doubt, OpenRow, OwnedAnswer, SeenNote
from batch.ledger.events import Absent, Present, Rebuy
from batch.ledger.protocol import Ledger
from batch.ledger.records import Begun
from batch.ledger.states import Step
from batch.pool.brakes import Brakes
from batch.pool.feed import Feed
from batch.pool.notices import Alarm, Tell
from batch.pool.options import PoolOptions
from batch.provider.protocol import Blocked, Inquiry, NotOwned, Owned, Unclear
from batch.reconciler.agenda import Agenda, Question
from batch.reconciler.attribution import attribute, marked_by, unanswered
from batch.reconciler.calibration import Calibration, Trust
from batch.reconciler.outcomes import Outcomes
from batch.reconciler.prices import Quotes

_VOUCHED = 100
"""Absences that one look at the positive control vouches for, and presences that one at the negative control does."""
_SOON = 0.25
"""Seconds within which further questions are waited for before a control is asked."""
_OWN_TEXT = "Description"
"""The field that holds the marks, and that people edit: how it differs tells nothing beyond them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an inquiry that began at this `age` of the doubt showed; no `doubt`: of a number that the ledger says is ours."""

    question: Question
    doubt: Doubt | None
    age: float
    answer: Inquiry


class Verdicts:
    """One invocation's answers about numbers in doubt, and about those that other runs bought."""

    def __init__(
        self,
        begun: Begun,
        *,
        fields: FieldTable,
        ledger: Ledger,
        calibration: Calibration,
        agenda: Agenda,
        outcomes: Outcomes,
        quotes: Quotes,
        feed: Feed,
        brakes: Brakes,
        options: PoolOptions,
        tell: Tell,
    ) -> None:
        self._run = begun.run.name
        self._invocation = begun.invocation
        self._fields = fields
        self._ledger = ledger
        self._calibration = calibration
        self._agenda = agenda
        self._outcomes = outcomes
        self._quotes = quotes
        self._feed = feed
        self._brakes = brakes
        self._timing = options.timing
        self._give_up_after = options.outage_give_up_after
        self._rebuy = options.rebuy
        self._tell = tell
        self._absences: list[Seen] = []
        self._presences: list[tuple[Seen, Owned]] = []
        self._looking = False
        self._said_no_control = False
        self._said_no_answer = False

    # One answer ------------------------------------------------------------------------------------------------------------

    async def judge(self, seen: Seen) -> None:
        """Take a verdict, or have the question asked again, or wait for a control."""
        match seen.answer:
            case NotOwned() | Unclear(fatal=False) if seen.question.lost:
                self._drop(seen.question)
            case Owned() as owned:
                self._brakes.sees()
                self._presences.append((seen, owned))
            case NotOwned():
                self._brakes.sees()
                sent = seen.doubt is not None and seen.doubt.row.open is not None
                if seen.age >= (self._timing.horizon if sent else self._timing.delay):
                    self._absences.append(seen)
                else:
                    seen.question.unusable_since = None
                    self._agenda.schedule(seen.question)
            case Unclear(fatal=True, reason=reason):
                self._brakes.halt(reason)
                self._drop(seen.question)
            case Unclear():
                self._later(seen)
            case Blocked(code):
                self.block(code)
            case _:
                assert_never(seen.answer)

    async def _look_for_presences(self, presences: Sequence[tuple[Seen, Owned]]) -> None:
        """Ask the negative control, and take the verdicts that wait for it: a query may have turned since it last answered."""
        first, _ = presences[0]
        trust = await self._calibration.presences(first.question.number, afterwards=True)
        if trust is Trust.GOOD:
            for seen, owned in presences:
                await self._present(seen, owned)
        else:
            self._distrust(trust, [seen for seen, _ in presences])

    async def _present(self, seen: Seen, owned: Owned) -> None:
        question, doubt = seen.question, seen.doubt
        if doubt is None:
            if (row := self._take(question)) is not None:
                await self._outcomes.owned(row, OwnedAnswer.OWNED)
            return
        # Who bought it shows in its mark, else in the date, the better the more is known of the account: that is worth a wait.
        could = unanswered(doubt) if marked_by(doubt, owned.description) is None else []
        earlier = any(one.invocation != self._invocation for one in could)
        if (
            could
            and owned.created is not None
            and not await self._calibration.learn_zone(earlier=earlier)
            and seen.age < self._timing.horizon
        ):
            self._agenda.schedule(question)
            return
        who = attribute(
            doubt,
            None if self._calibration.went_back(could) else owned.created,
            self._calibration.zone,
            description=owned.description,
            unlike=self._unlike(question, owned),
            ahead=self._calibration.ahead,
        )
        event = Present(doubt.row.version, seen.age, calibrated=True, bought_by=who.run)
        note = SeenNote(by=who.by, created=owned.created, setup=owned.setup, monthly=owned.monthly)
        step = await self._ledger.verdict(question.number, event, note)
        if who.run == self._run:
            self._quotes.compare(question.row, owned.setup, owned.monthly)
        await self._resolved(question, step)

    def _unlike(self, question: Question, owned: Owned) -> str:
        """This run, where its order asked for something else than the account has; else nobody: other runs' orders are not at hand."""
        asked = {} if question.row is None else question.row.fields
        differing = self._fields.differing(asked, owned.holding)
        return self._run if any(one.name != _OWN_TEXT for one in differing) else ""

    async def _resolved(self, question: Question, step: Step) -> None:
        if step.rule in {"A2", "A5", "R5"}:  # it has changed since it was asked about
            self._agenda.schedule(question)
        elif (row := self._take(question)) is not None:
            await self._outcomes.resolved(row, step)

    # Controls ------------------------------------------------------------------------------------------------------------

    def must_look(self, *, asking: bool) -> bool:
        """Whether a control is to be asked now: answers wait for it, and no further one is about to come."""
        waiting = max(len(self._absences), len(self._presences))
        if not waiting or self._looking:
            return False
        more = asking or self._agenda.next_in() <= _SOON
        return waiting >= _VOUCHED or not more

    async def look_at_controls(self) -> None:
        """Ask the controls that answers wait for, and take the verdicts."""
        self._looking = True
        presences, self._presences = self._presences[:_VOUCHED], self._presences[_VOUCHED:]
        absences, self._absences = self._absences[:_VOUCHED], self._absences[_VOUCHED:]
        try:
            if presences:
                await self._look_for_presences(presences)
            if absences:
                await self._look_for_absences(absences)
        finally:
            self._looking = False

    async def _look_for_absences(self, absences: Sequence[Seen]) -> None:
        """Ask the positive control, and take the verdicts that wait for it."""
        trust = await self._calibration.absences(absences[0].question.number)
        if trust is Trust.GOOD:
            for absence in absences:
                await self._believe(absence)
        else:
            self._distrust(trust, absences)

    async def _believe(self, absence: Seen) -> None:
        question, doubt = absence.question, absence.doubt
        if not (isinstance(absence.answer, NotOwned) and self._calibration.says_absent(absence.answer)):
            self._later(absence)
        elif doubt is None:
            if (row := self._take(question)) is not None:
                await self._outcomes.gone(row, Rebuy(question.version, absence.age) if self._rebuy else None)
        else:
            event = Absent(doubt.row.version, absence.age, calibrated=True)
            await self._resolved(question, await self._ledger.verdict(question.number, event, SeenNote()))

    # Without a verdict -----------------------------------------------------------------------------------------------------

    def _distrust(self, trust: Trust, waiting: Sequence[Seen]) -> None:
        """The answers can't be believed, or not yet."""
        match trust:
            case Trust.BROKEN:
                self._brakes.halt(self._calibration.complaint)
                self.drop_all()
            case Trust.BLOCKED:
                self.block(self._calibration.blocked)
            case Trust.LATER | Trust.GOOD:
                for seen in waiting:
                    self._later(seen)
            case Trust.NONE:
                for seen in waiting:
                    self._without_control(seen.question)
            case _:
                assert_never(trust)

    def _later(self, seen: Seen) -> None:
        """No usable answer: ask again, unless that has gone on for too long past the horizon."""
        silence = self._agenda.silence(seen.question)
        if seen.age >= self._timing.horizon and silence >= self._give_up_after:
            if not (seen.doubt is None or seen.question.lost):
                self._say_no_answer(seen, silence)
            self._drop(seen.question)
        else:
            self._agenda.schedule(seen.question)

    def _say_no_answer(self, seen: Seen, silence: float) -> None:
        """Say why it stays in doubt, for the first of them: the others will have the same reason."""
        if not self._said_no_answer:
            self._said_no_answer = True
            why = seen.answer.reason if isinstance(seen.answer, Unclear) else "what it says can't be checked"
            words = f"stays in doubt: the account query gave no usable answer for {silence:.0f} s ({why})"
            self._tell(Alarm(f"{seen.question.number} {words}; `numbatch resolve` asks again"))

    def _without_control(self, question: Question) -> None:
        """The account has no control yet; a purchase may still bring one."""
        if not (self._brakes.ending or self._brakes.full or self._feed.idle):
            self._agenda.schedule(question)
            return
        if not (question.owned or question.lost or self._said_no_control):
            self._said_no_control = True
            words = "stays in doubt: the account has no number by which its answers could be checked"
            self._tell(
                Alarm(f"{question.number} {words}; look there, then `numbatch resolve --accept NUMBER=ours|not`")
            )
        self._drop(question)

    def block(self, code: int) -> None:
        """The account itself was refused: nothing more can be found out."""
        self._brakes.refuse_account(code)
        self.drop_all()

    def drop_all(self) -> None:
        """Give up whatever is open."""
        for question in self._agenda.all():
            self._drop(question)

    def _drop(self, question: Question) -> None:
        """Give it up for this invocation: it stays as the ledger has it."""
        row = self._take(question)
        if row is not None:
            if question.owned and self._rebuy:
                self._outcomes.unasked(row.number)
            self._outcomes.given_up()

    def hand_back(self, question: Question) -> None:
        """It is in doubt no more, by somebody else's verdict."""
        if (row := self._take(question)) is not None:
            self._outcomes.again(row)

    def _take(self, question: Question) -> OpenRow | None:
        """Strike it off the agenda; the row that waits for it, None where it was struck off before or has none."""
        return question.row if self._agenda.remove(question) else None
