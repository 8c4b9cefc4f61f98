"""`run --plan`: a plan file is carried out as it was agreed to, once, or refused with what is different and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli.begin import Begun
from batch.cli.options import Reading
from batch.cli.options_of import time_zone
from batch.cli.place import host_and_port
from batch.cli.request import Request
from batch.errors import UsageError
from batch.ledger.prospects import Prospect
from batch.ledger.reading import LedgerReader
from batch.ledger.records import Invocation, Run
from batch.money import format_money
from batch.number import Number
from batch.number.wording import first_of
from batch.order import Chosen, Orders, Row
from batch.plan.catalogue import Catalogue
from batch.plan.frozen import FrozenPlan, digest_of, read_plan
from batch.plan.quote import Quote

if TYPE_CHECKING:
    from batch.cli.scene import Scene

FACT = "plan"
"""The name of an invocation's fact that says which plan it carried out."""
_AGAIN = "Make the plan again: numbatch plan ORDERS -o plan.json"
BY_SETTING = ("sheet", "default_country", "max_block")
"""How orders are read that may stand in the settings, beside what is a flag alone."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A plan that is carried out, and the file that it stands in."""

    path: Path
    plan: FrozenPlan

    def refusal(self, why: str, remedy: str = _AGAIN) -> UsageError:
        """Why it is not carried out."""
        return UsageError(f"the plan {self.path} is not carried out: {why}", remedy=f"Nothing was sent. {remedy}")

    def orders(self, begun: Begun, request: Request) -> Orders:
        """The orders that it is of, with the numbers that were chosen. Raises UsageError where they are other ones now."""
        from batch.cli.orders import load_orders  # noqa: PLC0415 - with its readers
        from batch.loader import with_chosen  # noqa: PLC0415

        missing = [one for one in request.paths if not one.is_file()]
        if missing:
            raise self.refusal(f"there is no {missing[0]}", "Put it back where it was, or beside the plan.")
        orders = load_orders(request.paths, begun.settings, request.reading)
        if self.plan.choices and len(orders.wishes) == len(self.plan.choices):
            orders = with_chosen(orders, Chosen(self.plan.choices))
        if orders.key != self.plan.key:
            files = zip(request.paths, self.plan.files, strict=True)
            changed = [str(path) for path, one in files if digest_of(path) != one.sha256]
            what = f"{', '.join(changed)} changed" if changed else "the settings that it is read by changed"
            raise self.refusal(f"{what} since it was made")
        return orders

    def require_current(self, now: datetime, zone: tzinfo) -> None:
        """Raise UsageError where it has expired."""
        if now >= self.plan.expires:
            raise self.refusal(f"it expired {self.plan.expires.astimezone(zone):%Y-%m-%d %H:%M}")

    def require_account(self, scene: Scene) -> None:
        """Raise UsageError where it was made for another account, environment or host."""
        key, settings = scene.ledger.key, scene.settings
        now = (key.provider, key.environment.value, key.account, host_and_port(settings.base_url))
        made = (self.plan.provider, self.plan.environment, self.plan.account, self.plan.host)
        for what, theirs, ours in zip(("provider", "environment", "account", "host"), made, now, strict=True):
            if theirs != ours:
                raise self.refusal(
                    f"it was made for {what} {theirs}, and this is {ours}", f"Choose that {what}, or make another plan."
                )

    def require_open(self, reader: LedgerReader, prospect: Prospect, rows: Sequence[Row], zone: tzinfo) -> None:
        """Raise UsageError where it was carried out already: a run has used it, and nothing is left that it may do."""
        if rows or prospect.preview.in_doubt:
            return
        used = self._used(reader)
        if used is not None:
            run, invocation = used
            when = invocation.facts.started if invocation.end is None else invocation.end.ended
            raise self.refusal(
                f"run {run.name} did, {when.astimezone(zone):%Y-%m-%d %H:%M}",
                "A plan is carried out once: make another for what is still wanted.",
            )

    def _used(self, reader: LedgerReader) -> tuple[Run, Invocation] | None:
        """The last invocation that carried it out."""
        for run in reader.runs():
            for one in reversed(reader.report(run).invocations):
                if one.facts.settings.get(FACT) == self.plan.id:
                    return run, one
        return None

    def require_prices(self, rows: Sequence[Row], catalogue: Catalogue) -> None:
        """Raise UsageError where one of `rows`, or an alternative of one, is listed at another price than the plan has."""
        changed = []
        for number in (one for row in rows for one in (Number(row.number), *row.alternatives)):
            then, now = self.plan.prices.get(number), catalogue.quote(number)
            if then is not None and now is not None and then != now:
                changed.append(f"{number} {_words(then)}, now {_words(now)}")
        if changed:
            raise self.refusal(f"{len(changed):,} prices changed: {first_of(changed, between='; ')}")

    def quotes(self, listed: Mapping[Number, Quote]) -> Mapping[Number, Quote]:
        """The plan's prices, and what is `listed` now of numbers that it had none of."""
        return {**listed, **self.plan.prices}


def take_up(path: Path, begun: Begun, request: Request, now: datetime) -> tuple[Begun, Request, Carried]:
    """The plan at `path`, with settings and request as it binds them: flags may only tighten.

    Raises UsageError where it can't be read or has expired, or where something is asked for beside it that is the plan's to say.
    """
    _refuse_beside(request)
    plan = read_plan(path)
    carried = Carried(path, plan)
    settings = begun.settings
    carried.require_current(now, time_zone(settings))
    bound = plan.max_spend if settings.max_spend is None else min(plan.max_spend, settings.max_spend)
    most = plan.max_numbers if settings.max_numbers is None else min(plan.max_numbers, settings.max_numbers)
    said = plan.reading
    by_setting = {name: said[name] for name in BY_SETTING if name in said}
    flags = {one.name: said[one.name] for one in fields(Reading) if one.name in said and one.name not in BY_SETTING}
    if not settings.look_up and "look_up" in settings.explicit:
        raise UsageError(
            "--plan and --no-look-up don't go together: the plan's prices are held against those of now",
            remedy="Leave out --no-look-up.",
        )
    settings = replace(settings, max_spend=bound, max_numbers=most, look_up=True, **by_setting)
    request = replace(
        request,
        paths=[one.find(path) for one in plan.files],
        reading=replace(request.reading, **flags),
        skip_invalid=bool(said.get("skip_invalid")),
        retry_refused=bool(said.get("retry_refused")),
        rebuy=bool(said.get("rebuy")),
        carried=carried,
    )
    return replace(begun, settings=settings), request, carried


def _refuse_beside(request: Request) -> None:
    given = [f"--{one.name.replace('_', '-')}" for one in fields(Reading) if getattr(request.reading, one.name)]
    more = {
        "ORDERS": request.paths,
        "--simulate": request.rehearsal.simulate,
        "--skip-invalid": request.skip_invalid,
        "--retry-refused": request.retry_refused,
        "--rebuy": request.rebuy,
    }
    given += [name for name, wanted in more.items() if wanted]
    if given:
        raise UsageError(
            f"--plan and {given[0]} don't go together: the plan says it",
            remedy=f"Leave out {', '.join(given)}, or --plan.",
        )


def _words(quote: Quote) -> str:
    return f"{format_money(quote.setup)} + {format_money(quote.monthly)}"
