"""Sends the purchases: workers, the pacer, brakes and halts.

Promise: a number is claimed in the ledger, durably, before it is sent; what came of it is durable before it counts; no more
leaves than the rate allows, purchases and questions together. Knows a `Provider` and a `Ledger` by their protocols, nothing
of HTTP or SQL. Imports those protocols and the shared nouns.
"""
