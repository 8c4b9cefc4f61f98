"""The embedded ledger: one SQLite file for each provider, environment and account, bought with by one process at a time.

Promise: what `claim` and `answer` acknowledge survives a power cut; a file that is missing, older, damaged, locked or
another account's is refused before anything is bought. Imports the shared nouns and the ledger's own only.
"""

from batch.ledger.sqlite.inspecting import Inspected, back_up, inspect_ledger, key_of
from batch.ledger.sqlite.ledger import SqliteLedger
from batch.ledger.sqlite.making import create_ledger, list_ledgers, refuse_lost
from batch.ledger.sqlite.place import ledger_files, ledger_path
from batch.ledger.sqlite.reader import SqliteReader
from batch.ledger.sqlite.rebuild import Found, Rebuild

__all__ = [
    "Found",
    "Inspected",
    "Rebuild",
    "SqliteLedger",
    "SqliteReader",
    "back_up",
    "create_ledger",
    "inspect_ledger",
    "key_of",
    "ledger_files",
    "ledger_path",
    "list_ledgers",
    "refuse_lost",
]
