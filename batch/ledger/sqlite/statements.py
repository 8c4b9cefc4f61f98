"""Every statement that the embedded ledger executes, by name; what the tables mean stands in `schema.sql`."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

SCHEMA: Final = (files(__package__) / "schema.sql").read_text(encoding="utf-8")
"""What makes the tables of an empty ledger."""

# Runs and invocations ------------------------------------------------------------------------------------------------

RUN_COLUMNS: Final = "id, name, key, files, columns, rows, created, seal"

NEXT_RUN: Final = "SELECT coalesce(max(id), 0) + 1 FROM runs"

ADD_RUN: Final = f"INSERT INTO runs ({RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants only, here and below

RUN_BY_KEY: Final = f"SELECT {RUN_COLUMNS} FROM runs WHERE key = ?"  # noqa: S608

RUN_BY_NAME: Final = f"SELECT {RUN_COLUMNS} FROM runs WHERE name = ?"  # noqa: S608

RUNS_LATEST_FIRST: Final = f"SELECT {RUN_COLUMNS} FROM runs ORDER BY id DESC"  # noqa: S608

NAME_IS_TAKEN: Final = "SELECT 1 FROM runs WHERE name = ?"

NEXT_INVOCATION: Final = "SELECT coalesce(max(id), 0) + 1 FROM invocations"

# Every column, in the table's order, the seal last: so are `ATTEMPT_COLUMNS` and `OUTCOME_COLUMNS`.
INVOCATION_COLUMNS: Final = "id, run, started, who, host, pid, version, settings, assumed, ended, exit_code, stop, halt_reason, opening, closing, seal"

PUT_INVOCATION: Final = f"""
INSERT OR REPLACE INTO invocations ({INVOCATION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608

INVOCATION: Final = f"SELECT {INVOCATION_COLUMNS} FROM invocations WHERE id = ?"  # noqa: S608

INVOCATIONS: Final = f"SELECT {INVOCATION_COLUMNS} FROM invocations WHERE run = ? ORDER BY id"  # noqa: S608

LAST_REBUILD: Final = "SELECT max(started) FROM invocations WHERE json_extract(settings, '$.rebuild') IS NOT NULL"

ORDER_COLUMNS: Final = "run, position, kind, number, file, sheet, source_row, price, note, country, fields, cells, seal"

ADD_ORDER: Final = f"INSERT INTO orders ({ORDER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608

# Numbers, attempts, the chain ------------------------------------------------------------------------------------------

NUMBER_COLUMNS: Final = (
    "n.state, n.generation, n.attempt, n.version, n.open, n.lost, n.code, n.kind, n.run, n.buyer, n.since, n.seal"
)

NUMBER: Final = f"SELECT {NUMBER_COLUMNS} FROM numbers n WHERE n.number = ?"  # noqa: S608

STATES: Final = f"SELECT n.number, {NUMBER_COLUMNS} FROM numbers n LIMIT ?"  # noqa: S608

PUT_NUMBER: Final = """
INSERT INTO numbers (number, state, generation, attempt, version, open, lost, code, kind, run, buyer, since, seal)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (number) DO UPDATE SET
  state = excluded.state, generation = excluded.generation, attempt = excluded.attempt, version = excluded.version,
  open = excluded.open, lost = excluded.lost, code = excluded.code, kind = excluded.kind, run = excluded.run,
  buyer = excluded.buyer, since = excluded.since, seal = excluded.seal,
  gone = CASE WHEN generation = excluded.generation THEN gone ELSE 0 END
"""

CHANGE_NUMBER: Final = """
UPDATE numbers SET state = ?, generation = ?, attempt = ?, version = ?, open = ?, lost = ?, code = ?, kind = ?, run = ?, buyer = ?,
  since = ?, seal = ?
WHERE number = ?
"""

MARK_GONE: Final = "UPDATE numbers SET gone = ? WHERE number = ?"

UNFINISHED: Final = f"""
SELECT n.number, {NUMBER_COLUMNS} FROM numbers n
WHERE n.state IN ('buying', 'doubt', 'releasing', 'release doubt') ORDER BY n.number
"""  # noqa: S608

ATTEMPT_COLUMNS: Final = (
    "number, attempt, generation, kind, run, position, invocation, intent, entry, worst, mark, settled, ended, outcome, code, "
    "reason, seconds, seal"
)

ADD_ATTEMPT: Final = f"""
INSERT INTO attempts ({ATTEMPT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608

PUT_END: Final = """
UPDATE attempts SET settled = ?, ended = ?, outcome = ?, code = ?, reason = ?, seconds = ?, seal = ?
WHERE number = ? AND attempt = ?
"""

ATTEMPTS_OF_NUMBER: Final = f"SELECT {ATTEMPT_COLUMNS} FROM attempts WHERE number = ? ORDER BY attempt"  # noqa: S608

ATTEMPTS_OF_RUN: Final = f"SELECT {ATTEMPT_COLUMNS} FROM attempts WHERE run = ? ORDER BY entry"  # noqa: S608

ADD_ENTRY: Final = """
INSERT INTO journal (entry, at, number, run, rule, before, after, attempt, code, reason, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

LENGTH: Final = "SELECT coalesce(max(entry), 0) FROM journal"

LAST_ENTRY: Final = "SELECT entry, hash FROM journal ORDER BY entry DESC LIMIT 1"

LAST_WRITTEN: Final = "SELECT at FROM journal ORDER BY entry DESC LIMIT 1"

HASH_OF_ENTRY: Final = "SELECT hash FROM journal WHERE entry = ?"

ENTRIES_FROM: Final = """
SELECT entry, at, number, run, rule, before, after, attempt, code, reason, hash FROM journal WHERE entry >= ? ORDER BY entry
"""

HISTORY: Final = "SELECT at, run, rule, before, after, code, reason FROM journal WHERE number = ? ORDER BY entry"

# Rows of a run -------------------------------------------------------------------------------------------------------

# What a claim must know, in one look-up: whether the row has an outcome, and where the number stands.
FOR_CLAIM: Final = f"""
SELECT v.position, {NUMBER_COLUMNS}
FROM (SELECT 1) LEFT JOIN outcomes v ON v.run = ? AND v.position = ? LEFT JOIN numbers n ON n.number = ?
"""  # noqa: S608

OUTCOME_COLUMNS: Final = (
    "run, position, verdict, why, code, reason, invocation, confirmed_at, confirmed_by, bought_in, differs, worst, setup, "
    "monthly, released_at, reserved_left, seal"
)

OUTCOME: Final = f"SELECT {OUTCOME_COLUMNS} FROM outcomes WHERE run = ? AND position = ?"  # noqa: S608

OUTCOMES_OF_RUN: Final = f"SELECT {OUTCOME_COLUMNS} FROM outcomes WHERE run = ?"  # noqa: S608

PUT_OUTCOME: Final = f"""
INSERT OR REPLACE INTO outcomes ({OUTCOME_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608

ORDER: Final = f"SELECT {ORDER_COLUMNS} FROM orders WHERE run = ? AND position = ?"  # noqa: S608

OF_ORDER: Final = ", ".join(f"o.{name}" for name in ORDER_COLUMNS.split(", "))
OF_OUTCOME: Final = ", ".join(f"v.{name}" for name in OUTCOME_COLUMNS.split(", "))

# Not done yet, in the order of the sheets: see `Ledger.open_rows`. Run by id three times, then by name three times.
OPEN_ROWS: Final = f"""
SELECT {OF_ORDER}, v.reserved_left, v.verdict, {NUMBER_COLUMNS}
FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = :run AND o.position > :after AND o.kind = 'order'
  AND (v.verdict IS NULL OR v.verdict IN ('not sent', 'deferred', 'not asked') OR (v.verdict = 'refused' AND :again)
    OR (v.verdict = 'gone' AND :rebuy))
  AND NOT (n.state IS NOT NULL AND n.state IN ('bought', 'releasing', 'release doubt') AND n.buyer = :name)
  AND NOT (n.state IS NOT NULL AND n.state IN ('buying', 'doubt') AND n.run = :name)
ORDER BY o.position LIMIT :count
"""  # noqa: S608

# The row that orders a number, whatever its state.
ROW_OF_NUMBER: Final = f"""
SELECT {OF_ORDER}, v.reserved_left, v.verdict, {NUMBER_COLUMNS}
FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.number = ? AND o.run = ? AND o.kind IN ('order', 'alternative') ORDER BY o.position LIMIT 1
"""  # noqa: S608

# Rows that were refused and stand so, whose number has an attempt that may have bought it all the same.
LOST_ROWS: Final = f"""
SELECT {OF_ORDER}, v.reserved_left, v.verdict, {NUMBER_COLUMNS}
FROM outcomes v JOIN orders o ON o.run = v.run AND o.position = v.position JOIN numbers n ON n.number = o.number
WHERE v.run = ? AND v.position > ? AND v.verdict = 'refused' AND n.state = 'refused' AND n.lost <> ''
ORDER BY v.position LIMIT ?
"""  # noqa: S608

# Rows whose number is bought, by the run that is named: what it may give back.
BOUGHT_ROWS: Final = f"""
SELECT {OF_ORDER}, v.reserved_left, v.verdict, {NUMBER_COLUMNS}, v.confirmed_at, v.confirmed_by
FROM outcomes v JOIN orders o ON o.run = v.run AND o.position = v.position JOIN numbers n ON n.number = o.number
WHERE v.run = ? AND v.position > ? AND v.verdict = 'purchased' AND n.state IN ('bought', 'releasing', 'release doubt')
  AND n.buyer = ?
ORDER BY v.position LIMIT ?
"""  # noqa: S608

# Rows whose number the ledger does not know as ours: what a rebuild asks about.
UNKNOWN_ROWS: Final = f"""
SELECT o.position, o.number, {NUMBER_COLUMNS} FROM orders o LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = ? AND o.position > ? AND o.kind IN ('order', 'alternative')
  AND (n.state IS NULL OR n.state IN ('free', 'refused'))
ORDER BY o.position LIMIT ?
"""  # noqa: S608

UNPRICED: Final = """
SELECT v.position, o.number FROM outcomes v JOIN orders o ON o.run = v.run AND o.position = v.position
WHERE v.run = ? AND v.position > ? AND v.verdict = 'purchased' AND v.setup IS NULL ORDER BY v.position LIMIT ?
"""

# Bought by a definite answer, and still bought, latest first.
CONTROLS: Final = """
SELECT j.number, a.intent, j.at FROM journal j
JOIN numbers n ON n.number = j.number JOIN attempts a ON a.number = j.number AND a.attempt = j.attempt
WHERE j.rule = 'P4' AND n.state = 'bought' AND NOT n.gone AND n.generation = a.generation AND n.buyer = j.run
  AND a.outcome = 'success'
ORDER BY j.entry DESC LIMIT ?
"""

IS_KNOWN: Final = (
    "SELECT EXISTS (SELECT 1 FROM numbers WHERE number = ?1) OR EXISTS (SELECT 1 FROM orders WHERE number = ?1)"
)

# Reading -------------------------------------------------------------------------------------------------------------

# Where a row's number stands, and how often and when it was sent last.
WHERE_IT_STANDS: Final = """n.state, n.run, n.buyer, n.code, n.since,
  (SELECT count(*) FROM attempts a WHERE a.number = o.number AND a.run = :name AND a.kind = 'buy'),
  (SELECT max(a.intent) FROM attempts a WHERE a.number = o.number AND a.run = :name AND a.kind = 'buy'),
  (SELECT a.worst FROM attempts a WHERE a.number = o.number AND a.run = :name AND a.kind = 'buy' ORDER BY a.attempt DESC LIMIT 1)"""

# A row of a run with all that is known of it: its order, its outcome, its number, and its attempts.
ROWS: Final = f"""
SELECT {OF_ORDER}, {OF_OUTCOME}, {WHERE_IT_STANDS}
FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = :run ORDER BY o.position
"""  # noqa: S608

COUNTS: Final = """
SELECT count(*), coalesce(v.differs, '') <> '', o.kind, v.verdict, v.why, v.invocation, n.state, n.run, n.buyer
FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = ? GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
"""

LAST_WORDS: Final = """
SELECT reason FROM attempts WHERE number = ? AND run = ? AND kind = 'buy' ORDER BY attempt DESC LIMIT 1
"""

STATES_OF: Final = "SELECT state FROM numbers WHERE number IN ({marks})"

# Where numbers stand; what was reserved only is free for a plan.
STATES_BY_NUMBER: Final = """
SELECT number, CASE WHEN state = 'refused' AND kind = 'reserved' THEN 'free' ELSE state END FROM numbers WHERE number IN ({marks})
"""

# Of these numbers, those that the account is known to hold no more, though nobody has bought them again.
GONE_NUMBERS: Final = (
    "SELECT number, state FROM numbers WHERE gone AND state IN ('bought', 'held') AND number IN ({marks})"
)

# How each row of a run stands: as `COUNTS`, one by one, in the order of the sheets.
STANDINGS: Final = """
SELECT o.position, 0, o.kind, v.verdict, v.why, v.invocation, n.state, n.run, n.buyer
FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = ? ORDER BY o.position
"""

# What owned numbers were ordered with when they were bought; the latest attempt of each comes last.
BOUGHT_WITH: Final = """
SELECT n.number, o.fields FROM numbers n JOIN attempts a ON a.number = n.number AND a.run = n.buyer AND a.kind = 'buy'
JOIN runs r ON r.name = a.run JOIN orders o ON o.run = r.id AND o.position = a.position
WHERE n.number IN ({marks}) ORDER BY a.attempt
"""

# Checking everything -------------------------------------------------------------------------------------------------

ALL_NUMBERS: Final = f"SELECT n.number, n.gone, {NUMBER_COLUMNS} FROM numbers n"  # noqa: S608

ALL_ATTEMPTS: Final = f"SELECT {ATTEMPT_COLUMNS} FROM attempts"  # noqa: S608

ALL_RUNS: Final = f"SELECT {RUN_COLUMNS} FROM runs"  # noqa: S608

ROWS_OF_RUN: Final = "SELECT count(*), count(*) FILTER (WHERE kind = 'alternative') FROM orders WHERE run = ?"

ALL_INVOCATIONS: Final = f"SELECT {INVOCATION_COLUMNS} FROM invocations"  # noqa: S608

ALL_ORDERS: Final = f"SELECT {ORDER_COLUMNS} FROM orders"  # noqa: S608

ALL_OUTCOMES: Final = f"""
SELECT {OF_OUTCOME}, o.number
FROM outcomes v LEFT JOIN orders o ON o.run = v.run AND o.position = v.position
"""  # noqa: S608

META: Final = "SELECT name, value FROM meta ORDER BY name"

TABLES: Final = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
