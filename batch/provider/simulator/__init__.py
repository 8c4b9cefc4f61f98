"""A provider of numbers on this machine, for rehearsals and tests: no account, no money.

Promise: it answers as the provider documents, keeps a record of its own of what it sold, and fails on request, always
in the same way for the same seed. It imports nothing of the package but the clock, and the client's adapter not at
all: two independent readings of one document, so that a mistake in either shows.

    async with Simulator(SimulatorOptions(seed=7, faults="typical")) as simulator:
        ...  # buy at simulator.base_url, with the options' user name and password
        record = simulator.record()  # what was charged, what is held, what was asked

- `world`: what the provider knows (stock, accounts, holdings, charges), in the nouns of `records`; no sockets.
- `lookups`: what it answers to who only asks.
- `server`: the sockets, and the faults of the way; `simulator` ties the two and the state file together.
- `faults`: what can go wrong, and the seeded plans that choose; `magic`: numbers that always go wrong in one way.
"""

from batch.provider.simulator.catalogue import Price
from batch.provider.simulator.faults import Answer, Execution, Fault, FaultPlan, StockChange
from batch.provider.simulator.journal import StateFileError
from batch.provider.simulator.magic import MagicNumber, magic_numbers
from batch.provider.simulator.options import Absence, AreasBy, Inquiry, SimulatorOptions
from batch.provider.simulator.records import Account, Charge, Holding, Record
from batch.provider.simulator.simulator import Simulator, serve
from batch.provider.simulator.world import World

__all__ = [
    "Absence",
    "Account",
    "Answer",
    "AreasBy",
    "Charge",
    "Execution",
    "Fault",
    "FaultPlan",
    "Holding",
    "Inquiry",
    "MagicNumber",
    "Price",
    "Record",
    "Simulator",
    "SimulatorOptions",
    "StateFileError",
    "StockChange",
    "World",
    "magic_numbers",
    "serve",
]
