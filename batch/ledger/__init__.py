"""The only room that speaks SQL: what was intended, sent, answered and believed, for every number and every run.

`states` is the table of a number's life, without I/O; `protocol` is what every ledger must do; `sqlite` is the embedded
one. Promise: an intent is durable before `claim` returns, an outcome before `answer` returns; a row changes only by a line
of the table, compared and set on its version. Imports the shared nouns only.
"""
