"""`numbatch simulate`: a local provider for rehearsals."""

from __future__ import annotations

import asyncio
import signal
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from batch.cli.begin import begin
from batch.cli.options import COMMON, Common, Json
from batch.cli.output import Column, say, say_json, say_table
from batch.errors import UsageError

if TYPE_CHECKING:
    from batch.provider.simulator import Simulator, SimulatorOptions

_LIST = Annotated[
    bool, Parameter(name="--list", show_default=False, help="Print the magic numbers, and serve nothing.")
]
_PORT = Annotated[int, Parameter(metavar="N", help="The port to serve at; 0: any free one.")]
_FAULTS = Annotated[Literal["none", "typical", "storm"], Parameter(help="What goes wrong with purchases on the way.")]
_LOOKUP_FAULTS = Annotated[
    Literal["none", "typical", "storm"], Parameter(help="What goes wrong with look-ups and account queries.")
]
_RELEASE_FAULTS = Annotated[Literal["none", "typical", "storm"], Parameter(help="What goes wrong with releases.")]
_SEED = Annotated[int, Parameter(metavar="N", help="The same seed meets the same faults.")]
_SPEED = Annotated[float, Parameter(metavar="N", help="How many times faster than real everything simulated goes.")]
_LAG = Annotated[float, Parameter(metavar="SECONDS", help="Until its account query notices a purchase.")]
_BALANCE = Annotated[Decimal, Parameter(metavar="AMOUNT", help="What its account begins with.")]
_CAP = Annotated[int | None, Parameter(metavar="N", help="Requests a second above which it answers 429.")]
_STATE = Annotated[Path | None, Parameter(metavar="FILE", help="Remembers what was sold, over restarts.")]


def simulate(
    *,
    list_: _LIST = False,
    port: _PORT = 0,
    faults: _FAULTS = "none",
    lookup_faults: _LOOKUP_FAULTS = "none",
    release_faults: _RELEASE_FAULTS = "none",
    seed: _SEED = 0,
    speed: _SPEED = 1,
    lag: _LAG = 0,
    balance: _BALANCE = Decimal(1_000_000),
    rate_cap: _CAP = None,
    state: _STATE = None,
    json: Json = False,
    common: Common = COMMON,
) -> int:
    """Serve a local provider for rehearsals, with faults on request, until it is interrupted. No account, no money.

    Prints its base URL first. What is bought from it is a rehearsal; some numbers always go wrong in one way (--list).

    For example:
        numbatch simulate --port 8080 --faults typical
        NUMBATCH_USERNAME=rehearsal NUMBATCH_PASSWORD=no-secret numbatch run orders.xlsx --base-url http://127.0.0.1:8080/json
    """
    begin(common)
    from batch.provider.simulator import SimulatorOptions, StateFileError  # noqa: PLC0415 - when asked for

    if list_:
        _list(as_json=json)
        return 0
    try:
        options = SimulatorOptions(
            port=port,
            faults=faults,
            lookup_faults=lookup_faults,
            release_faults=release_faults,
            seed=seed,
            speed=speed,
            lag=lag,
            balance=balance,
            rate_cap=rate_cap,
            state=state,
        )
        asyncio.run(_serve(options, as_json=json))
    except (ValueError, StateFileError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"the simulator can't start: {error.strerror or error}") from None
    return 0


def _list(*, as_json: bool) -> None:
    from batch.provider.simulator import magic_numbers  # noqa: PLC0415 - as above

    found = magic_numbers()
    if as_json:
        say_json([{"number": one.number, "does": one.does} for one in found])
    else:
        say_table([Column("Number"), Column("A purchase of it")], [(one.number, one.does) for one in found])


async def _serve(options: SimulatorOptions, *, as_json: bool) -> None:
    """Serve until SIGINT or SIGTERM: being told to end is how it ends well."""
    from batch.provider.simulator import serve  # noqa: PLC0415 - as above

    loop = asyncio.get_running_loop()
    serving = asyncio.create_task(serve(options, lambda simulator: _announce(simulator, as_json=as_json)))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        if not serving.cancelled():
            raise


def _announce(simulator: Simulator, *, as_json: bool) -> None:
    login = simulator.options.username, simulator.options.password
    if as_json:
        say_json({"base_url": simulator.base_url, "username": login[0], "password": login[1]})
        return
    say(simulator.base_url)
    say(f"  user name {login[0]}, password {login[1]}; Ctrl-C ends it")
