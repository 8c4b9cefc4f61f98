"""numbatch buys phone numbers in bulk, from a spreadsheet, each at most once.

    orders workbook ─▶ loader ─▶ plan ─▶ pool ─▶ reconciler ─▶ result workbook
                                          │ ▲          │
                                       ledger ◀────────┘          provider (real, or simulator)

The rooms are the packages of these names, each with its promise in its docstring. Below them lie the shared nouns
(`order`, `number`, `money`, `fields`, `problem`, `clock`, `errors`); above them `session` (one run from orders to result
workbook), `settings` and `cli` (one file a command). Imports go downwards only.
"""

__version__ = "0.1.0"
