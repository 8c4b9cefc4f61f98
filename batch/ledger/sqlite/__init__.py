"""The embedded ledger: one SQLite file for each provider, environment and account, bought with by one process at a time.

Promise: what `claim` and `answer` acknowledge survives a power cut; a file that is missing, older, damaged, locked or
another account's is refused before anything is bought. Imports the shared nouns and the ledger's own only.
"""

from batch.ledger.sqlite.ledger import SqliteLedger
from batch.ledger.sqlite.making import create_ledger, list_ledgers, verify_ledger
from batch.ledger.sqlite.place import ledger_path
from batch.ledger.sqlite.reader import SqliteReader
from batch.ledger.sqlite.rebuild import Found, Rebuild

__all__ = [
    "Found",
    "Rebuild",
    "SqliteLedger",
    "SqliteReader",
    "create_ledger",
    "ledger_path",
    "list_ledgers",
    "verify_ledger",
]
