"""Every statement that the embedded ledger executes, by name; what the tables mean stands in `schema.sql`."""

from __future__ import annotations

from typing import Final

# Runs and invocations ------------------------------------------------------------------------------------------------

RUN_COLUMNS: Final = "id, name, key, files, columns, rows, created"

ADD_RUN: Final = "INSERT INTO runs (name, key, files, columns, rows, created) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"

RUN_BY_KEY: Final = f"SELECT {RUN_COLUMNS} FROM runs WHERE key = ?"  # noqa: S608 - constants only, here and below

RUN_BY_NAME: Final = f"SELECT {RUN_COLUMNS} FROM runs WHERE name = ?"  # noqa: S608

RUNS_LATEST_FIRST: Final = f"SELECT {RUN_COLUMNS} FROM runs ORDER BY id DESC"  # noqa: S608

NAME_IS_TAKEN: Final = "SELECT 1 FROM runs WHERE name = ?"

ADD_INVOCATION: Final = "INSERT INTO invocations (run, started, who, host, pid, version, settings) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"

NOTE_ASSUMED: Final = "UPDATE invocations SET assumed = ? WHERE id = ?"

END_INVOCATION: Final = """
UPDATE invocations SET ended = ?, exit_code = ?, stop = ?, halt_reason = ?, opening = ?, closing = ? WHERE id = ?
"""

INVOCATIONS: Final = """
SELECT id, started, who, host, pid, version, settings, ended, exit_code, stop, halt_reason, opening, closing, assumed
FROM invocations WHERE run = ? ORDER BY id
"""

LAST_INVOCATION: Final = "SELECT id, pid, ended, stop FROM invocations WHERE run = ? ORDER BY id DESC LIMIT 1"

ADD_ORDER: Final = """
INSERT INTO orders (run, position, kind, number, file, sheet, source_row, price, note, country, seal, fields, cells)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

# Numbers, attempts, the chain ------------------------------------------------------------------------------------------

NUMBER_COLUMNS: Final = (
    "n.state, n.generation, n.attempt, n.version, n.open, n.lost, n.code, n.kind, n.run, n.buyer, n.seal"
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

MARK_GONE: Final = "UPDATE numbers SET gone = ? WHERE number = ?"

UNFINISHED: Final = f"""
SELECT n.number, {NUMBER_COLUMNS} FROM numbers n
WHERE n.state IN ('buying', 'doubt', 'releasing', 'release doubt') ORDER BY n.number
"""  # noqa: S608

ADD_ATTEMPT: Final = """
INSERT INTO attempts (number, attempt, generation, kind, run, position, invocation, intent, entry, worst)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

# Filled in once: a later word about the same attempt (from a worker that woke late) stands in the journal only, unless it
# is the definite one.
END_ATTEMPT: Final = """
UPDATE attempts SET ended = ?, outcome = ?, code = ?, reason = ?, seconds = ?, settled = max(settled, ?)
WHERE number = ? AND attempt = ? AND (ended IS NULL OR ?)
"""

# The number's fate is known: none of its attempts in this generation can be charged any more, beside what is recorded.
SETTLE_ATTEMPTS: Final = """
UPDATE attempts SET settled = 1 WHERE number = ? AND generation = ? AND settled = 0 RETURNING run, position
"""

# A lost attempt has woken: its absence was believed too soon.
UNSETTLE_ATTEMPT: Final = "UPDATE attempts SET settled = 0 WHERE number = ? AND attempt = ? RETURNING worst"

IS_UNSETTLED: Final = "SELECT 1 FROM attempts WHERE number = ? AND run = ? AND settled = 0 AND kind = 'buy' LIMIT 1"

SENDS_IN_INVOCATION: Final = """
SELECT coalesce(sum(outcome IN ('no verdict', 'unfamiliar')), 0), coalesce(sum(outcome = 'not sent'), 0)
FROM attempts WHERE number = ? AND invocation = ? AND kind = 'buy'
"""

ATTEMPT_OF_RUN: Final = """
SELECT position, worst FROM attempts WHERE number = ? AND run = ? AND kind = 'buy' ORDER BY attempt DESC LIMIT 1
"""

ATTEMPT_COLUMNS: Final = (
    "number, attempt, generation, kind, run, invocation, intent, ended, outcome, code, reason, seconds"
)

ATTEMPTS_OF_NUMBER: Final = f"""
SELECT {ATTEMPT_COLUMNS} FROM attempts WHERE number = ? AND generation = ? ORDER BY attempt
"""  # noqa: S608

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

# What a claim must know, in one look-up: the row's own verdict, and where the number stands.
FOR_CLAIM: Final = f"""
SELECT v.verdict, {NUMBER_COLUMNS}
FROM (SELECT 1) LEFT JOIN outcomes v ON v.run = ? AND v.position = ? LEFT JOIN numbers n ON n.number = ?
"""  # noqa: S608

OUTCOME: Final = "SELECT verdict, worst, setup, monthly FROM outcomes WHERE run = ? AND position = ?"

WORST_AND_VERDICT: Final = """
SELECT a.worst, v.verdict FROM attempts a LEFT JOIN outcomes v ON v.run = ? AND v.position = a.position
WHERE a.number = ? AND a.attempt = ?
"""

PUT_VERDICT: Final = """
INSERT INTO outcomes (run, position, verdict, why, code, reason, invocation, confirmed_at, confirmed_by, bought_in, differs,
  worst, setup, monthly)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run, position) DO UPDATE SET
  verdict = excluded.verdict, why = excluded.why, code = excluded.code, reason = excluded.reason,
  invocation = excluded.invocation, confirmed_at = excluded.confirmed_at, confirmed_by = excluded.confirmed_by,
  bought_in = excluded.bought_in, differs = excluded.differs, worst = excluded.worst,
  setup = coalesce(excluded.setup, setup), monthly = coalesce(excluded.monthly, monthly), reserved_left = NULL
"""

# The run meets the number again: what it said before no longer stands.
CLEAR_VERDICT: Final = """
UPDATE outcomes SET verdict = NULL, why = NULL, code = NULL, reason = '', confirmed_at = NULL, confirmed_by = '',
  bought_in = '', differs = ''
WHERE run = ? AND position = ?
"""

PUT_RESERVED_LEFT: Final = """
INSERT INTO outcomes (run, position, reserved_left) VALUES (?, ?, ?)
ON CONFLICT (run, position) DO UPDATE SET reserved_left = excluded.reserved_left
"""

PUT_RELEASED: Final = "UPDATE outcomes SET verdict = 'released', released_at = ? WHERE run = ? AND position = ?"

PUT_PRICE: Final = "UPDATE outcomes SET setup = ?, monthly = ? WHERE run = ? AND position = ?"

NUMBER_OF_ROW: Final = "SELECT number FROM orders WHERE run = ? AND position = ?"

FIELDS_OF: Final = "SELECT fields FROM orders WHERE run = ? AND position = ?"

# Not done yet, in the order of the sheets: see `Ledger.open_rows`. Run by id three times, then by name three times.
OPEN_ROWS: Final = f"""
SELECT o.position, o.number, o.fields, o.cells, o.price, o.kind, o.seal, v.reserved_left, v.verdict, {NUMBER_COLUMNS}
FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = :run AND o.position > :after AND o.kind = 'order'
  AND (v.verdict IS NULL OR v.verdict IN ('not sent', 'deferred', 'not asked') OR (v.verdict = 'refused' AND :again))
  AND NOT (n.state IS NOT NULL AND n.state IN ('bought', 'releasing', 'release doubt') AND n.buyer = :name)
  AND NOT (n.state IS NOT NULL AND n.state IN ('buying', 'doubt') AND n.run = :name)
ORDER BY o.position LIMIT :count
"""  # noqa: S608

# The row that orders a number, whatever its state.
ROW_OF_NUMBER: Final = f"""
SELECT o.position, o.number, o.fields, o.cells, o.price, o.kind, o.seal, v.reserved_left, v.verdict, {NUMBER_COLUMNS}
FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.number = ? AND o.run = ? AND o.kind = 'order' ORDER BY o.position LIMIT 1
"""  # noqa: S608

# Rows whose number the ledger does not know as ours: what a rebuild asks about.
UNKNOWN_ROWS: Final = f"""
SELECT o.position, o.number, {NUMBER_COLUMNS} FROM orders o LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = ? AND o.position > ? AND o.kind = 'order' AND (n.state IS NULL OR n.state IN ('free', 'refused'))
ORDER BY o.position LIMIT ?
"""  # noqa: S608

VERDICT_AND_CODE: Final = "SELECT verdict, code FROM outcomes WHERE run = ? AND position = ?"

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

# Money, from scratch -------------------------------------------------------------------------------------------------

CHARGES: Final = """
SELECT count(*), worst, setup, monthly FROM outcomes WHERE run = ? AND verdict IN ('purchased', 'released')
GROUP BY worst, setup, monthly
"""

EXPOSED: Final = """
SELECT a.position, a.worst, max(a.attempt) FROM attempts a
LEFT JOIN outcomes v ON v.run = ? AND v.position = a.position
WHERE a.run = ? AND a.settled = 0 AND a.kind = 'buy' AND coalesce(v.verdict, '') NOT IN ('purchased', 'released')
GROUP BY a.position
"""

# Reading -------------------------------------------------------------------------------------------------------------

ROWS: Final = """
SELECT o.position, o.kind, o.number, o.file, o.sheet, o.source_row, o.price, o.note, o.country, o.fields, o.cells,
  v.verdict, v.why, v.code, v.reason, v.invocation, v.confirmed_at, v.confirmed_by, v.bought_in, v.differs,
  v.setup, v.monthly, v.released_at,
  n.state, n.run, n.buyer, n.code, n.since,
  (SELECT count(*) FROM attempts a WHERE a.number = o.number AND a.run = :name AND a.kind = 'buy'),
  (SELECT max(a.intent) FROM attempts a WHERE a.number = o.number AND a.run = :name AND a.kind = 'buy')
FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = :run ORDER BY o.position
"""

COUNTS: Final = """
SELECT count(*), coalesce(v.differs, '') <> '', o.kind, v.verdict, v.why, v.invocation, n.state, n.run, n.buyer
FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = ? GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
"""

LAST_WORDS: Final = """
SELECT reason FROM attempts WHERE number = ? AND run = ? AND kind = 'buy' ORDER BY attempt DESC LIMIT 1
"""

STATES_OF: Final = "SELECT state FROM numbers WHERE number IN ({marks})"

# Checking everything -------------------------------------------------------------------------------------------------

ATTEMPTS_TO_CHECK: Final = "SELECT number, attempt, run, intent, worst, ended, code, reason FROM attempts"

VERDICTS_TO_CHECK: Final = """
SELECT o.number, r.name, v.verdict, v.code, v.setup, v.monthly
FROM outcomes v JOIN orders o ON o.run = v.run AND o.position = v.position JOIN runs r ON r.id = v.run
WHERE v.verdict IN ('purchased', 'released', 'refused', 'deferred')
"""

RUNS_TO_CHECK: Final = "SELECT name, key, rows, (SELECT count(*) FROM orders WHERE run = r.id) FROM runs r"

ENDS_TO_CHECK: Final = "SELECT id, exit_code, stop FROM invocations WHERE ended IS NOT NULL"

ORDERS_TO_CHECK: Final = "SELECT run, position, number, kind, fields, cells, price, seal FROM orders"
