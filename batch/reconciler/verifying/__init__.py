"""Holds a result workbook, whoever saved it since, against the ledger that it was written from.

`origin` says whose it is, by its own word; `expected` what the ledger would write now; `tables` and `pages` compare by value;
`since` tells which differences the ledger's later entries explain; `verifying` puts them together. Promise: every
difference in a fact of the run is listed, whatever spreadsheet program saved the file; what only looks different is none.
"""
