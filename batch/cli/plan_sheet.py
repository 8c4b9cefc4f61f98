"""`plan -o PLAN.xlsx`: where the plan's page goes, and that it is written."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from batch.cli.pages import deliver_page
from batch.cli.results import report_options
from batch.ledger.records import LedgerKey
from batch.order import Orders
from batch.pool.options import PoolOptions
from batch.settings.model import Settings

if TYPE_CHECKING:
    from batch.plan.model import Plan
    from batch.reconciler.plan_facts import PlanFacts

_NAME = "another"
"""Added to the name of the page where a plan for another account stands there: an account may be called what no file is."""


def place_plan_page(wanted: Path, key: LedgerKey, orders: Orders, *, force: bool) -> Path:
    """Where the page goes. Raises UsageError where something stands there that is no plan's page (unless `force`), or orders."""
    from batch.reconciler.place import PLAN, Owner, place_for  # noqa: PLC0415 - only where it is written

    files = [one.path for one in orders.files]
    owner = Owner(key.account, key.environment.value)
    return place_for(wanted, kind=PLAN, owner=owner, name=_NAME, others=files, force=force)


def deliver_plan_page(
    path: Path, plan: Plan, facts: PlanFacts, settings: Settings, *, fallbacks: Sequence[Path] = ()
) -> Path | None:
    """Write the page to `path`, else elsewhere, and say so; None where no directory takes it."""
    from batch.reconciler.place import PLAN  # noqa: PLC0415 - only where it is written
    from batch.reconciler.plan_page import write_plan_page  # noqa: PLC0415

    options = report_options(settings)
    return deliver_page(
        path,
        lambda one: write_plan_page(one, plan, facts, options),
        kind=PLAN,
        owner=facts.owner,
        name="plan",
        fallbacks=fallbacks,
    )


def plan_facts(
    orders: Orders,
    key: LedgerKey,
    plan: Plan,
    options: PoolOptions,
    settings: Settings,
    now: datetime,
    *,
    until: datetime | None,
    group: str,
    plan_file: tuple[Path, str, datetime] | None = None,
) -> PlanFacts:
    """What the page needs to know. `plan_file` is the plan file that was written with it: its path, its id, when it expires."""
    from batch.cli.scene import facts  # noqa: PLC0415 - only where it is written
    from batch.reconciler.plan_facts import PlanFacts  # noqa: PLC0415

    who = facts(settings, now)
    if plan_file is not None:
        command = f"numbatch run --plan {shlex.quote(str(plan_file[0]))}"
    else:
        command = f"numbatch run {shlex.join(str(one.path) for one in orders.files)}"
    return PlanFacts(
        files=orders.files,
        key=key,
        made=now,
        user=who.user,
        host=who.host,
        version=who.version,
        rate=options.rate,
        command=command,
        until=until,
        max_spend=settings.max_spend,
        run="" if plan.preview.run is None else plan.preview.run.name,
        group=group,
        plan_id="" if plan_file is None else plan_file[1],
        expires=None if plan_file is None else plan_file[2],
    )
