"""What a run and a resolve work with: environment, credentials, provider and ledger, opened in this order."""

from __future__ import annotations

import getpass
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from batch import __version__
from batch.cli import masking
from batch.cli.begin import Begun
from batch.cli.options import Rehearsal
from batch.cli.options_of import pool_options, request_timeout
from batch.cli.place import PROVIDER, LedgerPlace, find_environment, ledger_directory, ledger_place
from batch.errors import UsageError
from batch.files import make_private
from batch.ledger.records import Environment, InvocationFacts, LedgerKey
from batch.order import Orders
from batch.pool.options import PoolOptions
from batch.settings.credentials import Credentials, find_credentials
from batch.settings.model import Settings
from batch.settings.secret import Secret

if TYPE_CHECKING:
    from batch.clock import Clock
    from batch.ledger.sqlite import SqliteLedger
    from batch.provider.multitel.adapter import MultiTel

IN_PROCESS = "in process"
"""The place of a rehearsal whose simulator lives in the same process: its port is new each time."""
_SIMULATED_ACCOUNT = "rehearsal"
_BALANCE = 1_000_000
_LEAST_BETWEEN = Decimal(1)
"""Seconds between two requests of one look-up, at least, however fast the rest may be."""
_DEAREST = 20
"""More than any first charge of the simulator's."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where numbers are bought: which environment, at which host, with which login, into which ledger."""

    settings: Settings
    environment: Environment
    place: str
    ledger: LedgerPlace
    credentials: Credentials
    speed: float = 1
    temporary: bool = False
    """The ledger is gone when the run has ended."""

    @property
    def is_live(self) -> bool:
        """Whether money is spent."""
        return self.environment is Environment.LIVE


@asynccontextmanager
async def real_scene(begun: Begun) -> AsyncIterator[Scene]:
    """The scene that the settings mean. Raises UsageError where something is missing; nothing is made."""
    settings = begun.settings
    environment, place = await find_environment(settings)
    credentials = find_credentials(settings, begun.environ)
    masking.remember(credentials.password.reveal())
    account = settings.account.id or credentials.username
    key = LedgerKey(PROVIDER, environment, account, place)
    directory = ledger_directory(settings, begun.environ)
    yield Scene(settings, environment, place, ledger_place(directory, key), credentials)


@asynccontextmanager
async def simulated_scene(begun: Begun, rehearsal: Rehearsal, orders: Orders, clock: Clock) -> AsyncIterator[Scene]:
    """A simulator in this process, and a new ledger; one that was named stays, and what the simulator sold beside it.

    Reads no credentials at all. The simulator's prices are made up: no number costs more than its order expects, and the
    balance is enough for all.
    """
    from batch.provider.simulator import Simulator, SimulatorOptions, StateFileError  # noqa: PLC0415 - only for rehearsals

    settings = begun.settings
    if settings.environment is Environment.LIVE and "environment" in settings.explicit:
        raise UsageError("a simulation is never live", remedy="Leave out --environment live, or --simulate.")
    if not rehearsal.speed > 0:
        raise UsageError("--speed is a factor above 0", remedy="Write --speed 20, say.")
    async with AsyncExitStack() as stack:
        named = settings.ledger is not None and "ledger" in settings.explicit
        if settings.ledger is not None and named:
            directory = _made(settings.ledger)
        else:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="numbatch-rehearsal-")))
        account = settings.account.id or _SIMULATED_ACCOUNT
        options = SimulatorOptions(
            balance=Decimal(max(_BALANCE, _DEAREST * len(orders.rows))),
            quotes=_quotes(orders, settings),
            seed=rehearsal.seed,
            faults=rehearsal.faults,
            speed=rehearsal.speed,
            state=directory / "simulator.state" if named else None,
        )
        try:
            simulator = await stack.enter_async_context(Simulator(options, clock=clock))
        except (OSError, StateFileError) as error:
            raise UsageError(f"the simulator can't start: {error}") from None
        settings = replace(settings, base_url=simulator.base_url, allow_http=False)
        credentials = Credentials(options.username, Secret(options.password), simulator.base_url, "the simulator")
        key = LedgerKey(PROVIDER, Environment.REHEARSAL, account, IN_PROCESS)
        where = ledger_place(directory, key) if named else LedgerPlace(directory, key, directory / "heads")
        yield Scene(
            settings,
            Environment.REHEARSAL,
            IN_PROCESS,
            where,
            credentials,
            speed=rehearsal.speed,
            temporary=not named,
        )


def _made(directory: Path) -> Path:
    try:
        make_private(directory)
    except OSError as error:
        raise UsageError(f"the directory {directory} can't be made: {error.strerror or error}") from None
    return directory


async def open_ledger(
    scene: Scene, clock: Clock, options: PoolOptions, *, wait: float, create: bool = True
) -> SqliteLedger:
    """Open the scene's ledger under its lock. One for rehearsals is made in passing where `create`, a live one never."""
    from batch.ledger.sqlite import SqliteLedger  # noqa: PLC0415 - only for what buys

    where = scene.ledger
    return await SqliteLedger.open(
        where.directory,
        where.key,
        clock=clock,
        heads=where.heads,
        create=create and not scene.is_live,
        wait=wait,
        timing=options.timing,
    )


def require_rehearsals_ledger(scene: Scene) -> None:
    """Raise UsageError where a rehearsal has no ledger: it has nothing to be resolved, and none is made for that.

    LedgerUnusable where there was one; of a live ledger that is not there `open_ledger` tells.
    """
    from batch.ledger.sqlite import ledger_path, refuse_lost  # noqa: PLC0415 - as above

    where = scene.ledger
    if scene.is_live or ledger_path(where.directory, where.key).exists():
        return
    refuse_lost(where.directory, where.key, where.heads)
    raise UsageError(
        f"nothing is to be resolved: the rehearsal at {where.key.place} has no ledger in {where.directory}",
        remedy="`numbatch run` makes it. If there is one elsewhere, name its directory with --ledger.",
    )


class Access(Protocol):
    """What speaking to a provider takes: a scene has it, and so has a look-up, which needs no ledger."""

    @property
    def settings(self) -> Settings:
        """Which host, how patiently."""
        ...

    @property
    def credentials(self) -> Credentials:
        """The login."""
        ...

    @property
    def speed(self) -> float:
        """A rehearsal's factor."""
        ...


def new_provider(scene: Access, clock: Clock) -> MultiTel:
    """The provider of the scene, not yet connected. The password leaves its wrapping here, and nowhere else."""
    from batch.provider.multitel.adapter import MultiTel, MultiTelOptions  # noqa: PLC0415 - only for what sends

    settings = scene.settings
    options = MultiTelOptions(
        username=scene.credentials.username,
        password=scene.credentials.password.reveal(),
        base_url=settings.base_url,
        timeout=request_timeout(settings, scene.speed),
        workers=settings.workers,
        between=float(max(_LEAST_BETWEEN, 1 / settings.rate)),
        allow_http=settings.allow_http,
    )
    return MultiTel(options, clock=clock)


def options_of(scene: Scene, now: datetime, *, retry_refused: bool = False, rebuy: bool = False) -> PoolOptions:
    """What the pool works by, in this scene."""
    return pool_options(scene.settings, now, retry_refused=retry_refused, rebuy=rebuy, speed=scene.speed)


def facts(settings: Settings, now: datetime) -> InvocationFacts:
    """Who runs what, where."""
    return InvocationFacts(
        started=now,
        user=user_name(),
        host=socket.gethostname(),
        pid=os.getpid(),
        version=__version__,
        settings=settings.told(),
    )


def user_name() -> str:
    """Who runs this: the login name, or the number where there is none (a container)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())


def _quotes(orders: Orders, settings: Settings) -> dict[str, Decimal]:
    """What each number's first charge is expected to be at worst, where the order or the settings say."""
    quotes = {}
    for row in orders.rows:
        quote = settings.price if row.price is None else row.price
        if quote is not None:
            quotes[str(row.number)] = quote
    return quotes
