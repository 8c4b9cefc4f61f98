"""Remedies that name a command name it with the user's own files and flags."""

from __future__ import annotations

from pathlib import Path

from batch.cli.again import name_orders, with_orders
from batch.cli.options import Reading, Where
from batch.errors import LedgerUnusable

PATHS = [Path("my orders.xlsx"), Path("b.csv")]


def test_files_and_what_was_said_of_them_stand_where_orders_stood():
    text = "`numbatch resolve --rebuild ORDERS` asks; then `numbatch run ORDERS` buys."
    named = with_orders(text, PATHS, Where(ledger="/srv/led gers", allow_http=True), Reading(header_row=3))
    words = "'my orders.xlsx' b.csv --ledger '/srv/led gers' --allow-http --header-row 3"
    assert named == f"`numbatch resolve --rebuild {words}` asks; then `numbatch run {words}` buys."


def test_rows_that_are_to_be_skipped_are_skipped_again():
    named = with_orders("`numbatch run ORDERS`", PATHS[1:], Where(), Reading(), skip_invalid=True)
    assert named == "`numbatch run b.csv --skip-invalid`"


def test_what_names_no_command_stays():
    error = LedgerUnusable("It is lost.", remedy="Mend the ORDERS.")
    name_orders(error, PATHS, Where(), Reading())
    assert error.remedy == "Mend the ORDERS."
