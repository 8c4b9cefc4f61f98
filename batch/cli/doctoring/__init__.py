"""What `numbatch doctor` looks at, and how it says so.

This machine (`machine`), the ledger (`ledgers`), the host (`host`), and what the provider really answers: asked in `questions`,
judged in `answers` against what the program assumes of it.

Promise: nothing is bought or given back, nothing is changed, and each finding says what to do. `report` writes what can be sent
to somebody else: no login, no whole number.
"""
