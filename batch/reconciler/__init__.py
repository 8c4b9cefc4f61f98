"""Finds out what is in doubt, then tells finance: the result workbook, written from the ledger and only from the ledger.

`report` writes the workbook of a run, `place` says where it goes, `results` what each row says, `totals` what they come
to. Promise: rows in = ledger = workbook; what was charged adds up on every sheet; nothing from outside is a formula; a
workbook appears whole or not at all. Imports the ledger's and the provider's protocols and the shared nouns, of the loader only
what reads a workbook again, never SQL, HTTP, the plan or the pool.
"""
