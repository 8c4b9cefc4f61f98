"""What the look-ups and the account query answer: bodies, from what the world knows. No sockets and no faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from batch.clock import Clock
from batch.provider.simulator import answers
from batch.provider.simulator.options import Inquiry, SimulatorOptions
from batch.provider.simulator.records import Holding
from batch.provider.simulator.world import World

_Form = Mapping[str, str]


class LookUps:
    """Answers what is only asked. `inquiry` may be changed at any time; how the account query *fails* is not decided here."""

    def __init__(self, world: World, options: SimulatorOptions, clock: Clock) -> None:
        self.inquiry = options.inquiry
        self._world = world
        self._options = options
        self._clock = clock
        self._functions: Mapping[str, Callable[[_Form], bytes]] = {
            "getdidinfo": self._did_info,
            "getringto": self._ring_to,
            "getdids": self._dids,
            "getcountries": lambda _form: answers.countries(options.iso_letters),
            "getareas": lambda form: answers.areas(form, options.areas_by),
            "getbalance": self._balance,
        }

    def __contains__(self, function: str) -> bool:
        """Whether `function` is a look-up."""
        return function in self._functions

    def answer(self, function: str, form: _Form) -> bytes:
        """Return the body that answers `form`."""
        return self._functions[function](form)

    def _did_info(self, form: _Form) -> bytes:
        username, number = form["UserName"], form.get("Number", "")
        holding: Holding | None
        match self.inquiry:
            case Inquiry.ALL_OURS:
                holding = Holding(number, username, self._world.price(number), self._clock.now())
            case Inquiry.NONE_OURS:
                holding = None
            case _:
                holding = self._world.shown(username, number)
        if holding is None:
            return self._absent()
        return answers.held(holding, self._options.zone, texts_only=number in self._world.texts_only)

    def _ring_to(self, form: _Form) -> bytes:
        holding = self._world.shown(form["UserName"], form.get("Number", ""))
        return self._absent() if holding is None else answers.ring_to(holding)

    def _dids(self, form: _Form) -> bytes:
        prefix, longest = form.get("CountryCode", ""), self._options.longest_prefix
        known = longest is None or len(prefix) <= longest
        numbers = self._world.in_stock(prefix, self._options.listed) if known else []
        return answers.stock([(number, self._world.price(number)) for number in numbers], self._world.texts_only)

    def _balance(self, form: _Form) -> bytes:
        balance = self._world.accounts[form["UserName"]].balance
        return answers.returned(balance, as_string=self._options.return_as_string)

    def _absent(self) -> bytes:
        options = self._options
        return answers.absent(options.absent_as, options.absent_code, as_string=options.return_as_string)
