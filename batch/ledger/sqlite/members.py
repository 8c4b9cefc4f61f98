"""Statements about rows that have alternatives, beside `statements`.

An alternative is a row of `orders` of the kind `alternative`, with a position behind all rows that are shown; those of one row follow
one another. Its note says for which row it stands in, and as which one of its alternatives: "12 1". The row itself and its
alternatives are its *members*: a report shows one of them, and counts no other.
"""

from __future__ import annotations

from typing import Final

from batch.ledger.sqlite import statements as sql

ALTERNATIVE: Final = "alternative"

HAS_ALTERNATIVES: Final = "SELECT EXISTS (SELECT 1 FROM orders WHERE run = ? AND position >= ?)"

# Where each row's alternatives are: the row, the first of their positions, and how many.
ALTERNATIVES: Final = """
SELECT CAST(note AS INTEGER), min(position), count(*) FROM orders WHERE run = ? AND position >= ? AND kind = 'alternative' GROUP BY 1
"""

# Not done yet, and next in turn: the member before it is refused by a code that says that it is gone.
OPEN_ALTERNATIVES: Final = f"""
SELECT {sql.OF_ORDER}, v.reserved_left, v.verdict, {sql.NUMBER_COLUMNS}
FROM orders o JOIN outcomes p ON p.run = o.run AND p.position =
  CASE CAST(substr(o.note, instr(o.note, ' ') + 1) AS INTEGER) WHEN 1 THEN CAST(o.note AS INTEGER) ELSE o.position - 1 END
LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
WHERE o.run = :run AND o.position >= :rows AND o.kind = 'alternative'
  AND p.verdict = 'refused' AND p.code IN (SELECT value FROM json_each(:gone))
  AND (v.verdict IS NULL OR v.verdict IN ('not sent', 'deferred', 'not asked') OR (v.verdict = 'refused' AND :again))
  AND NOT (n.state IS NOT NULL AND n.state IN ('bought', 'releasing', 'release doubt') AND n.buyer = :name)
  AND NOT (n.state IS NOT NULL AND n.state IN ('buying', 'doubt') AND n.run = :name)
ORDER BY o.position
"""  # noqa: S608 - constants only, here and below

# The members before an alternative, in their order: between its row and itself.
BEFORE: Final = """
SELECT o.number, v.code FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position
WHERE o.run = ? AND (o.position = ? OR (o.position >= ? AND o.position < ?)) ORDER BY o.position
"""

# Which member of each row is shown: those that were charged, or may have been (two only where something went wrong); else the first
# that was found owned; else the first that was met and is not refused; else the last that was met; a row itself is always met.
# `more`: there are members behind it.
_SHOWN: Final = """
WITH members AS (
  SELECT o.position AS position, v.verdict AS verdict,
    CASE o.kind WHEN 'alternative' THEN CAST(o.note AS INTEGER) ELSE o.position END AS main,
    coalesce(v.verdict IN ('purchased', 'released'), 0)
      OR coalesce(n.buyer = :name AND n.state IN ('bought', 'releasing', 'release doubt'), 0)
      OR coalesce(n.run = :name AND n.state IN ('buying', 'doubt') AND o.kind <> 'duplicate', 0) AS charged,
    o.kind <> 'alternative' OR v.verdict IS NOT NULL
      OR EXISTS (SELECT 1 FROM attempts a WHERE a.number = o.number AND a.run = :name AND a.kind = 'buy') AS met
  FROM orders o LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
  WHERE o.run = :run
), ranked AS (
  SELECT position, main, charged, max(charged) OVER row AS any_charged, max(position) OVER row > position AS more,
    coalesce(
      min(CASE WHEN verdict IN ('owned', 'not asked') THEN position END) OVER row,
      min(CASE WHEN met AND verdict IS NOT 'refused' THEN position END) OVER row,
      max(CASE WHEN met THEN position END) OVER row) AS standing
  FROM members WINDOW row AS (PARTITION BY main)
), shown AS (
  SELECT position, main, more FROM ranked WHERE CASE WHEN any_charged THEN charged ELSE position = standing END
)
"""

# As `ROWS`, of a run that has alternatives.
SHOWN_ROWS: Final = f"""
{_SHOWN}
SELECT {sql.OF_ORDER}, {sql.OF_OUTCOME}, {sql.WHERE_IT_STANDS}
FROM shown s JOIN orders o ON o.run = :run AND o.position = s.position
LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
ORDER BY s.main, s.position
"""  # noqa: S608

# As `STANDINGS`, of a run that has alternatives: the position is the row's own; then whether there are members behind it, and the code.
SHOWN_STANDINGS: Final = f"""
{_SHOWN}
SELECT s.main, coalesce(v.differs, '') <> '', CASE o.kind WHEN 'alternative' THEN 'order' ELSE o.kind END,
  v.verdict, v.why, v.invocation, n.state, n.run, n.buyer, s.more, v.code
FROM shown s JOIN orders o ON o.run = :run AND o.position = s.position
LEFT JOIN outcomes v ON v.run = o.run AND v.position = o.position LEFT JOIN numbers n ON n.number = o.number
ORDER BY s.main, s.position
"""  # noqa: S608
