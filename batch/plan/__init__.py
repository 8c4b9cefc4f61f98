"""Orders against the ledger and what was looked up, before anything is bought: what is to be bought, what it costs, what would stop it.

Promise: no purchase is sent here, and what a plan says would be bought is what a run would send. `make_plan` and all that it
is made of are pure; `looking` alone asks the provider, and only for what it lists; `keeping` keeps what was listed, and
`frozen` plans, in files. What is not known is said to be so, and never guessed. Imports the ledger's records, the
provider's protocol and the shared nouns.
"""

from __future__ import annotations

from batch.plan.making import Known, empty_prospect, make_plan, rows_to_buy
from batch.plan.model import Group, Limits, Pace, Plan, PriceClass, PricedBy

__all__ = [
    "Group",
    "Known",
    "Limits",
    "Pace",
    "Plan",
    "PriceClass",
    "PricedBy",
    "empty_prospect",
    "make_plan",
    "rows_to_buy",
]
