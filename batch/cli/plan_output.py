"""`plan -o`: the page to sign (.xlsx), and the plan that `run --plan` carries out once (.json)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

from batch.cli.carrying import BY_SETTING
from batch.cli.options import Reading
from batch.cli.options_of import plan_limits
from batch.cli.outlook import Outlook
from batch.cli.output import say, tell
from batch.cli.place import host_and_port
from batch.cli.plan_sheet import deliver_plan_page, place_plan_page, plan_facts
from batch.cli.planning import quotes_of
from batch.clock import random_id
from batch.errors import UsageError
from batch.plan import rows_to_buy
from batch.plan.frozen import FrozenFile, FrozenPlan, is_plan, write_plan
from batch.settings.model import Settings

PAGE = ".xlsx"
PLAN = ".json"


def check_outputs(outputs: Sequence[Path], orders: Sequence[Path], *, force: bool) -> None:
    """Raise UsageError where a name says neither page nor plan, or where something stands that is no plan (unless `force`)."""
    for path in outputs:
        kind = path.suffix.lower()
        if kind not in {PAGE, PLAN}:
            raise UsageError(f"-o {path} is neither {PAGE} nor {PLAN}", remedy="Write -o PLAN.xlsx, or -o plan.json.")
        if sum(one.suffix.lower() == kind for one in outputs) > 1:
            raise UsageError(f"-o names two {kind} files", remedy="Name one of each.")
        if any(_is_same(path, one) for one in orders):
            raise UsageError(f"-o {path} is the order workbook itself", remedy="Name another file.")
        if kind == PLAN and os.path.lexists(path) and not (force or is_plan(path)):
            raise UsageError(f"{path} is there, and is no plan", remedy="Name another file, or --force to replace it.")


def tell_refusal(outputs: Sequence[Path], ahead: Outlook, settings: Settings, *, force: bool) -> None:
    """Say why no plan is written, where one is wanted: before the verdict, for that is of the run alone."""
    for path in outputs:
        why = _refusal(ahead, settings, force=force) if path.suffix.lower() == PLAN else ""
        if why:
            tell(f"numbatch: no plan is written to {path}: {why}")


def write_outputs(
    outputs: Sequence[Path],
    ahead: Outlook,
    settings: Settings,
    reading: Reading,
    read_as: Mapping[str, bool],
    *,
    force: bool,
    quiet: bool,
) -> bool:
    """Write what is wanted, the plan first, for the page names it; whether all of it could be written: see `tell_refusal`."""
    done = True
    plan_file: tuple[Path, str, datetime] | None = None
    for path in sorted(outputs, key=lambda one: one.suffix.lower() != PLAN):
        if path.suffix.lower() == PLAN:
            if _refusal(ahead, settings, force=force):
                done = False
                continue
            frozen = freeze(path, ahead, settings, reading, read_as)
            write_plan(path, frozen)
            plan_file = (path, frozen.id, frozen.expires)
        else:
            written = _write_page(path, ahead, settings, plan_file, force=force)
            done = done and written is not None
            path = written or path  # noqa: PLW2901 - where it went
        if not quiet:
            say(str(path))
    return done


def _write_page(
    path: Path, ahead: Outlook, settings: Settings, plan_file: tuple[Path, str, datetime] | None, *, force: bool
) -> Path | None:
    place = place_plan_page(path, ahead.key, ahead.orders, force=force)
    about = plan_facts(
        ahead.orders,
        ahead.key,
        ahead.plan,
        ahead.options,
        settings,
        ahead.now,
        until=ahead.options.until,
        group=settings.group_by or "",
        plan_file=plan_file,
    )
    return deliver_plan_page(place, ahead.plan, about, settings)


def _refusal(ahead: Outlook, settings: Settings, *, force: bool) -> str:
    """Why no plan is written; empty where one is."""
    if ahead.orders.wishes:
        return "numbers are left open, and none could be chosen for them"
    if not ahead.key.account:
        return "nothing says for which account: set NUMBATCH_USERNAME, or `id` in [accounts.NAME]"
    if settings.max_spend is None and ahead.plan.cost is None:
        return "nothing tells what it may cost: give --price, the Price column or --max-spend"
    if not ahead.plan.go and not force:
        return "it is NO-GO (--force writes it all the same)"
    return ""


def freeze(path: Path, ahead: Outlook, settings: Settings, reading: Reading, read_as: Mapping[str, bool]) -> FrozenPlan:
    """The plan as it goes into the file at `path`. Its bounds are the user's, else what it comes to."""
    plan, prospect = ahead.plan, ahead.prospect
    rows = rows_to_buy(ahead.orders, prospect, plan_limits(ahead.options))
    cost = plan.spent + plan.worst
    bound = cost if settings.max_spend is None else settings.max_spend
    folder = path.absolute().parent
    flags = {one.name: getattr(reading, one.name) for one in fields(reading)}
    return FrozenPlan(
        id=random_id(),
        made=ahead.now,
        expires=ahead.now + timedelta(seconds=settings.plan_expires),
        provider=ahead.key.provider,
        environment=ahead.key.environment.value,
        host=host_and_port(settings.base_url),
        account=ahead.key.account,
        files=tuple(
            FrozenFile(str(one.path.absolute()), os.path.relpath(one.path.absolute(), folder), one.sha256, one.sheet)
            for one in ahead.orders.files
        ),
        reading={**flags, **{name: getattr(settings, name) for name in BY_SETTING}, **read_as},
        key=ahead.orders.key,
        numbers=plan.to_buy,
        max_spend=bound,
        max_numbers=prospect.bought + plan.to_buy,
        prices=quotes_of(rows, ahead.catalogue),
        choices=ahead.chosen.choices,
    )


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
